"""One media worker: its port, its pipe, its sessions and rooms, one tick every 50 ms.

Everything happens on one event loop; no method that changes a room awaits in the middle of the change.
"""

import asyncio
import time
from collections import deque

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.facts import Fact
from foundation.ids import new_id
from foundation.nodes import Node, NodeRegistry, keep_announcing
from foundation.tasks import TaskOwner
from streaming.events import CameraEnded, CameraLost, CameraResumed, CameraStarted, ProgramSwitched
from streaming.media.answer import AnswerParameters
from streaming.media.card import Card, encode_card
from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.dtls_seam import Sealer, SharedCertificate, self_test
from streaming.media.errors import NotLive, SessionUnknown, WorkerFull
from streaming.media.ingest import Ingest
from streaming.media.offer import Offer, Role
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.pipe_endpoint import PipeRooms
from streaming.media.port import Port
from streaming.media.room import MediaRoom, Publisher
from streaming.media.session import Session
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.viewer import RESENDS_A_TICK, Viewer
from streaming.media.watching import Watching
from transcode.media_pipe import PipeListener

log = structlog.get_logger(__name__)

TICK_S = 0.05
SECOND_US = 1_000_000
FACTS_MAX = 1_024


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
        self._bus = bus
        self._nodes = nodes
        self._clock = clock
        self._offset_us = 0
        self._port = Port(settings.host, settings.udp_port, settings.addresses, self.counters)
        self._sealer = Sealer()
        self._certificate = SharedCertificate.generateCertificate()
        self._pipe = PipeListener(settings.pipe_host, settings.pipe_port, settings.pipe_token, PipeRooms(self))
        self._tasks = TaskOwner("media")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._watching: dict[str, Watching] = {}
        self._facts: deque[Fact] = deque(maxlen=FACTS_MAX)
        self._fact_told = asyncio.Event()
        self._second_us = 0
        self._card: Card | None = None

    def now_us(self) -> int:
        """Microseconds since the epoch: the platform's clock at start, then CLOCK_MONOTONIC."""
        return time.monotonic_ns() // 1000 + self._offset_us

    # --- life

    async def start(self) -> None:
        self_test()
        self._offset_us = self._clock.now_ms() * 1000 - time.monotonic_ns() // 1000
        access_unit = await asyncio.to_thread(encode_card)
        source = Source(SourceKind.CARD, self.settings, self.counters, lambda layer: None, self._on_card)
        self._card = Card(source, access_unit)
        self._port.start()
        await self._pipe.start()
        self.udp_port = self._port.number
        self.pipe = f"{self.settings.reachable_pipe_host}:{self._pipe.port}"
        self._tasks.start(self._tick_for_ever(), "tick")
        self._tasks.start(self._publish_facts(), "facts")
        self._tasks.start(keep_announcing(self._nodes, self.node), "announce")

    async def close(self) -> None:
        """Let go of everybody. Facts that are still to be told are published."""
        for session_id in list(self.sessions):
            await self.close_session(session_id, "ended")
        for room in self.rooms.values():
            room.close()
        self.rooms.clear()
        await self._pipe.close()
        await self._tasks.close()
        while self._facts:
            await self._bus.publish(self._facts.popleft())
        self._port.close()

    def node(self) -> Node:
        load = len(self.sessions) / self.settings.max_sessions
        attributes: dict[str, str | int] = {"pipe": self.pipe, "udp": self.udp_port}
        return Node("media", self.settings.worker_id, self.settings.url, load, attributes)

    # --- sessions

    async def open_session(self, role: Role, room_id: str, track: str, user: str, offer: Offer) -> AnswerParameters:
        """Open a session for a publisher, or for a viewer of `program` or `camera`; returns what the answer says."""
        if len(self.sessions) >= self.settings.max_sessions:
            raise WorkerFull(retry_after_s=2)
        room = self.rooms.get(room_id)
        if role == "watch" and (room is None or (room.publisher is None and not room.program.viewers)):
            raise NotLive(retry_after_s=2)
        if room is None:
            room = self.room(room_id)
        session = Session(
            new_id(), role, room_id, user, offer, self._port, self._certificate, self.counters, self.now_us
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
        return self._answer(room, track, session)

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
            self.settings.ingest_bitrate,
        )
        session.media = ingest
        room.publisher = Publisher(session, source, ingest)

    def _watch(self, room: MediaRoom, track: str, session: Session) -> None:
        if track == "camera":
            watching = Watching(room.camera, room.want_camera_keyframe, self.counters)
        else:
            watching = Watching(room.program, room.want_program_keyframe, self.counters)
        session.media = self._watching[session.id] = watching

    def _answer(self, room: MediaRoom, track: str, session: Session) -> AnswerParameters:
        ssrcs = (room.camera if track == "camera" else room.program).ssrcs
        return AnswerParameters(
            session=session.id,
            ufrag=session.endpoint.ufrag,
            password=session.endpoint.password,
            fingerprint=self._certificate.sha256,
            setup="active" if session.active else "passive",
            port=self.settings.announced_port or self._port.number,
            addresses=self._port.addresses,
            ssrcs=tuple(ssrcs.items()) if session.role == "watch" else (),
        )

    def connected(self, session: Session) -> None:
        watching = self._watching.get(session.id)
        outbound = session.transport.outbound
        if watching is None or outbound is None:
            return
        video, audio = session.offer.track("video"), session.offer.track("audio")
        watching.viewer = Viewer(
            session.endpoint,
            outbound,
            session.transport.send_rtcp,
            video.payload_type if video is not None else None,
            audio.payload_type if audio is not None else None,
        )
        watching.track.join(watching.viewer)

    def over(self, session: Session) -> None:
        if session.id in self.sessions:
            self._tasks.start(self.close_session(session.id, "lost"), f"close {session.id}")

    def known(self, session_id: str) -> Session:
        session = self.sessions.get(session_id)
        if session is None:
            raise SessionUnknown
        return session

    async def close_session(self, session_id: str, reason: str) -> None:
        """End a session; without effect when it has ended already."""
        session = self.sessions.pop(session_id, None)
        if session is None:
            return
        self.counters.sessions_closed += 1
        watching = self._watching.pop(session_id, None)
        if watching is not None and watching.viewer is not None:
            watching.track.leave(watching.viewer)
        room = self.rooms.get(session.room)
        if session.role == "publish":
            if room is not None and room.publisher is not None and room.publisher.session is session:
                room.publisher = None
                room.decide(self.now_us())
            self._tell(CameraEnded(session.room, session.id, reason, self._clock.now_ms()))
        if room is not None:
            self._forget_if_idle(room)
        task = self._running.pop(session_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await session.close()

    async def close_user(self, user: str) -> int:
        """A banned user: all his sessions, publishing and watching, end now. Returns how many."""
        theirs = [session.id for session in self.sessions.values() if session.user == user]
        for session_id in theirs:
            await self.close_session(session_id, "banned")
        return len(theirs)

    async def close_room(self, room_id: str, reason: str) -> int:
        """The broadcast is over: publisher and viewers are let go. Returns how many."""
        theirs = [session.id for session in self.sessions.values() if session.room == room_id]
        room = self.rooms.pop(room_id, None)
        for session_id in theirs:
            await self.close_session(session_id, reason)
        if room is not None:
            room.close()
        return len(theirs)

    # --- rooms

    def room(self, room_id: str) -> MediaRoom:
        """The room, made when it is not there."""
        found = self.rooms.get(room_id)
        if found is None:
            assert self._card is not None, "start first"
            found = self.rooms[room_id] = MediaRoom(
                room_id, self.settings, self._port, self._sealer, self.counters, self.now_us, self._card, self
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
            room.card_packet(source, kind, packet)

    def camera_started(self, room: MediaRoom, publisher: Publisher) -> None:
        session = publisher.session
        self._tell(
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
        self._tell(ProgramSwitched(room.id, source.value, self._clock.now_ms()))

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
        for room in list(self.rooms.values()):
            try:
                room.tick(now_us)
                self._check_publisher(room, now_us)
                if second:
                    for track in room.tracks:
                        track.report(now_us)
                    self._forget_if_idle(room)
            except Exception:
                # One room's broken invariant must not take the others' ticks along; it is loud in the log.
                log.exception("a room's tick failed", room=room.id)
        for watching in self._watching.values():
            if watching.viewer is not None:
                watching.viewer.resends_left = RESENDS_A_TICK
        if second:
            self._drop_silent_viewers(now_us)

    def _check_publisher(self, room: MediaRoom, now_us: int) -> None:
        publisher = room.publisher
        if publisher is None or not publisher.session.connected:
            return
        silent_ms = (now_us - publisher.session.heard_us) // 1000
        if silent_ms >= self.settings.closed_ms:
            self.over(publisher.session)
        elif (silent_ms >= self.settings.lost_ms) is not publisher.lost:
            publisher.lost = not publisher.lost
            fact = CameraLost if publisher.lost else CameraResumed
            if publisher.started:
                self._tell(fact(room.id, publisher.session.id, self._clock.now_ms()))

    def _drop_silent_viewers(self, now_us: int) -> None:
        limit_us = self.settings.viewer_silence_ms * 1000
        for session_id in self._watching:
            session = self.sessions[session_id]
            if session.connected and now_us - session.heard_us >= limit_us:
                self.over(session)

    # --- facts

    def _tell(self, fact: Fact) -> None:
        self._facts.append(fact)
        self._fact_told.set()

    async def _publish_facts(self) -> None:
        """In order, one by one; a bus that is away costs facts (at most once), never the worker."""
        while True:
            await self._fact_told.wait()
            self._fact_told.clear()
            while self._facts:
                fact = self._facts.popleft()
                try:
                    await self._bus.publish(fact)
                except Exception as error:
                    log.warning("could not publish a fact", topic=fact.topic, error=str(error))
