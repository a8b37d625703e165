"""``chat.say``: one line to everybody in the room."""

from hashlib import blake2s
from math import ceil

from accounts.principal import Principal
from foundation.address import subject_of
from foundation.clock import Clock
from foundation.errors import Malformed, Unavailable
from foundation.feed import FeedOutlet
from foundation.ids import new_id
from moderation.gate import Gate, Scope
from streaming.chat.errors import ChatSlow, MessageUnknown, MutedHere
from streaming.chat.followers import Follows
from streaming.chat.keepers import Rank, rank_of
from streaming.chat.limits import ChatLimits
from streaming.chat.message import Quote, Said, mentions
from streaming.chat.order import Standing
from streaming.chat.rules import check
from streaming.chat.service import ChatOrder
from streaming.chat.store import Heard, Hearing, Talk
from streaming.errors import TooFast
from streaming.feed_port import CALLER_ADDRESS
from streaming.spoken import spoken

TRIES = 3  # the copy of a room's order may go between two looks at it, but not again and again


class SayInChat:
    """``{"text", "reply_to"?, "mentions"?}`` -> ``{"message": id}``; everybody in the room gets ``chat.said``."""

    type = "chat.say"
    deadline_s: float | None = 10.0

    def __init__(
        self,
        talk: Talk,
        outlet: FeedOutlet,
        gate: Gate,
        order: ChatOrder,
        followers: Follows,
        clock: Clock,
        limits: ChatLimits,
        key: bytes,
    ) -> None:
        self._talk = talk
        self._outlet = outlet
        self._gate = gate
        self._order = order
        self._followers = followers
        self._clock = clock
        self._limits = limits
        self._key = key

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        text = spoken(body.get("text"), self._limits.length)
        named = mentions(body.get("mentions"))
        await self._gate.check(principal.user_id, Scope.CHAT)
        standing = await self._order.standing(room, principal.user_id)
        rank = rank_of(principal, standing.host, moderator=standing.moderator)
        now_ms = self._clock.now_ms()
        if rank is Rank.VIEWER:
            await self._check(principal, standing, text, now_ms)
        said = Said(
            id=new_id(),
            user=principal.user_id,
            name=principal.name,
            text=text,
            at_ms=now_ms,
            rank=rank.shown,
            mentions=named,
            reply=await self._quote(principal.user_id, room, body.get("reply_to"), now_ms),
        )
        await self._answer(room, said, await self._speak(room, said, free=rank is not Rank.VIEWER))
        return {"message": said.id}

    async def _check(self, principal: Principal, standing: Standing, text: str, now_ms: int) -> None:
        rules = standing.rules
        follows = not rules.followers_only or await self._followers.follows(principal.user_id, standing.host)
        check(rules, text, now_ms, muted_until_ms=standing.muted_until_ms, follows=follows)

    async def _quote(self, user: str, room: str, message: object, now_ms: int) -> Quote | None:
        if message is None:
            return None
        if not isinstance(message, str):
            raise Malformed("reply_to: the id of a message")
        # A bucket as wide as that of what he may say, which is asked last of all: it keeps nobody from a legal answer.
        per_s, burst = self._limits.per_s, self._limits.burst
        if not await self._talk.take_token(room, f"chat:answer:{user}", per_s, burst, now_ms):
            raise TooFast(retry_after_s=ceil(1 / per_s))
        return Said.of(await self._order.said(room, message)).quote()

    async def _speak(self, room: str, said: Said, *, free: bool) -> Hearing:
        address = CALLER_ADDRESS.get()
        # People's addresses are nobody's business, not even of who reads Redis and tries all there are.
        named = address and blake2s(subject_of(address).encode(), digest_size=8, key=self._key).hexdigest()
        for _ in range(TRIES):
            hearing = await self._talk.say(room, said, named, self._limits, free=free)
            if hearing.heard is not Heard.UNKNOWN:
                return hearing
            await self._order.copy(room)
        raise Unavailable(retry_after_s=1)

    async def _answer(self, room: str, said: Said, hearing: Hearing) -> None:
        """Raise why he was not heard; what the room has no time for its speaker is told all the same."""
        wait_s = -(-hearing.wait_ms // 1000)
        match hearing.heard:
            case Heard.MUTED:
                raise MutedHere(until_ms=hearing.wait_ms)
            case Heard.SLOW:
                raise ChatSlow(retry_after_s=wait_s)
            case Heard.FAST:
                raise TooFast(retry_after_s=wait_s)
            case Heard.GONE:
                raise MessageUnknown
            case Heard.ALONE:
                await self._outlet.post(said.told(room, (said.user,)))
