"""Gifts through the whole api, by feed socket and by HTTP, and the way from a commit to a score on a screen."""

from bisect import bisect_left
from collections import defaultdict
from typing import Any

from bench.gifts.books import folder_on_disk
from bench.gifts.hall import Hall, hall

ROOMS = 100
FEED_SENDERS = 400
FEED_SPACING_S = 0.06  # a socket may say 20 things a second
HTTP_SENDERS = 64
SECONDS = 12.0
WARM_S, WARM_SPACING_S = 3.0, 1.0  # everybody is met for the first time


async def through_the_api() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """As fast as it goes over the feed; over HTTP; at half of the first over the feed."""
    with folder_on_disk() as first, folder_on_disk() as second:
        async with hall(first, ROOMS, FEED_SENDERS) as place:
            await over_feed(place, WARM_S, WARM_SPACING_S)
            feed = await over_feed(place, SECONDS, FEED_SPACING_S)
            half = await over_feed(place, SECONDS, FEED_SENDERS / (feed["per_s"] / 2))
        async with hall(second, ROOMS, HTTP_SENDERS) as place:
            await over_http(place, WARM_S)
            http = await over_http(place, SECONDS)
    return feed, http, half


async def over_feed(place: Hall, seconds: float, spacing_s: float) -> dict[str, Any]:
    return checked(
        await place.crowd.ask(
            "feed",
            address=place.place.address,
            places=place.places(FEED_SENDERS),
            seconds=seconds,
            spacing_s=spacing_s,
        )
    )


async def over_http(place: Hall, seconds: float) -> dict[str, Any]:
    return checked(
        await place.crowd.ask(
            "http",
            address=place.place.address,
            places=place.places(HTTP_SENDERS),
            seconds=seconds,
            spacing_s=0.0,
        )
    )


def checked(found: dict[str, Any]) -> dict[str, Any]:
    assert not found["refused"], found["refused"]
    return found


def score_delays_ms(
    accepted: list[tuple[str, int, str | None, int]], shown: list[tuple[float, dict[str, int]]]
) -> list[float]:
    """PURE. For each gift, from its stamp to the first score on a viewer's socket that has it.

    ``accepted`` are (gift, stamp, side, score); ``shown`` are (second, score by side), in order.
    """
    delays, by_side = list[float](), defaultdict[str, list[tuple[int, str, int]]](list)
    for gift, stamp, side, score in accepted:
        if side is not None:
            by_side[side].append((stamp, gift, score))
    for side, gifts in by_side.items():
        totals, at_s = [scores.get(side, 0) for _, scores in shown], [second for second, _ in shown]
        reached = 0
        for stamp, _, score in sorted(gifts):
            reached += score
            first = bisect_left(totals, reached)
            assert first < len(totals), f"{side} was never shown with {reached}"
            delays.append(at_s[first] * 1000 - stamp)
    return delays
