"""The sessions of a worker, publishers' and viewers': who is let in, who is there, how each ends."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from foundation.ids import new_id
from foundation.tasks import TaskOwner
from streaming.media.answer import AnswerParameters
from streaming.media.certificate import SharedCertificate
from streaming.media.check_track import CHECK
from streaming.media.checks import Checks, to_nobody
from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.errors import EtagStale, NoPicture, NotLive, SessionUnknown
from streaming.media.guest_seat import GuestSeat
from streaming.media.guest_track import GUEST, guest_of, guest_track
from streaming.media.ingest import Ingest
from streaming.media.layer_choice import LayerChoice
from streaming.media.offer import Offer, Role
from streaming.media.packet import MediaKind
from streaming.media.port import Port
from streaming.media.publisher import Publisher
from streaming.media.relays import Relays
from streaming.media.room import MediaRoom
from streaming.media.session import Session
from streaming.media.settings import MediaSettings
from streaming.media.source import PacketListener, Source
from streaming.media.track import Track
from streaming.media.viewer import Viewer, profile_of
from streaming.media.watching import Watching

ENDED_MAX = 1_024


class Rooms(Protocol):
    """What sessions need of the worker's rooms."""

    rooms: dict[str, MediaRoom]

    def room(self, room_id: str) -> MediaRoom:
        """The room, made when it is not there."""

    def forget_if_idle(self, room: MediaRoom) -> None: ...

    def publisher_ended(self, session: Session, reason: str) -> None:
        """A host or a guest publishes no longer."""


class Sessions(Mapping[str, Session]):
    """By id. Nothing here waits in the middle of a change."""

    def __init__(
        self,
        settings: MediaSettings,
        counters: Counters,
        now_us: Callable[[], int],
        port: Port,
        rooms: Rooms,
        relays: Relays,
        tasks: TaskOwner,
    ) -> None:
        self._settings = settings
        self._counters = counters
        self._now_us = now_us
        self._port = port
        self._rooms = rooms
        self._relays = relays
        self._tasks = tasks
        self._certificate = SharedCertificate.generate()
        self._sessions: dict[str, Session] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._watching: dict[str, Watching] = {}
        self._checks = Checks(settings.check_ms * 1000)
        self._ended: dict[str, str] = {}
        """Why the last publishing sessions are over: a page asks whether it may come back."""

    def __getitem__(self, session_id: str) -> Session:
        return self._sessions[session_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sessions)

    def __len__(self) -> int:
        return len(self._sessions)

    def known(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            raise SessionUnknown(reason=self._ended.get(session_id))
        return session

    def crowds(self) -> Counter[str]:
        """How many watch, by room."""
        return Counter(session.room for session in self._sessions.values() if session.role == "watch")

    def stage_watchers(self) -> dict[str, set[str]]:
        """Who watches a host's or a guest's camera, by room."""
        found: dict[str, set[str]] = {}
        for session in self._sessions.values():
            if session.watches_stage:
                found.setdefault(session.room, set()).add(session.user)
        return found

    def watched(self) -> dict[Track, set[MediaKind]]:
        """Which kinds of which tracks have connected viewers."""
        found: dict[Track, set[MediaKind]] = {}
        for session_id, watching in self._watching.items():
            if watching.viewer is not None:
                kinds = {track.kind for track in self._sessions[session_id].offer.tracks}
                if watching.choice is LayerChoice.SOUND:
                    kinds.discard("video")
                found.setdefault(watching.track, set()).update(kinds)
        return found

    # --- coming

    async def open(
        self, role: Role, room_id: str, track: str, user: str, offer: Offer, relay_of: str, credential: str
    ) -> AnswerParameters:
        """Open a session for a publisher, or for a viewer of `program`, `camera` or `guest:USER`; what the answer says.

        A publisher's `track` is `guest` when he is one: only where the room is live and at home. `relay_of` is the pipe
        of the room's home when that is another worker, else empty; `credential` the fingerprint of the stream key that
        a publisher came with.
        """
        room = self._rooms.rooms.get(room_id)
        if role == "watch" and not relay_of and (room is None or not room.live):
            raise NotLive(retry_after_s=2)
        seat = _live(room).seat(user) if role == "publish" and track == GUEST else None
        if room is None:
            room = self._rooms.room(room_id)
        watched = _watched(room, track) if role == "watch" else None
        if role == "watch" and relay_of:
            self._relays.serve(room, relay_of)
        session = self._session(role, room_id, track if seat is None else guest_track(user), user, offer, credential)
        replaced = None
        if watched is None:
            replaced = self._publish(room, session) if seat is None else self._publish_as_guest(seat, session)
        else:
            session.media = self._watching[session.id] = Watching(watched, self._counters, self._now_us)
            if offer.track("video") is not None:
                watched.expect()
        self._begin(session)
        if replaced is not None:
            await self.close(replaced.session.id, "replaced")
        return self._answer(session, watched)

    async def open_check(self, room_id: str, user: str, offer: Offer, credential: str) -> AnswerParameters:
        """Open a session for a host who tries his uplink: no room has it, nobody is told of it, and it ends by itself.

        It takes the place of his earlier one.
        """
        session = self._session("publish", room_id, CHECK, user, offer, credential)
        before = self._checks.begin(self._publisher(session, to_nobody))
        self._begin(session)
        if before is not None:
            await self.close(before.id, "replaced")
        return self._answer(session, None)

    def tick(self, now_us: int) -> None:
        """Every 50 ms."""
        for session in self._checks.tick(now_us):
            self._tasks.start(self.close(session.id, "ended"), f"close {session.id}")

    def _session(self, role: Role, room_id: str, track: str, user: str, offer: Offer, credential: str) -> Session:
        return Session(
            new_id(),
            role,
            room_id,
            track,
            user,
            offer,
            self._port,
            self._certificate,
            self._counters,
            self._now_us,
            credential,
        )

    def _begin(self, session: Session) -> None:
        self._sessions[session.id] = session
        self._counters.sessions_opened += 1
        self._running[session.id] = self._tasks.start(session.run(self._settings, self), f"session {session.id}")

    def _publish(self, room: MediaRoom, session: Session) -> Publisher | None:
        """The host's new session; the publisher whose place it takes."""
        before, room.publisher = room.publisher, self._publisher(session, room.on_packet)
        self._relays.stop(room)  # its home is here now; whoever watches the relay stays
        return before

    def _publish_as_guest(self, seat: GuestSeat, session: Session) -> Publisher | None:
        before, seat.publisher = seat.publisher, self._publisher(session, seat.on_packet)
        return before

    def _publisher(self, session: Session, listener: PacketListener) -> Publisher:
        source = Source(
            SourceKind.CAMERA, self._settings, self._counters, lambda layer: ingest.request_keyframe(layer), listener
        )
        ingest = Ingest(
            session.offer, source, session.transport.send_rtcp, self._now_us, self._counters, self._settings
        )
        session.media = ingest
        return Publisher(session, source, ingest, self._settings.picture_stale_ms * 1000)

    def _answer(self, session: Session, watched: Track | None) -> AnswerParameters:
        return AnswerParameters(
            session=session.id,
            ufrag=session.endpoint.ufrag,
            password=session.endpoint.password,
            fingerprint=self._certificate.sha256,
            setup="active" if session.active else "passive",
            port=self._settings.announced_port or self._port.number,
            addresses=self._port.addresses,
            ssrcs=() if watched is None else tuple(watched.ssrcs.items()),
        )

    def restart_ice(
        self, session_id: str, seen_ufrag: str | None, peer_ufrag: str, peer_password: str
    ) -> AnswerParameters:
        """Our new credentials; `seen_ufrag`: ours as the peer believes, EtagStale if it is not (None: any)."""
        session = self.known(session_id)
        if seen_ufrag is not None and seen_ufrag != session.endpoint.ufrag:
            raise EtagStale
        session.restart_ice(peer_ufrag, peer_password)
        self._counters.ice_restarts += 1
        return self._answer(session, None)

    def choose_layer(self, session_id: str, choice: LayerChoice) -> None:
        """What a viewer is to get from now on. NoPicture: the session is not of one who watches a picture."""
        session, watching = self.known(session_id), self._watching.get(session_id)
        if watching is None or session.offer.track("video") is None:
            raise NoPicture
        watching.choose(choice)

    def chosen_layer(self, session_id: str) -> LayerChoice | None:
        """None: whoever that is does not watch."""
        watching = self._watching.get(session_id)
        return None if watching is None else watching.choice

    def connected(self, session: Session) -> None:
        self._running.pop(session.id, None)
        watching = self._watching.get(session.id)
        outbound = session.transport.outbound
        if watching is None or outbound is None:
            return
        room = self._rooms.rooms.get(session.room)
        if room is None or watching.track not in room.tracks:
            self.over(session)  # while he connected the seat, or the room, has become another
            return
        profile = profile_of(session.offer)
        watching.join(Viewer(session.endpoint, outbound, session.transport.send_rtcp, profile))

    # --- going

    def over(self, session: Session) -> None:
        if session.id in self._sessions:
            self._tasks.start(self.close(session.id, "lost"), f"close {session.id}")

    async def close(self, session_id: str, reason: str) -> None:
        """End a session; without effect when it has ended already."""
        session = self._sessions.pop(session_id, None)
        if session is None:
            return
        self._counters.sessions_closed += 1
        watching = self._watching.pop(session_id, None)
        if watching is not None and watching.viewer is not None:
            watching.track.leave(watching.viewer)
        if session.role == "publish":
            self._remember(session_id, reason)
        if session.track == CHECK:
            self._checks.forget(session)
        elif session.role == "publish":
            self._rooms.publisher_ended(session, reason)
        room = self._rooms.rooms.get(session.room)
        if room is not None:
            self._rooms.forget_if_idle(room)
        task = self._running.pop(session_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        session.close()

    def _remember(self, session_id: str, reason: str) -> None:
        self._ended[session_id] = reason
        if len(self._ended) > ENDED_MAX:
            del self._ended[next(iter(self._ended))]

    async def close_where(self, applies: Callable[[Session], bool], reason: str) -> int:
        """End all sessions to which this applies now; returns how many."""
        chosen = [session.id for session in self._sessions.values() if applies(session)]
        for session_id in chosen:
            await self.close(session_id, reason)
        return len(chosen)


def _live(room: MediaRoom | None) -> MediaRoom:
    """A guest comes to a host who is there, and where the room has its home."""
    if room is None or room.publisher is None:
        raise NotLive(retry_after_s=2)
    return room


def _watched(room: MediaRoom, track: str) -> Track:
    user = guest_of(track)
    if not user:
        return room.camera if track == "camera" else room.program
    seat = room.guests.get(user)
    if seat is None or seat.publisher is None:
        raise NotLive(retry_after_s=2)
    return seat.track
