"""The feed's wire over Redis: one script posts, one pub/sub connection a process reads."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from foundation.feed import Delivery, FeedMessage
from foundation.ids import new_id
from foundation.redis import Script
from foundation.stopping import heed_cancellation
from streaming.feed.store import FEED_CHANNEL, FEED_KEY, HISTORY_KEY, SAMPLES_KEY, Head, History, Posted, gap
from streaming.rules import KEEP_S

log = structlog.get_logger(__name__)

CONFIRM_S = 2.0
RECONNECT_AFTER_S = 0.2
# redis-py may swallow a cancellation while it waits, and a task group cancels only once.
HEEDS_EVERY_S = 1.0
HISTORY = 1000
# Samples and sums are worth nothing to who comes back: the last chat and the totals are told him as they are. Samples
# are kept for a moment all the same, for an api process that has lost its connection.
KEPT_IN = {Delivery.MUST: "history", Delivery.LATEST: "history", Delivery.SAMPLE: "samples", Delivery.SUM: ""}
SAMPLES, SAMPLES_S = 200, 60
_LUA = Path(__file__).parent / "lua"
POST = _LUA / "post.lua"
"""Before a script that posts, alone or among other things; it gets ``post_keys`` and ``post_arguments`` last."""
# The connection must have one subscription at any time, or the client library does not read from it.
_QUIET = "feed:quiet"


class RedisWire:
    """``close`` when done. Posting needs no reading: control and media processes only post."""

    def __init__(self, redis: Redis, history: int = HISTORY) -> None:
        """``history``: messages of a room that are kept, and up to a tenth more."""
        self._redis = redis
        self._history = history
        self._post = Script(redis, POST, _LUA / "post_feed.lua")
        self._open = Script(redis, _LUA / "open_feed.lua")
        self._pubsub = redis.pubsub(ignore_subscribe_messages=False)
        # Of two who subscribe first at once each would make a connection, and the reader follow one of them.
        self._turn = asyncio.Lock()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._rooms: dict[str, str] = {}  # by channel
        self._heard: dict[str, Head] = {}  # by room, up to where
        self._lapsed: set[str] = set()  # rooms that were subscribed again: something may have been missed
        self._closed = False

    async def post(self, *messages: FeedMessage) -> None:
        by_room: dict[str, list[FeedMessage]] = {}
        for message in messages:
            by_room.setdefault(message.room, []).append(message)
        await asyncio.gather(*(self._post_in(room, of_room) for room, of_room in by_room.items()))

    async def _post_in(self, room: str, messages: Sequence[FeedMessage]) -> None:
        await self._post(post_keys(room), post_arguments(messages, self._history))

    async def head(self, room: str) -> Head:
        return (await self._heads(room))[0]

    async def _heads(self, room: str) -> tuple[Head, int]:
        """And the offset beyond which the history is whole."""
        epoch, offset, whole_after = await self._open(self._keys(room), [new_id(), KEEP_S])
        return Head(epoch.decode(), int(offset)), int(whole_after)

    @staticmethod
    def _keys(room: str) -> list[str]:
        return [key.format(room=room) for key in (FEED_KEY, HISTORY_KEY, SAMPLES_KEY)]

    async def history(self, room: str) -> History:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hmget(FEED_KEY.format(room=room), ["epoch", "from"])
            pipe.xrange(HISTORY_KEY.format(room=room))
            (epoch, whole_after), kept = await pipe.execute()
        if whole_after is None:
            return History(Head("", 0), ())
        return History(Head(epoch.decode(), int(whole_after)), tuple(_read(room, epoch, kept)))

    async def listen(self, room: str) -> None:
        channel = FEED_CHANNEL.format(room=room)
        event = self._confirmed.get(channel)
        if event is None:
            event = self._confirmed[channel] = asyncio.Event()
            self._rooms[channel] = room
            try:
                self._heard[room] = await self.head(room)  # before it is subscribed: what comes in between is news
                async with self._turn:
                    await self._pubsub.subscribe(channel)
            except BaseException:  # else whoever comes next would wait for a confirmation that nobody has asked for
                if self._confirmed.get(channel) is event:
                    self._forget(channel, room)
                raise
        async with asyncio.timeout(CONFIRM_S):
            await event.wait()

    async def unlisten(self, room: str) -> None:
        channel = FEED_CHANNEL.format(room=room)
        if channel in self._confirmed:
            self._forget(channel, room)
            async with self._turn:
                await self._pubsub.unsubscribe(channel)

    def _forget(self, channel: str, room: str) -> None:
        del self._confirmed[channel], self._rooms[channel]
        self._heard.pop(room, None)
        self._lapsed.discard(room)

    async def posted(self) -> AsyncIterator[Posted]:
        await self._subscribe_quiet()
        while not self._closed:
            heed_cancellation()
            try:
                message = await self._pubsub.get_message(timeout=HEEDS_EVERY_S)
            except (RedisError, OSError) as error:
                if self._closed:
                    return
                # The library subscribes again by itself when it connects.
                log.warning("the feed lost redis", error=str(error))
                await asyncio.sleep(RECONNECT_AFTER_S)
                continue
            for posted in () if message is None else self._read(message):
                yield posted
            for posted in await self._catch_up():
                yield posted

    async def _subscribe_quiet(self) -> None:
        while not self._closed:
            heed_cancellation()
            try:
                async with self._turn:
                    await self._pubsub.subscribe(_QUIET)
                return
            except (RedisError, OSError) as error:
                log.warning("the feed cannot reach redis", error=str(error))
                await asyncio.sleep(RECONNECT_AFTER_S)

    def _read(self, message: dict[str, Any]) -> list[Posted]:
        channel = message["channel"].decode()
        if message["type"] == "subscribe" and channel in self._confirmed:
            if self._confirmed[channel].is_set():
                self._lapsed.add(self._rooms[channel])
            self._confirmed[channel].set()
        if message["type"] != "message" or channel not in self._rooms:
            return []
        if self._rooms[channel] in self._lapsed:  # it comes with what was missed before it, and never instead of it
            return []
        return [posted for posted in _decoded(self._rooms[channel], message["data"]) if self._is_news(posted)]

    async def _catch_up(self) -> list[Posted]:
        found = []
        for room in tuple(self._lapsed):
            heard = self._heard.get(room)
            if heard is None:  # everybody has left it while another room caught up
                continue
            try:
                found += await self._missed(room, heard)
            except (RedisError, OSError) as error:  # it is tried again with the next message, or in a second
                log.warning("the feed cannot catch up", room=room, error=str(error))
        return found

    async def _missed(self, room: str, heard: Head) -> list[Posted]:
        """What is kept of the room beyond ``heard``, after the connection was lost."""
        head = await self.head(room)
        anew = head.epoch != heard.epoch
        before = 0 if anew else heard.offset
        kept: list[Posted] = []
        for key in (HISTORY_KEY, SAMPLES_KEY):
            entries = await self._redis.xrange(key.format(room=room), min=f"{before + 1}-0", max=f"{head.offset}-0")
            kept += _read(room, head.epoch.encode(), entries)
        _, whole_after = await self._heads(room)  # asked last: something may have gone while it was read
        if room not in self._lapsed:  # everybody has left it meanwhile
            return []
        self._lapsed.discard(room)
        found = [posted for posted in sorted(kept, key=lambda posted: posted.offset) if self._is_news(posted)]
        # It may be lower than before: Redis has lost its last second. What was told of it, and elsewhere, nobody knows.
        self._heard[room] = head
        if not (anew or whole_after > before or head.offset < before):
            return found
        if not found:
            return [gap(room, head.epoch, max(before, head.offset))]
        return [replace(found[0], after_gap=True), *found[1:]]

    def _is_news(self, posted: Posted) -> bool:
        """Whether it was not heard before; from now on it was."""
        heard = self._heard.get(posted.room)
        if heard is not None and heard.epoch == posted.epoch and posted.offset <= heard.offset:
            return False
        self._heard[posted.room] = Head(posted.epoch, posted.offset)
        return True

    async def close(self) -> None:
        """Ends ``posted``."""
        self._closed = True
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]


def post_keys(room: str) -> list[str]:
    return [key.format(room=room) for key in (FEED_KEY, HISTORY_KEY, SAMPLES_KEY, FEED_CHANNEL)]


def post_arguments(messages: Iterable[FeedMessage], history: int = HISTORY) -> list[str | int | float | bytes]:
    """The messages are of one room."""
    arguments: list[str | int | float | bytes] = [new_id(), history, KEEP_S, SAMPLES, SAMPLES_S]
    for message in messages:
        arguments += [KEPT_IN[message.delivery], encode(message)]
    return arguments


def encode(message: FeedMessage) -> bytes:
    """The message's head as JSON, a newline, and its body as JSON: the body is spliced, never parsed, on its way."""
    head: dict[str, object] = {"t": message.type, "v": message.delivery.value, "k": message.key, "u": message.users}
    if message.dear:
        head["d"] = message.dear
    return orjson.dumps(head) + b"\n" + orjson.dumps(message.body)


def _read(room: str, epoch: bytes, entries: Any) -> list[Posted]:
    """Entries of one of a room's streams."""
    found = []
    for entry, fields in entries:
        found += _decoded(room, b"%s %s %s" % (epoch, entry.partition(b"-")[0], fields[b"m"]))
    return found


def _decoded(room: str, payload: bytes) -> list[Posted]:
    """The message, unless it cannot be read."""
    try:
        return [decode(room, payload)]
    except (ValueError, KeyError) as error:
        log.error("a feed message could not be read", room=room, error=str(error))
        return []


def decode(room: str, payload: bytes) -> Posted:
    epoch, offset, message = payload.split(b" ", 2)
    head_json, body = message.split(b"\n", 1)
    head = orjson.loads(head_json)
    users, dear = tuple(head["u"]), tuple(head.get("d", ()))
    return Posted(room, epoch.decode(), int(offset), head["t"], Delivery(head["v"]), head["k"], users, body, dear)
