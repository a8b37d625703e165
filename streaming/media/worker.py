"""One media worker: its port, its pipe, its sessions and rooms, one tick every 50 ms.

Everything happens on one event loop; no method that changes a room awaits in the middle of the change.
"""

import asyncio
import time
from collections import Counter

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.ids import new_id
from foundation.nodes import Node, NodeRegistry, keep_announcing
from foundation.stopping import end
from foundation.tasks import TaskOwner
from streaming.events import CameraEnded, CameraStarted, MediaMoving, ProgramSwitched
from streaming.media import fan_out_native
from streaming.media.answer import AnswerParameters
from streaming.media.card import Card, encode_card
from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.drain import drain
from streaming.media.dtls_seam import SharedCertificate, self_test
from streaming.media.errors import EtagStale, NotLive, SessionUnknown, WorkerDraining, WorkerFull
from streaming.media.facts import FactTeller
from streaming.media.ingest import Ingest
from streaming.media.liveness import gone, publisher_fact
from streaming.media.load import Demand, Doors, load
from streaming.media.load_meter import LoadMeter
from streaming.media.offer import Offer, Role
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.pipe_endpoint import PipeRooms
from streaming.media.port import Port
from streaming.media.relays import Relays
from streaming.media.room import MediaRoom, Publisher
from streaming.media.session import Session
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.steering import SteeredMicroseconds
from streaming.media.track import Track
from streaming.media.viewer import Viewer, profile_of
from streaming.media.watching import Watching
from streaming.placement import write_crowds
from transcode.media_pipe import PipeListener

log = structlog.get_logger(__name__)

TICK_S = 0.05
SECOND_US = 1_000_000
ENDED_MAX = 1_024


class MediaWorker:
    """Construct, `start`, serve `streaming.media.router.router(worker, token)`, `close`."""

    def __init__(self, settings: MediaSettings, bus: Bus, nodes: NodeRegistry, clock: Clock) -> None:
        self.settings = settings
        self.counters = Counters()
        self.rooms: dict[str, MediaRoom] = {}
        self.sessions: dict[str, Session] = {}
        self.udp_port = 0
        self.pipe = ""
        """`host:port` under which jobs reach the media pipe; known after `start`, like `udp_port`."""
        self.draining = False
        self._nodes = nodes
        self._clock = clock
        self._steered = SteeredMicroseconds(0, 0)
        self._port = Port(settings.host, settings.udp_port, settings.addresses, self.counters)
        self._fan_out = fan_out_native.best(self._port, self.counters, settings.native)
        self._certificate = SharedCertificate.generateCertificate()
        self._pipe = PipeListener(settings.pipe_host, settings.pipe_port, settings.pipe_token, PipeRooms(self))
        self._tasks = TaskOwner("media")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._watching: dict[str, Watching] = {}
        self._ended: dict[str, str] = {}
        """Why the last publishing sessions are over: a page asks whether it may come back."""
        self._facts = FactTeller(bus)
        self._relays = Relays(settings, self.counters, self.now_us, self._tasks, self._relay_over)
        self._meter = LoadMeter(self.counters)
        self._doors = Doors()
        self._crowds: dict[str, dict[str, int]] = {"homes": {}, "relays": {}}
        """How many watch each room that is at home here, and each that is relayed here; as of the last second."""
        self._announcing: asyncio.Task[None] | None = None
        self._second_us = 0
        self._card: Card | None = None

    def now_us(self) -> int:
        """Microseconds since the epoch: the platform's clock, steered, so that it runs evenly and never back."""
        return self._steered.at(time.monotonic_ns() // 1000)

    # --- life

    async def start(self) -> None:
        self_test()
        self._steered = SteeredMicroseconds(time.monotonic_ns() // 1000, self._clock.now_ms() * 1000)
        access_unit = await asyncio.to_thread(encode_card)
        source = Source(SourceKind.CARD, self.settings, self.counters, lambda layer: None, self._on_card)
        self._card = Card(source, access_unit)
        self._port.start()
        await self._pipe.start()
        self.udp_port = self._port.number
        self.pipe = f"{self.settings.reachable_pipe_host}:{self._pipe.port}"
        self._tasks.start(self._tick_for_ever(), "tick")
        self._tasks.start(self._facts.run(), "facts")
        self._announcing = self._tasks.start(keep_announcing(self._nodes, self.node), "announce")

    async def drain(self) -> None:
        """Take nobody in any more, and give those inside `drain_ms` to move; then `close`."""
        self.draining = True
        if self._announcing is not None:
            await end(self._announcing)
        await drain(self, self._nodes)

    async def close(self) -> None:
        """Let go of everybody. Facts that are still to be told are published."""
        for session_id in list(self.sessions):
            await self.close_session(session_id, "ended")
        for room in self.rooms.values():
            room.close()
        self.rooms.clear()
        await self._pipe.close()
        await self._tasks.close()
        await self._facts.flush()
        self._port.close()

    @property
    def load(self) -> float:
        """0 is idle and 1 is full, by whatever is nearest to its limit."""
        limits = Demand(self.settings.max_sessions, self.settings.max_packets_per_s, self.settings.max_processor)
        return load(self._meter.demand(len(self.sessions)), limits)

    def node(self) -> Node:
        attributes: dict[str, str | int] = {"pipe": self.pipe, "udp": self.udp_port}
        attributes |= {word: write_crowds(rooms) for word, rooms in self._crowds.items()}
        if self.settings.public_url:
            attributes["public"] = self.settings.public_url
        return Node("media", self.settings.worker_id, self.settings.url, round(self.load, 3), attributes)

    # --- sessions

    async def open_session(
        self,
        role: Role,
        room_id: str,
        track: str,
        user: str,
        offer: Offer,
        *,
        relay_of: str = "",
        credential: str = "",
    ) -> AnswerParameters:
        """Open a session for a publisher, or for a viewer of `program` or `camera`; returns what the answer says.

        `relay_of` is the pipe of the room's home when that is another worker; `credential` the fingerprint of the
        stream key that a publisher came with.
        """
        if self.draining:
            raise WorkerDraining(retry_after_s=1)
        if not self._doors.admit(role, self.load):
            raise WorkerFull(retry_after_s=2)
        room = self.rooms.get(room_id)
        relayed = track == "program" and relay_of not in ("", self.pipe)
        if role == "watch" and not relayed and (room is None or not room.live):
            raise NotLive(retry_after_s=2)
        if room is None:
            room = self.room(room_id)
        if role == "watch" and relayed:
            self._relays.serve(room, relay_of)
        session = Session(
            new_id(), role, room_id, user, offer, self._port, self._certificate, self.counters, self.now_us, credential
        )
        replaced = room.publisher if role == "publish" else None
        if role == "publish":
            self._publish(room, session)
        else:
            self._watch(room, track, session)
        self.sessions[session.id] = session
        self.counters.sessions_opened += 1
        self._running[session.id] = self._tasks.start(session.run(self.settings, self), f"session {session.id}")
        if replaced is not None:
            await self.close_session(replaced.session.id, "replaced")
        return self._answer(session, room.camera if track == "camera" else room.program)

    def restart_ice(self, session_id: str, seen_ufrag: str | None, peer_ufrag: str) -> AnswerParameters:
        """Our new credentials; `seen_ufrag`: ours as the peer believes, EtagStale if it is not (None: any)."""
        session = self.known(session_id)
        if seen_ufrag is not None and seen_ufrag != session.endpoint.ufrag:
            raise EtagStale
        session.restart_ice(peer_ufrag)
        self.counters.ice_restarts += 1
        return self._answer(session, None)

    def _publish(self, room: MediaRoom, session: Session) -> None:
        source = Source(
            SourceKind.CAMERA,
            self.settings,
            self.counters,
            lambda layer: ingest.request_keyframe(layer),
            room.on_packet,
        )
        ingest = Ingest(
            session.offer,
            source,
            session.transport.send_rtcp,
            self.now_us,
            self.counters,
            self.settings,
        )
        session.media = ingest
        self._relays.stop(room)  # its home is here now; whoever watches the relay stays
        room.publisher = Publisher(session, source, ingest, self.settings.picture_stale_ms * 1000)

    def _watch(self, room: MediaRoom, track: str, session: Session) -> None:
        if track == "camera":
            watching = Watching(room.camera, self.counters, self.now_us)
        else:
            watching = Watching(room.program, self.counters, self.now_us)
        session.media = self._watching[session.id] = watching

    def _answer(self, session: Session, track: Track | None) -> AnswerParameters:
        return AnswerParameters(
            session=session.id,
            ufrag=session.endpoint.ufrag,
            password=session.endpoint.password,
            fingerprint=self._certificate.sha256,
            setup="active" if session.active else "passive",
            port=self.settings.announced_port or self._port.number,
            addresses=self._port.addresses,
            ssrcs=tuple(track.ssrcs.items()) if session.role == "watch" and track is not None else (),
        )

    def connected(self, session: Session) -> None:
        watching = self._watching.get(session.id)
        outbound = session.transport.outbound
        if watching is None or outbound is None:
            return
        profile = profile_of(session.offer)
        watching.viewer = Viewer(session.endpoint, outbound, session.transport.send_rtcp, profile)
        watching.track.join(watching.viewer)

    def over(self, session: Session) -> None:
        if session.id in self.sessions:
            self._tasks.start(self.close_session(session.id, "lost"), f"close {session.id}")

    def known(self, session_id: str) -> Session:
        session = self.sessions.get(session_id)
        if session is None:
            raise SessionUnknown(reason=self._ended.get(session_id))
        return session

    async def close_session(self, session_id: str, reason: str) -> None:
        """End a session; without effect when it has ended already."""
        session = self.sessions.pop(session_id, None)
        if session is None:
            return
        self.counters.sessions_closed += 1
        if session.role == "publish":
            self._ended[session_id] = reason
            if len(self._ended) > ENDED_MAX:
                del self._ended[next(iter(self._ended))]
        watching = self._watching.pop(session_id, None)
        if watching is not None and watching.viewer is not None:
            watching.track.leave(watching.viewer)
        room = self.rooms.get(session.room)
        if session.role == "publish":
            if room is not None and room.publisher is not None and room.publisher.session is session:
                room.publisher = None
                room.decide(self.now_us())
            self._facts.tell(CameraEnded(session.room, session.id, reason, self._clock.now_ms()))
        if room is not None:
            self._forget_if_idle(room)
        task = self._running.pop(session_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await session.close()

    async def _close_all(self, session_ids: list[str], reason: str) -> int:
        for session_id in session_ids:
            await self.close_session(session_id, reason)
        return len(session_ids)

    async def close_user(self, user: str) -> int:
        """A banned user: all his sessions, publishing and watching, end now. Returns how many."""
        return await self._close_all([each.id for each in self.sessions.values() if each.user == user], "banned")

    async def close_key(self, user: str, credential: str) -> int:
        """The user's stream key is `credential` now: who came with another one publishes no longer."""
        theirs = [each for each in self.sessions.values() if each.user == user and each.credential]
        return await self._close_all([each.id for each in theirs if each.credential != credential], "key-rotated")

    async def close_room(self, room_id: str, reason: str) -> int:
        """The broadcast is over: publisher and viewers are let go, relays are told. Returns how many."""
        room = self.rooms.pop(room_id, None)
        if room is not None:
            self._relays.stop(room)
        closed = await self._close_all([each.id for each in self.sessions.values() if each.room == room_id], reason)
        if room is not None:
            room.close()
        return closed

    def _relay_over(self, room: MediaRoom, lost: bool) -> None:
        """The home of what is relayed here has ended it, or is out of reach: the viewers are placed anew."""
        if lost:
            self.tell_moving(room, "viewers")
        self._tasks.start(self.close_room(room.id, "moved"), f"close {room.id}")

    def tell_moving(self, room: MediaRoom, whom: str) -> None:
        """`whom`: host or viewers should open new sessions elsewhere."""
        self._facts.tell(MediaMoving(room.id, self.settings.worker_id, whom, self._clock.now_ms()))

    # --- rooms

    def room(self, room_id: str) -> MediaRoom:
        """The room, made when it is not there."""
        found = self.rooms.get(room_id)
        if found is None:
            assert self._card is not None, "start first"
            found = self.rooms[room_id] = MediaRoom(
                room_id, self.settings, self._fan_out, self.counters, self.now_us, self._card, self
            )
        return found

    def set_source(self, room_id: str, source: SourceKind, composite: str) -> None:
        room = self.rooms.get(room_id)
        if room is None:
            raise NotLive(retry_after_s=2)
        room.want(source, composite)

    def _forget_if_idle(self, room: MediaRoom) -> None:
        if room.idle and self.rooms.get(room.id) is room:
            room.close()
            del self.rooms[room.id]

    def _on_card(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        for room in self.rooms.values():
            room.card_packet(source, kind, packet, keyframe_began)

    def camera_started(self, room: MediaRoom, publisher: Publisher) -> None:
        session = publisher.session
        self._facts.tell(
            CameraStarted(
                room.id,
                session.user,
                session.id,
                self.settings.worker_id,
                self.settings.url,
                self.pipe,
                self._clock.now_ms(),
            )
        )

    def program_switched(self, room: MediaRoom, source: SourceKind) -> None:
        self._facts.tell(ProgramSwitched(room.id, source.value, self._clock.now_ms()))

    # --- time

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._tick(self.now_us())

    def _tick(self, now_us: int) -> None:
        assert self._card is not None
        self._card.tick(now_us)
        second = now_us - self._second_us >= SECOND_US
        if second:
            self._second_us = now_us
            self._each_second(now_us)
        for room in list(self.rooms.values()):
            try:
                room.tick(now_us)
                fact = publisher_fact(room, self.settings, now_us, self._clock.now_ms())
                if fact is not None:
                    self._facts.tell(fact)
                if second:
                    for track in room.tracks:
                        track.report(now_us)
                    self._forget_if_idle(room)
            except Exception:
                # One room's broken invariant must not take the others' ticks along; it is loud in the log.
                log.exception("a room's tick failed", room=room.id)

    def _each_second(self, now_us: int) -> None:
        monotonic_us = time.monotonic_ns() // 1000
        self._steered.steer(monotonic_us, self._clock.now_ms() * 1000)
        self._meter.tick(monotonic_us / 1e6)
        visited = Counter(session.room for session in self.sessions.values() if session.role == "watch")
        self._crowds = {word: {} for word in self._crowds}
        watched: dict[Track, set[MediaKind]] = {}
        for session_id, watching in self._watching.items():
            if watching.viewer is not None:
                kinds = (track.kind for track in self.sessions[session_id].offer.tracks)
                watched.setdefault(watching.track, set()).update(kinds)
        for room in list(self.rooms.values()):
            room.watched = frozenset(watched.get(room.program, ()))
            self._relays.tick(room, visited, now_us)
            if visited[room.id]:
                self._crowds["homes" if room.relay is None else "relays"][room.id] = visited[room.id]
        for session in gone(self.sessions.values(), self.settings, now_us):
            self.over(session)
