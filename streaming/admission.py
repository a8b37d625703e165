"""Who may publish and watch, and where: the ``PublishAdmission`` and ``WatchAdmission`` of WHIP and WHEP."""

from typing import Protocol

from accounts.events import key_fingerprint
from accounts.principal import Principal, Role, Tokens
from foundation.errors import Unauthorised
from foundation.ids import is_id
from foundation.nodes import Living, NodeRegistry
from moderation.gate import Gate, Scope
from streaming.errors import Blocked, NotInBattle, NotLive, NotOnStage, NotYourRoom, RoomUnknown
from streaming.lobby import Lobby
from streaming.media.guest_track import guest_of
from streaming.placement import Candidate, PlacementRules, place, read_crowds
from streaming.presence import LiveBroadcast, RoomCard
from streaming.store import Broadcasts
from streaming.whep_router import WatchGrant
from streaming.whip_router import PublishGrant

COME_BACK_S = 2


class StreamKeys(Protocol):
    """Accounts: what an encoder shows instead of a token."""

    async def user_of(self, key: str) -> str | None:
        """The user whose stream key this is; None when it is nobody's."""


class StageMates(Protocol):
    """Who stands where: hosts and guests, in battles and outside of them."""

    async def has_seat(self, user_id: str, room: str) -> bool:
        """Whether the host of ``room`` has approved the user as his guest."""

    async def share_stage(self, user_id: str, room: str) -> bool:
        """Whether the user is a host or guest on the stage that ``room`` shows, in a battle its opponents' too."""

    async def kept_apart(self, user_id: str, room: str, whose: str) -> bool:
        """Whether a block keeps the user from the camera of ``whose`` in ``room``, whose stage they share."""


class Admission:
    def __init__(
        self,
        lobby: Lobby,
        broadcasts: Broadcasts,
        nodes: NodeRegistry,
        tokens: Tokens,
        keys: StreamKeys,
        gate: Gate,
        mates: StageMates,
        placement: PlacementRules | None = None,
        recent: Living | None = None,
    ) -> None:
        """``recent``: what ``nodes`` said a moment ago, for viewers, who may be a crowd; None: ``nodes``."""
        self._lobby = lobby
        self._broadcasts = broadcasts
        self._nodes = nodes
        self._recent: Living = recent or nodes
        self._tokens = tokens
        self._keys = keys
        self._gate = gate
        self._mates = mates
        self._placement = placement or PlacementRules()

    async def publish(self, token: str | None, room: str) -> PublishGrant:
        """The room's host, by his token or his stream key, unless a sanction forbids it."""
        if not token:
            raise Unauthorised
        user = await self._keys.user_of(token)
        if user is not None:
            return await self.publish_as(user, room, key_fingerprint(token))
        return await self.publish_as(self._tokens.principal(token).user_id, room, "")

    async def publish_as(self, user: str, room: str, credential: str) -> PublishGrant:
        card = await self._card(room)
        if card.host_user != user:
            raise NotYourRoom
        await self._gate.check(user, Scope.PUBLISH)
        return PublishGrant(user, room, await self._home(room), credential)

    async def publish_guest(self, token: str | None, room: str) -> PublishGrant:
        """A guest whom the room's host has approved, by his token, unless a sanction forbids it."""
        if not token:
            raise Unauthorised
        return await self.publish_guest_as(self._tokens.principal(token).user_id, room)

    async def publish_guest_as(self, user: str, room: str) -> PublishGrant:
        broadcast = await self._broadcast(room)
        if not await self._mates.has_seat(user, room):
            raise NotOnStage
        await self._gate.check(user, Scope.PUBLISH)
        return PublishGrant(user, room, broadcast.home_url)

    async def watch(self, token: str | None, room: str, track: str) -> WatchGrant:
        """Anybody who is not banned may watch a program; cameras are for those on the same stage and for moderators."""
        principal = self._tokens.principal(token) if token else None
        if principal is not None:
            await self._gate.check(principal.user_id, Scope.PLATFORM)
        if track != "program":
            await self._check_camera(principal, await self._card(room), guest_of(track))
        return await self._watch(None if principal is None else principal.user_id, room, track)

    async def watch_as(self, user: str | None, room: str, track: str) -> WatchGrant:
        """Somebody whom another node has recognised, and whose right to the track it has checked."""
        if user is not None:
            await self._gate.check(user, Scope.PLATFORM)
        return await self._watch(user, room, track)

    async def _watch(self, user: str | None, room: str, track: str) -> WatchGrant:
        broadcast = await self._broadcast(room)
        if track != "program":
            return WatchGrant(user, room, broadcast.home_url)
        url = await self._placed(room, broadcast.home_url)
        return WatchGrant(user, room, url, relay_of=broadcast.pipe if url != broadcast.home_url else "")

    async def _placed(self, room: str, home_url: str) -> str:
        home, others = None, []
        for node in await self._recent.alive("media"):
            word = "homes" if node.url == home_url else "relays"
            viewers = read_crowds(str(node.attributes.get(word, ""))).get(room)
            candidate = Candidate(node.url, node.load, viewers)
            if node.url == home_url:
                home = candidate
            else:
                others.append(candidate)
        if home is None:
            return home_url  # not there at present: who answers says so
        return place(home, others, self._placement).url

    async def _broadcast(self, room: str) -> LiveBroadcast:
        broadcast = await self._lobby.broadcast(room) if is_id(room) else None
        if broadcast is None:
            await self._card(room)  # only now: a crowd that joins must not ask SQL for every viewer
            raise NotLive(retry_after_s=COME_BACK_S)
        return broadcast

    async def _check_camera(self, principal: Principal | None, card: RoomCard, guest: str) -> None:
        """``guest``: whose camera it is; empty: the host's. Nobody watches himself: he would hear himself."""
        if principal is None:
            raise Unauthorised
        if principal.has(Role.MODERATOR):
            return
        whose = guest or card.host_user
        if principal.user_id == whose or not await self._mates.share_stage(principal.user_id, card.room):
            raise NotOnStage if guest else NotInBattle
        if await self._mates.kept_apart(principal.user_id, card.room, whose):
            raise Blocked

    async def _card(self, room: str) -> RoomCard:
        card = await self._lobby.room(room) if is_id(room) else None
        if card is None:
            raise RoomUnknown
        return card

    async def _home(self, room: str) -> str | None:
        """The internal address of the worker for the room's next publisher; None when no worker is there.

        A broadcast that is live or waits for its host stays at its home while that lives. Before, two publishers of one
        room within half a minute meet on one worker, where the newer replaces the older.
        """
        urls = {node.id: node.url for node in await self._nodes.alive("media")}
        broadcast = await self._lobby.broadcast(room)
        if broadcast is not None and broadcast.worker_id in urls:
            return urls[broadcast.worker_id]
        if not urls:
            return None
        least_loaded = next(iter(urls))
        pinned = await self._broadcasts.pin_home(room, least_loaded)
        if pinned not in urls:  # it died within the half minute
            await self._broadcasts.unpin_home(room)
            pinned = await self._broadcasts.pin_home(room, least_loaded)
        return urls.get(pinned, urls[least_loaded])
