"""What old clients say and wait for. Once recorded these scripts are only for the record."""

from typing import Any

Step = dict[str, Any]
GIFTS = "/api/v1/rooms/{red.room}/gifts"
INVITATION = ["POST", "/api/v1/rooms/{red.room}/battles", {"opponent_room": "{blue.room}"}]


def _asks(who: str, *request: object, **keep: str) -> Step:
    return {"who": who, "asks": list(request), **({"keep": keep} if keep else {})}


def _hears(who: str, *kinds: str) -> list[Step]:
    return [{"who": who, "hears": kind} for kind in kinds]


def _says(who: str, kind: str, number: str, **body: object) -> Step:
    return {"who": who, "says": {"t": kind, "id": number, "d": body}}


# A viewer who knows nothing of battles, in the room of a host who has one.
WITHOUT_BATTLES: list[Step] = [
    _asks("fan", "GET", "/api/v1/me"),
    _asks("fan", "GET", "/api/v1/rooms"),
    _asks("fan", "GET", "/api/v1/rooms/{red.room}"),
    _asks("fan", "GET", "/api/v1/gifts"),
    {"who": "fan", "joins": "{red.room}"},
    *_hears("fan", "hello", "snapshot"),
    _says("fan", "ping", "p1"),
    *_hears("fan", "pong"),
    {**_asks("red", *INVITATION), "keep": {"battle": "battle"}},
    _asks("blue", "POST", "/api/v1/battles/{battle}/accept"),
    _says("fan", "chat.say", "c1", text="hello"),
    *_hears("fan", "reply"),
    {"who": "guest", "joins": "{red.room}"},
    *_hears("guest", "hello", "snapshot"),
    _says("fan", "chat.say", "c2", text="hello again"),
    *_hears("guest", "chat.said"),
    _says("fan", "like", "l1", count=3),
    *_hears("guest", "likes.summed"),
    {"who": "host", "joins": "{red.room}"},
    *_hears("host", "hello"),
    *_hears("guest", "viewers.counted"),
    _says("fan", "gift.send", "g1", gift="rose", count=2, key="old-{battle}"),
    *_hears("guest", "gift.sent"),
    _says("fan", "gift.send", "g2", gift="no-such-gift", count=1, key="old2-{battle}"),
    *_hears("fan", "error"),
    _asks("fan", "POST", GIFTS, {"gift": "heart", "count": 1}, "old3-{battle}"),
    _asks("fan", "POST", GIFTS, {"gift": "heart", "count": 2}, "old3-{battle}"),
    _asks("fan", "GET", "/api/v1/wallet"),
    _asks("fan", "POST", "/api/v1/sessions/refresh"),
    _asks("blue", "POST", "/api/v1/battles/{battle}/surrender"),
]

# Host and audience to whom a side of a battle is one host.
WITHOUT_MEMBERS: list[Step] = [
    {"who": "red", "joins": "{red.room}"},
    *_hears("red", "hello", "snapshot"),
    {"who": "blue", "joins": "{blue.room}"},
    *_hears("blue", "hello", "snapshot"),
    {"who": "guest", "joins": "{blue.room}"},
    *_hears("guest", "hello", "snapshot"),
    {**_asks("red", *INVITATION), "keep": {"battle": "battle"}},
    *_hears("red", "battle.invited"),
    *_hears("blue", "battle.invited"),
    _asks("red", *INVITATION),
    _asks("blue", "POST", "/api/v1/battles/{battle}/decline"),
    *_hears("red", "battle.declined"),
    {**_asks("red", *INVITATION), "keep": {"battle": "battle"}},
    _asks("red", "POST", "/api/v1/battles/{battle}/cancel"),
    *_hears("blue", "battle.cancelled"),
    {**_asks("red", *INVITATION), "keep": {"battle": "battle"}},
    _asks("blue", "POST", "/api/v1/battles/{battle}/accept"),
    *_hears("guest", "battle.prepared", "battle.started"),
    _asks("guest", "GET", "/api/v1/rooms/{blue.room}/battle"),
    _asks("fan", "POST", GIFTS, {"gift": "cake", "count": 1}, "older-{battle}"),
    *_hears("guest", "gift.sent", "battle.score"),
    _asks("guest", "GET", "/api/v1/battles/{battle}"),
    {"who": "late", "joins": "{red.room}"},
    *_hears("late", "snapshot"),
    _asks("red", "POST", "/api/v1/battles/{battle}/decline"),
    _asks("blue", "POST", "/api/v1/battles/{battle}/surrender"),
    *_hears("guest", "battle.settled"),
    _asks("guest", "GET", "/api/v1/battles/{battle}"),
    _asks("blue", "POST", "/api/v1/battles/{battle}/end"),
    _asks("red", "POST", "/api/v1/battles/{battle}/end"),
    *_hears("guest", "battle.ended"),
    _asks("guest", "GET", "/api/v1/rooms/{blue.room}/battle"),
]

# A viewer who, when he has lost his feed, comes again and believes the snapshot.
WITHOUT_RESUME: list[Step] = [
    {"who": "fan", "joins": "{red.room}"},
    *_hears("fan", "hello", "snapshot"),
    {"who": "guest", "joins": "{red.room}"},
    *_hears("guest", "hello", "snapshot", "viewers.counted"),
    _says("guest", "ping", "p1"),
    *_hears("guest", "pong"),
    _says("guest", "chat.say", "c1", text="hello"),
    *_hears("guest", "error"),
    _says("fan", "chat.say", "c2", text="hello"),
    *_hears("fan", "reply", "chat.said"),
    *_hears("guest", "chat.said"),
    _says("fan", "chat.say", "c3", text=""),
    *_hears("fan", "error"),
    _says("fan", "like", "l1", count=3),
    *_hears("fan", "reply"),
    *_hears("guest", "likes.summed"),
    _says("fan", "gift.send", "g1", gift="rose", count=1, key="resume-{fan}"),
    *_hears("fan", "reply"),
    *_hears("guest", "gift.sent"),
    _says("fan", "fly", "f1"),
    *_hears("fan", "error"),
    {"who": "guest", "joins": "{red.room}"},
    *_hears("guest", "hello", "snapshot"),
    _says("fan", "chat.say", "c4", text="hello again"),
    *_hears("guest", "chat.said"),
    _says("fan", "gift.send", "g2", gift="heart", count=2, key="resume2-{fan}"),
    *_hears("guest", "gift.sent"),
    {"who": "fan", "joins": "{red.room}"},
    *_hears("fan", "hello", "snapshot"),
    _says("fan", "gift.send", "g2", gift="heart", count=2, key="resume2-{fan}"),
    *_hears("fan", "reply"),
    _says("fan", "like", "l2", count=1),
    *_hears("guest", "likes.summed"),
]

SCRIPTS = {
    "without-battles": WITHOUT_BATTLES,
    "without-members": WITHOUT_MEMBERS,
    "without-resume": WITHOUT_RESUME,
}
