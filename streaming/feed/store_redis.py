"""The feed's wire over Redis: one script posts, one pub/sub connection a process reads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
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
from streaming.feed.store import FEED_CHANNEL, FEED_KEY, HISTORY_KEY, Head, Posted
from streaming.rules import KEEP_S

log = structlog.get_logger(__name__)

CONFIRM_S = 2.0
RECONNECT_AFTER_S = 0.2
# redis-py may swallow a cancellation while it waits, and a task group cancels only once.
HEEDS_EVERY_S = 1.0
# The connection must have one subscription at any time, or the client library does not read from it.
_QUIET = "feed:quiet"


class RedisWire:
    """``close`` when done. Posting needs no reading: control and media processes only post."""

    def __init__(self, redis: Redis, history: int = 1000) -> None:
        self._redis = redis
        self._history = history
        lua = Path(__file__).parent / "lua"
        self._post = Script(redis, lua / "post_feed.lua")
        self._open = Script(redis, lua / "open_feed.lua")
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
        arguments: list[str | int | float | bytes] = [new_id(), self._history, KEEP_S]
        for message in messages:
            # Sums are worth nothing afterwards: the totals are in the snapshot.
            arguments += ["0" if message.delivery is Delivery.SUM else "1", encode(message)]
        await self._post([*self._keys(room), FEED_CHANNEL.format(room=room)], arguments)

    async def head(self, room: str) -> Head:
        epoch, offset = await self._open(self._keys(room), [new_id(), KEEP_S])
        return Head(epoch.decode(), int(offset))

    @staticmethod
    def _keys(room: str) -> list[str]:
        return [FEED_KEY.format(room=room), HISTORY_KEY.format(room=room)]

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
        return self._news(self._rooms[channel], message["data"])

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
        """What the room's history has beyond ``heard``, after the connection was lost."""
        head = await self.head(room)
        first = heard.offset + 1 if head.epoch == heard.epoch else 1
        history = HISTORY_KEY.format(room=room)
        kept: Any = await self._redis.xrange(history, min=f"{first}-0", max=f"{head.offset}-0")
        if room not in self._lapsed:  # everybody has left it meanwhile
            return []
        self._lapsed.discard(room)
        found = []
        for entry, fields in kept:
            offset = entry.partition(b"-")[0].decode()
            found += self._news(room, f"{head.epoch} {offset} ".encode() + fields[b"m"])
        self._heard[room] = head  # it may be lower than before: Redis has lost its last second
        return found

    def _news(self, room: str, payload: bytes) -> list[Posted]:
        """The message, unless it was heard before."""
        try:
            posted = decode(room, payload)
        except (ValueError, KeyError) as error:
            log.error("a feed message could not be read", room=room, error=str(error))
            return []
        heard = self._heard.get(room)
        if heard is not None and heard.epoch == posted.epoch and posted.offset <= heard.offset:
            return []
        self._heard[room] = Head(posted.epoch, posted.offset)
        return [posted]

    async def close(self) -> None:
        """Ends ``posted``."""
        self._closed = True
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]


def encode(message: FeedMessage) -> bytes:
    """The message's head as JSON, a newline, and its body as JSON: the body is spliced, never parsed, on its way."""
    head: dict[str, object] = {"t": message.type, "v": message.delivery.value, "k": message.key, "u": message.users}
    if message.dear:
        head["d"] = message.dear
    return orjson.dumps(head) + b"\n" + orjson.dumps(message.body)


def decode(room: str, payload: bytes) -> Posted:
    epoch, offset, message = payload.split(b" ", 2)
    head_json, body = message.split(b"\n", 1)
    head = orjson.loads(head_json)
    users, dear = tuple(head["u"]), tuple(head.get("d", ()))
    return Posted(room, epoch.decode(), int(offset), head["t"], Delivery(head["v"]), head["k"], users, body, dear)
