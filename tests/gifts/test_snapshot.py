"""Who joins, or comes back, is shown the gifts of the last moments and the combos that go on."""

import pytest

from foundation.feed import FeedMessage
from gifts.catalogue import BuiltIn
from gifts.snapshot import GIFTS, CombosPart, GiftsPart
from tests.gifts.scene import Scene
from tests.gifts.test_combo_ends import COMBO_MS, GRACE_MS, tap
from tests.gifts.test_relay import Deadly, Died
from tests.gifts.world import OTHER_ROOM, ROOM


async def shown(scene: Scene, room: str = ROOM) -> object:
    return await GiftsPart(scene.board).part(room, None)


async def combos(scene: Scene, room: str = ROOM) -> object:
    return await CombosPart(scene.board, BuiltIn()).part(room, None)


def bodies(messages: list[FeedMessage], room: str) -> list[object]:
    return [each.body for each in messages if (each.room, each.type) == (room, "gift.sent")]


async def test_a_newcomer_sees_the_last_gifts_as_the_room_has_seen_them(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    assert await shown(scene) == []
    for number in range(1, GIFTS):
        await scene.give(number)
        scene.clock.advance(10)
        await scene.give(number, recipient="bo", room=OTHER_ROOM)
        await relay.drain(lease)
    for room in (ROOM, OTHER_ROOM):  # one battle: both have seen everything
        assert await shown(scene, room) == bodies(scene.feed.messages, room)[-GIFTS:]


async def test_without_a_battle_the_gifts_of_another_room_are_not_shown(scene: Scene) -> None:
    async with scene.database.write() as transaction:
        await scene.scoring.tally(transaction, "battle")
    await scene.give(30)
    await scene.relay().drain(await scene.lease())
    assert await shown(scene) == bodies(scene.feed.messages, ROOM)
    assert await shown(scene, OTHER_ROOM) == []


@pytest.mark.parametrize(("part", "at"), [("feed", "post"), ("board", "mark_shown"), ("board", "forget")])
async def test_a_gift_that_is_shown_twice_after_a_death_is_kept_once(scene: Scene, part: str, at: str) -> None:
    [sent] = await scene.give(30)
    with pytest.raises(Died):
        await scene.relay(**{part: Deadly(getattr(scene, part), at, "after")}).drain(await scene.lease())
    await scene.relay().drain(await scene.lease())
    kept = await shown(scene)
    assert isinstance(kept, list) and [each["id"] for each in kept] == [sent.id]


async def test_a_newcomer_is_told_of_the_combos_that_go_on_and_of_no_lone_piece(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    first, last = await tap(scene, 2, 3)
    await tap(scene, 1, item="cake")
    await relay.drain(lease)
    assert await combos(scene) == [
        {
            "combo_id": first.id,
            "gift": "rose",
            "name": "Rose",
            "emoji": "\N{ROSE}",
            "count": 5,
            "coins": 50,
            "win": 0,
            "from": {"user": "vera", "name": "Vera"},
            "to": {"user": "anna", "name": "Anna"},
            "guest": None,
            "since_ms": first.accepted_at_ms,
            "last_at_ms": last.accepted_at_ms,
        }
    ]
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await relay.drain(lease)
    assert await combos(scene) == []
