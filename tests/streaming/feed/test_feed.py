"""The room feed over real sockets and a real Valkey: what people hear, and what they are answered."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import OperationalError
from websockets.exceptions import InvalidStatus

import streaming.feed.feed
from accounts.principal import Principal
from foundation.errors import Conflict
from foundation.feed import Delivery, FeedMessage
from moderation.events import SanctionImposed
from moderation.gate import Scope
from streaming.audience.rules import AudienceRules
from streaming.feed.connection import CloseCode
from streaming.feed.rules import FeedRules
from streaming.presence import RoomCard
from tests.streaming.feed.house import WS_MAX_SIZE, House, Visitor
from tests.streaming.scene import NOW, live, until

RULES = FeedRules(tick_ms=20, heartbeat_s=0.2, commands_burst=1000, token_every_s=0.5)


@pytest.fixture
async def house(redis: Redis) -> AsyncIterator[House]:
    async with House(redis, RULES).open() as opened:
        yield opened


async def test_a_newcomer_is_greeted_with_the_protocol_and_the_room(house: House) -> None:
    room = await house.room()
    await house.broadcasts.announce(room.room)
    await house.broadcasts.save(live(room), 1)
    async with house.visitor(room.room) as visitor:
        assert visitor.hello["protocol"] == 1
        assert visitor.hello["offset"] >= 0
        assert abs(visitor.hello["now_ms"] - house.clock.now_ms()) < 5_000
        host = {"user": room.host_user, "name": "Ann"}
        assert visitor.snapshot["room"] == {"room": room.room, "title": "Songs", "host": host}
        assert visitor.snapshot["broadcast"]["state"] == "live"
        assert visitor.snapshot["viewers"] == 1
        assert visitor.snapshot["chat"] == []


async def test_what_is_said_is_heard_by_everybody_in_the_room_in_the_same_bytes(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob, house.visitor(room.room) as guest:
        reply = await bob.ask("chat.say", "c1", text=" 你好 \u202e")
        assert reply["ok"] and reply["id"] == "c1"
        said = await guest.message("chat.said")
        assert said["d"] == {
            "id": reply["message"],
            "user": house.tokens.people["Bob"].user_id,
            "name": "Bob",
            "text": "你好",
            "at_ms": said["d"]["at_ms"],
            "rank": None,
            "mentions": [],
            "reply": None,
        }
        assert said["e"] == guest.hello["epoch"]
        assert said["o"] > guest.hello["offset"]
        if not any('"chat.said"' in text for text in bob.raw):
            await bob.message("chat.said")
        heard = [text for text in (*bob.raw, *guest.raw) if '"chat.said"' in text]
        assert len(heard) == 2 and heard[0] == heard[1]


async def test_one_room_does_not_hear_the_other(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    other = live((await house.rooms.create(live(room).card, NOW)).card).card
    second = await house.rooms.create(type(other)(other.room[::-1], "someone", "Cid", "Talk"), NOW)
    async with house.visitor(room.room) as here, house.visitor(second.card.room) as there:
        await house.wire.post(FeedMessage(room.room, "here", {}), FeedMessage(second.card.room, "there", {}))
        await here.next("here")
        await there.next("there")
        assert not any('"there"' in text for text in here.raw)
        assert not any('"here"' in text for text in there.raw)


async def test_two_api_processes_are_one_room(house: House, redis: Redis) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with House(redis, RULES, beside=house).open() as other:
        async with house.visitor(room.room, "Bob") as bob, other.visitor(room.room) as guest:
            await bob.ask("chat.say", text="over there?")
            assert (await guest.next("chat.said"))["text"] == "over there?"
            assert guest.hello["epoch"] == bob.hello["epoch"]
            await until_counted(bob, 2)


async def until_counted(visitor: Visitor, count: int) -> None:
    """Until the last number that the visitor heard is ``count``; it may have come already."""
    while True:
        counted = [orjson.loads(text)["d"]["count"] for text in visitor.raw if '"viewers.counted"' in text]
        if counted and counted[-1] == count:
            return
        await visitor.next("viewers.counted")


async def test_viewers_are_counted_and_the_rooms_own_host_is_none(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room, "Ann") as host:
        assert host.snapshot["viewers"] == 0
        async with house.visitor(room.room), house.visitor(room.room):
            await until_counted(host, 2)
        await until_counted(host, 0)


async def test_a_newcomer_sees_the_newest_viewers_and_how_many_there_were(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    newest = [{"user": bob.user_id, "name": "Bob"}]
    async with house.visitor(room.room, "Bob") as first:
        async with house.visitor(room.room) as guest:
            assert (guest.snapshot["viewers"], guest.snapshot["peak"], guest.snapshot["newest"]) == (2, 2, newest)
        await until_counted(first, 1)
        async with house.visitor(room.room, "Ann") as host:
            assert (host.snapshot["viewers"], host.snapshot["peak"], host.snapshot["newest"]) == (1, 2, newest)


async def test_a_flood_of_scores_becomes_a_few_frames_and_the_last_one_stands(redis: Redis) -> None:
    async with House(redis, FeedRules(tick_ms=100)).open() as house:
        room = await house.room()
        async with house.visitor(room.room) as guest:
            for score in range(200):
                body: dict[str, object] = {"red": score}
                await house.wire.post(FeedMessage(room.room, "battle.score", body, Delivery.LATEST))
            await house.wire.post(FeedMessage(room.room, "end", {}))
            await guest.message("end")
            scores = [orjson.loads(text)["d"]["red"] for text in guest.raw if '"battle.score"' in text]
            assert scores[-1] == 199
            assert len(scores) < 100
            offsets = [orjson.loads(text).get("o", 0) for text in guest.raw]
            assert offsets == sorted(offsets)


async def test_the_first_message_after_a_silence_does_not_wait_for_a_tick(redis: Redis) -> None:
    async with House(redis, FeedRules(tick_ms=60_000), audience=AudienceRules(count_every_s=3600)).open() as house:
        room = await house.room()
        async with house.visitor(room.room) as guest:
            await house.wire.post(FeedMessage(room.room, "first", {}))
            await guest.next("first")  # within 10 s, a tick is a minute


async def test_gifts_are_all_heard_in_order(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        for number in range(300):
            await house.wire.post(FeedMessage(room.room, "gift.sent", {"n": number}))
        assert [(await guest.next("gift.sent"))["n"] for _ in range(300)] == list(range(300))


async def test_an_invitation_reaches_only_those_it_is_for(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.tokens.add("Cid")
    async with (
        house.visitor(room.room, "Bob") as first,
        house.visitor(room.room, "Bob") as second,
        house.visitor(room.room, "Cid") as other,
        house.visitor(room.room) as guest,
    ):
        await house.wire.post(FeedMessage(room.room, "battle.invited", {}, users=(bob.user_id,)))
        await house.wire.post(FeedMessage(room.room, "end", {}))
        for visitor in (first, second, other, guest):
            await visitor.next("end")
        invited = [any('"battle.invited"' in text for text in each.raw) for each in (first, second, other, guest)]
        assert invited == [True, True, False, False]


async def test_a_ping_is_answered_with_the_platforms_time_also_to_strangers(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        pong = await guest.ask("ping", "p1")
        assert pong["id"] == "p1"
        assert abs(pong["now_ms"] - house.clock.now_ms()) < 5_000


class Echo:
    """A command and a snapshot part of another domain."""

    type = "gift.send"
    deadline_s: float | None = 5.0
    name = "battle"

    def __init__(self) -> None:
        self.guests: set[str] = set()

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        if body.get("refuse"):
            raise Conflict("no such gift", balance=7)
        return {"got": body, "from": principal.name, "ok": False, "id": "forged"}

    async def part(self, room: str, principal: Principal | None) -> object:
        return {"for": None if principal is None else principal.name}

    async def others(self, room: str) -> Collection[str]:
        return self.guests


async def test_other_domains_commands_and_snapshot_parts_are_served(redis: Redis) -> None:
    echo = Echo()
    async with House(redis, RULES, [echo], [echo]).open() as house:
        room = await house.room()
        echo.guests.add(house.tokens.add("Bob").user_id)
        async with house.visitor(room.room) as guest:
            assert guest.snapshot["battle"] == {"for": None}
            assert (await guest.ask("gift.send"))["code"] == "unauthorised"
        async with house.visitor(room.room, "Bob") as bob:
            assert bob.snapshot["battle"] == {"for": "Bob"}
            reply = await bob.ask("gift.send", 7, n=1)
            assert reply == {"got": {"n": 1}, "from": "Bob", "ok": True, "id": 7}
            refused = await bob.ask("gift.send", 8, refuse=True)
            assert (refused["id"], refused["code"], refused["status"], refused["balance"]) == (8, "conflict", 409, 7)


BAD_COMMANDS = [
    ({"t": "nonsense", "id": 1}, "unknown-type"),
    ({"id": 1}, "malformed"),
    ({"t": 5, "id": 1}, "malformed"),
    ({"t": "like", "id": 1, "d": []}, "malformed"),
    ({"t": "like", "id": 1, "d": {"count": 0}}, "malformed"),
    ({"t": "like", "id": 1, "d": {"count": -1}}, "malformed"),
    ({"t": "like", "id": 1, "d": {"count": 51}}, "malformed"),
    ({"t": "like", "id": 1, "d": {"count": 1.5}}, "malformed"),
    ({"t": "like", "id": 1, "d": {"count": True}}, "malformed"),
    ({"t": "chat.say", "id": 1, "d": {}}, "malformed"),
    ({"t": "chat.say", "id": 1, "d": {"text": " \n "}}, "malformed"),
    ({"t": "chat.say", "id": 1, "d": {"text": "x" * 301}}, "malformed"),
    ({"t": "chat.say", "id": {}, "d": {"text": "x"}}, "malformed"),
    ({"t": "chat.say", "id": "x" * 65, "d": {"text": "x"}}, "malformed"),
]


async def test_bad_commands_are_answered_with_their_code_and_the_socket_stays(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob:
        for message, code in BAD_COMMANDS:
            await bob.client.send(orjson.dumps(message).decode())
            assert (await bob.next("error"))["code"] == code, message
        assert (await bob.ask("ping", "still"))["id"] == "still"


async def test_a_flood_of_commands_from_one_socket_is_held_back(redis: Redis) -> None:
    async with House(redis, FeedRules(commands_burst=5, commands_per_s=0.001)).open() as house:
        room = await house.room()
        async with house.visitor(room.room) as guest:
            answers = [await guest.ask("ping") for _ in range(7)]
            assert [answer.get("code") for answer in answers] == [None] * 5 + ["too-fast"] * 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (["no json", "[]", "5", "null", '{"t":', "[" * 10_000, b"{}"], 4000),
        (["x" * (16 * 1024 + 1), "好" * 6_000], 4409),
        (["x" * (WS_MAX_SIZE + 1)], 1009),
    ],
)
async def test_what_is_no_message_or_too_large_closes_the_socket(
    house: House, said: list[str | bytes], code: int
) -> None:
    room = await house.room()
    for text in said:
        async with house.visitor(room.room) as guest:
            await guest.client.send(text)
            assert await guest.code() == code, text[:20]


async def test_before_it_closes_a_socket_the_feed_says_why(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        await guest.client.send("no json")
        assert await guest.next("closing") == {"code": 4000, "reason": "json-object-wanted"}


async def test_sixteen_kilobytes_are_not_too_large(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        head, tail = '{"t":"ping","id":"p","d":{"x":"', '"}}'
        await guest.client.send(head + "x" * (16 * 1024 - len(head) - len(tail)) + tail)
        assert (await guest.next("pong"))["id"] == "p"


async def test_an_unknown_room_closes_with_its_code(house: House) -> None:
    for room in ("nothing", "01hzzzzzzzzzzzzzzzzzzzzzzz", "x" * 300):
        async with house.visit(room) as visitor:
            assert await visitor.code() == 4404


async def test_while_no_room_can_be_looked_up_everybody_is_asked_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(room: str) -> RoomCard | None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    room = await house.room()
    with monkeypatch.context() as broken:
        broken.setattr(house.shelf, "card", away)
        async with house.visit(room.room) as visitor:
            assert await visitor.code() == CloseCode.RESTART
            assert visitor.heard("closing")[0]["reason"] == "not-ready"
    async with house.visitor(room.room) as visitor:
        assert visitor.snapshot


async def test_an_expired_or_false_token_closes_with_its_code(house: House) -> None:
    room = await house.room()
    house.tokens.expired.add("Old")
    for token in ("Old", "False"):
        async with house.visit(room.room, token) as visitor:
            assert await visitor.code() == 4002


async def test_a_token_that_expires_meanwhile_closes_the_socket(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob, house.visitor(room.room) as guest:
        house.tokens.expired.add("Bob")
        assert await bob.code() == 4002
        assert (await guest.ask("ping"))["id"] == 1


async def test_the_sockets_of_a_user_whose_token_was_revoked_are_closed_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming.feed.feed, "SWEEP_EVERY_S", 3600.0)
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.tokens.add("Cid")
    async with house.visitor(room.room, "Bob") as gone, house.visitor(room.room, "Cid") as other:
        await until(lambda: len(house.feed.connections) == 2, "both are in")
        house.tokens.expired.update(("Bob", "Cid"))
        house.feed.check_user(bob.user_id)
        assert await gone.code() == 4002
        assert (await other.ask("ping"))["id"] == 1


async def test_a_token_that_is_revoked_while_its_holder_stands_at_the_door_does_not_let_him_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, look_up = await house.room(), house.shelf.card
    bob = house.tokens.add("Bob")

    async def meanwhile(name: str) -> RoomCard | None:
        house.tokens.expired.add("Bob")
        house.feed.check_user(bob.user_id)
        return await look_up(name)

    monkeypatch.setattr(house.shelf, "card", meanwhile)
    async with house.visit(room.room, "Bob") as visitor:
        assert await visitor.code() == 4002
        assert visitor.heard("snapshot") == []


async def test_a_banned_user_does_not_come_in(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.gate.sanctions.add((bob.user_id, Scope.PLATFORM))
    async with house.visit(room.room, "Bob") as visitor:
        assert await visitor.code() == 4403


async def test_a_ban_closes_all_sockets_of_the_user_and_no_others(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with (
        house.visitor(room.room, "Bob") as one,
        house.visitor(room.room, "Bob") as two,
        house.visitor(room.room) as guest,
    ):
        await house.bus.publish(SanctionImposed("x", bob.user_id, "chat", None, "spam", NOW))
        assert (await one.ask("ping"))["id"] == 1
        await house.bus.publish(SanctionImposed("x", bob.user_id, "platform", None, "spam", NOW))
        assert await one.code() == 4403
        assert await two.code() == 4403
        assert (await guest.ask("ping"))["id"] == 1


async def test_a_ban_whose_fact_was_missed_is_found_by_looking_it_up(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as visitor:
        house.gate.sanctions.add((bob.user_id, Scope.PLATFORM))
        await house.feed.check_sanctions()
        assert await visitor.code() == 4403


async def test_a_page_of_another_origin_is_refused(house: House) -> None:
    room = await house.room()
    for origin in ("https://evil.example", "null", "http://127.0.0.1", "http://["):
        with pytest.raises(InvalidStatus) as refused:
            async with house.visit(room.room, origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_our_own_pages_and_partners_may_connect(house: House) -> None:
    room = await house.room()
    for origin in (f"http://127.0.0.1:{house.port}", "https://partner.example"):
        async with house.visitor(room.room, origin=origin) as visitor:
            assert visitor.hello


async def test_a_client_that_knows_more_than_we_do_is_spoken_to_in_our_newest_version(house: House) -> None:
    room = await house.room()
    for version, spoken in (("1", 1), ("2", 2), ("3", 2), ("9999999", 2)):
        async with house.visitor(room.room, version=version) as visitor:
            assert visitor.hello["protocol"] == spoken


async def test_a_protocol_that_is_not_spoken_here_closes_the_socket(house: House) -> None:
    room = await house.room()
    for version in ("0", "x", "-1", "²"):
        async with house.visit(room.room, version=version) as visitor:
            assert await visitor.code() == 4000


async def test_a_restart_asks_everybody_to_come_back(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        assert house.running is not None
        house.running.cancel()
        assert await guest.code() == 1012


async def test_the_feed_is_heard_again_after_redis_dropped_its_reader(house: House, redis: Redis) -> None:
    room = await house.room()
    async with house.visitor(room.room) as guest:
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]

        heard: list[str] = []

        async def listen() -> None:
            heard.append((await guest.message("again"))["t"])

        async def post() -> None:
            await house.wire.post(FeedMessage(room.room, "again", {}))

        await heard_after(post, listen, heard)


async def test_a_feed_that_failed_asks_everybody_to_come_back_and_begins_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise RuntimeError("a mistake of ours")

    room = await house.room()
    async with house.visitor(room.room) as guest:
        with monkeypatch.context() as broken:
            broken.setattr(house.audience, "tell", fails)
            assert await guest.code() == CloseCode.RESTART
    async with house.visitor(room.room) as guest:
        await house.wire.post(FeedMessage(room.room, "again", {}))
        await guest.next("again")


async def heard_after(post: Any, listen: Any, heard: list[str]) -> None:
    """Post until it is heard: what is said while the reader is away is lost, and that is allowed."""
    listening = asyncio.create_task(listen())
    while not heard:
        await post()
        try:
            await until(lambda: heard, "heard", 0.2)
        except AssertionError:
            assert not listening.done() or heard
    await listening
