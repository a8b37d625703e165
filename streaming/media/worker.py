"""One media worker: its port, its pipe, its sessions and rooms, one tick every 50 ms.

Everything happens on one event loop; no method that changes a room awaits in the middle of the change.
"""

import asyncio
import time

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.nodes import Node, NodeRegistry, keep_announcing
from foundation.stopping import end
from foundation.tasks import TaskOwner
from streaming.events import (
    CameraEnded,
    CameraStarted,
    GuestEnded,
    GuestStarted,
    MediaMoving,
    ProgramSwitched,
    WorkerStarted,
)
from streaming.media import fan_out_native
from streaming.media.answer import AnswerParameters
from streaming.media.card import Card, encode_card
from streaming.media.check_track import CHECK
from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.drain import drain
from streaming.media.dtls_seam import self_test
from streaming.media.errors import NotLive, WorkerDraining, WorkerFull
from streaming.media.facts import FactTeller
from streaming.media.guest_seat import GuestSeat
from streaming.media.guest_track import guest_of, guest_track
from streaming.media.liveness import gone, publisher_fact
from streaming.media.load import Demand, Doors, load
from streaming.media.load_meter import LoadMeter
from streaming.media.offer import Offer, Role
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.pipe_endpoint import PipeRooms
from streaming.media.port import Port
from streaming.media.publisher import Publisher
from streaming.media.relays import Relays
from streaming.media.room import MediaRoom
from streaming.media.session import Session
from streaming.media.sessions import Sessions
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.steering import SteeredMicroseconds
from streaming.placement import write_crowds
from transcode.media_pipe import PipeListener

log = structlog.get_logger(__name__)

TICK_S = 0.05
SECOND_US = 1_000_000


class MediaWorker:
    """Construct, `start`, serve `streaming.media.router` behind `session_door`, `close`."""

    def __init__(self, settings: MediaSettings, bus: Bus, nodes: NodeRegistry, clock: Clock) -> None:
        self.settings = settings
        self.counters = Counters()
        self.rooms: dict[str, MediaRoom] = {}
        self.udp_port = 0
        self.pipe = ""
        """`host:port` under which jobs reach the media pipe; known after `start`, like `udp_port`."""
        self.draining = False
        self._nodes = nodes
        self._clock = clock
        self._steered = SteeredMicroseconds(0, 0)
        self._port = Port(settings.host, settings.udp_port, settings.addresses, self.counters)
        self._fan_out = fan_out_native.best(self._port, self.counters, settings.native)
        self._pipe = PipeListener(settings.pipe_host, settings.pipe_port, settings.pipe_token, PipeRooms(self))
        self._tasks = TaskOwner("media")
        self._facts = FactTeller(bus)
        self._relays = Relays(settings, self.counters, self.now_us, self._tasks, self._relay_over)
        self.sessions = Sessions(settings, self.counters, self.now_us, self._port, self, self._relays, self._tasks)
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
        self._facts.tell(WorkerStarted(self.settings.worker_id, self.settings.url, self._clock.now_ms()))

    async def drain(self) -> None:
        """Take nobody in any more, and give those inside `drain_ms` to move; then `close`."""
        self.draining = True
        if self._announcing is not None:
            await end(self._announcing)
        await drain(self, self._nodes)

    async def close(self) -> None:
        """Let go of everybody. Facts that are still to be told are published."""
        for session_id in list(self.sessions):
            await self.sessions.close(session_id, "ended")
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
        """`Sessions.open`, while there is room for it. `relay_of` may be our own pipe: the room's home is here."""
        if self.draining:
            raise WorkerDraining(retry_after_s=1)
        if not self._doors.admit(role, self.load):
            raise WorkerFull(retry_after_s=2)
        if track == CHECK:
            return await self.sessions.open_check(room_id, user, offer, credential)
        relayed = track == "program" and relay_of != self.pipe
        return await self.sessions.open(role, room_id, track, user, offer, relay_of if relayed else "", credential)

    async def close_user(self, user: str) -> int:
        """A banned user: all his sessions, publishing and watching, end now. Returns how many."""
        return await self.sessions.close_where(lambda each: each.user == user, "banned")

    async def close_key(self, user: str, credential: str) -> int:
        """The user's stream key is `credential` now: who came with another one publishes no longer."""
        return await self.sessions.close_where(
            lambda each: each.user == user and each.credential not in ("", credential), "key-rotated"
        )

    async def close_guest(self, room_id: str, user: str, screen: bool = False) -> int:
        """He may be on that stage no more: what he publishes there ends, for his watchers too, and so does what he
        watches of anybody's camera, in whatever room; where he still may, he is let in again. A host whose `screen`
        it was watches on. Returns how many."""
        track = guest_track(user)

        def concerned(each: Session) -> bool:
            if each.room == room_id and each.track == track:
                return True
            return not screen and each.user == user and each.watches_stage

        closed = await self.sessions.close_where(concerned, "removed")
        room = self.rooms.get(room_id)
        if room is not None:
            room.vacate(user)
        return closed

    async def close_watcher(self, room_id: str, user: str) -> int:
        """He shares that stage no more: what he watches of its cameras ends. Returns how many."""
        return await self.sessions.close_where(
            lambda each: each.room == room_id and each.user == user and each.watches_stage, "removed"
        )

    async def close_room(self, room_id: str, reason: str) -> int:
        """The broadcast is over: publisher and viewers are let go, relays are told. Returns how many.

        `replaced`: its host publishes elsewhere by now, and his guests are to follow him there.
        """
        room = self.rooms.pop(room_id, None)
        if room is not None:
            self._relays.stop(room)
        closed = 0
        if reason == "replaced":
            closed = await self.sessions.close_where(
                lambda each: each.room == room_id and each.role == "publish" and guest_of(each.track) != "", "moved"
            )
        closed += await self.sessions.close_where(lambda each: each.room == room_id, reason)
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

    def forget_if_idle(self, room: MediaRoom) -> None:
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

    def guest_started(self, seat: GuestSeat, publisher: Publisher) -> None:
        self._facts.tell(GuestStarted(seat.room, seat.user, publisher.session.id, self._clock.now_ms()))

    def publisher_ended(self, session: Session, reason: str) -> None:
        room = self.rooms.get(session.room)
        guest = guest_of(session.track)
        if guest:
            seat = None if room is None else room.guests.get(guest)
            if seat is not None and seat.publisher is not None and seat.publisher.session is session:
                seat.publisher = None
            self._facts.tell(GuestEnded(session.room, guest, session.id, reason, self._clock.now_ms()))
            return
        if room is not None and room.publisher is not None and room.publisher.session is session:
            room.publisher = None
            room.decide(self.now_us())
        self._facts.tell(CameraEnded(session.room, session.id, reason, self._clock.now_ms()))

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
        try:
            self.sessions.tick(now_us)
        except Exception:
            log.exception("the tick of the uplink checks failed")
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
                    self.forget_if_idle(room)
            except Exception:
                # One room's broken invariant must not take the others' ticks along; it is loud in the log.
                log.exception("a room's tick failed", room=room.id)

    def _each_second(self, now_us: int) -> None:
        monotonic_us = time.monotonic_ns() // 1000
        self._steered.steer(monotonic_us, self._clock.now_ms() * 1000)
        self._meter.tick(monotonic_us / 1e6)
        visited = self.sessions.crowds()
        watched = self.sessions.watched()
        self._crowds = {word: {} for word in self._crowds}
        for room in list(self.rooms.values()):
            room.watched = frozenset(watched.get(room.program, ()))
            self._relays.tick(room, visited, now_us)
            if visited[room.id]:
                self._crowds["homes" if room.relay is None else "relays"][room.id] = visited[room.id]
        for session in gone(self.sessions.values(), self.settings, now_us):
            self.sessions.over(session)
