"""PURE: one broadcast, from its first picture to its end.

    starting --up--> live --down/left--> reconnecting --time--> ended
                      |  ^                  |
             replaced |  | up            up |     end (host, operator, sanction) leads from each of these to ended
                      v  |                  v
                    changing --time--> reconnecting

An event that the table has no cell for changes nothing: facts of media workers may come late, twice, or about a session
that is not the broadcast's any more.
"""

from dataclasses import dataclass
from enum import StrEnum

from streaming.rules import BroadcastRules


class State(StrEnum):
    STARTING = "starting"
    LIVE = "live"
    CHANGING = "changing"  # the camera was replaced, its successor has shown no picture yet; outside this is live
    RECONNECTING = "reconnecting"
    ENDED = "ended"


class EndReason(StrEnum):
    ENDED = "ended"  # by the host
    LOST = "lost"  # the grace time is over
    LEFT = "left"  # the host closed his camera and did not come back
    BANNED = "banned"
    FORCED = "forced"  # by an operator
    ABANDONED = "abandoned"  # its owner died before anybody was told that it had begun


@dataclass(frozen=True)
class Home:
    """The media worker on which a room lives: its id, internal address, and ``host:port`` of its media pipe."""

    worker_id: str
    url: str
    pipe: str


@dataclass(frozen=True)
class CameraUp:
    """Pictures come from ``session`` on ``home``."""

    session: str
    home: Home


@dataclass(frozen=True)
class CameraDown:
    """``session`` is silent, or its worker is gone."""

    session: str


@dataclass(frozen=True)
class CameraLeft:
    """The publisher closed ``session`` himself."""

    session: str


@dataclass(frozen=True)
class CameraReplaced:
    """A newer publisher has taken the place of ``session``."""

    session: str


@dataclass(frozen=True)
class End:
    reason: EndReason


@dataclass(frozen=True)
class TimePassed:
    """The deadline may have come."""


Event = CameraUp | CameraDown | CameraLeft | CameraReplaced | End | TimePassed


class Change(StrEnum):
    """What a step has changed for the people outside."""

    STARTED = "started"
    LOST = "lost"
    RETURNED = "returned"
    MOVED = "moved"  # to another home
    ENDED = "ended"


TABLE: dict[tuple[State, type[Event]], State] = {
    (State.STARTING, CameraUp): State.LIVE,
    (State.LIVE, CameraUp): State.LIVE,
    (State.LIVE, CameraDown): State.RECONNECTING,
    (State.LIVE, CameraLeft): State.RECONNECTING,
    (State.LIVE, CameraReplaced): State.CHANGING,
    (State.LIVE, End): State.ENDED,
    (State.CHANGING, CameraUp): State.LIVE,
    (State.CHANGING, TimePassed): State.RECONNECTING,
    (State.CHANGING, End): State.ENDED,
    (State.RECONNECTING, CameraUp): State.LIVE,
    (State.RECONNECTING, CameraLeft): State.RECONNECTING,
    (State.RECONNECTING, TimePassed): State.ENDED,
    (State.RECONNECTING, End): State.ENDED,
}


@dataclass
class Broadcast:
    """Changed only by ``handle``. Every field is JSON-able (``home`` by its own fields): it is its own snapshot."""

    broadcast_id: str
    room: str
    host_user: str
    started_at_ms: int
    state: State = State.STARTING
    session: str = ""
    home: Home = Home("", "", "")
    deadline_ms: int | None = None
    on_deadline: EndReason = EndReason.LOST
    end_reason: EndReason | None = None
    ended_at_ms: int | None = None

    def handle(self, event: Event, now_ms: int, rules: BroadcastRules) -> tuple[Change, ...]:
        """Apply ``event`` at ``now_ms``; what has changed, in order. An event out of place changes nothing."""
        target = TABLE.get((self.state, type(event)))
        if target is None or not self._concerns(event, now_ms):
            return ()
        before, self.state = self.state, target
        match event:
            case CameraUp():
                return self._up(before, event)
            case CameraReplaced():
                self.deadline_ms = now_ms + round(rules.successor_s * 1000)
                return ()
            case CameraLeft():
                self._await(now_ms + round(rules.left_grace_s * 1000), EndReason.LEFT)
                return (Change.LOST,) if before is State.LIVE else ()
            case CameraDown():
                self._await(now_ms + round(rules.grace_s * 1000), EndReason.LOST)
                return (Change.LOST,)
            case TimePassed() if target is State.RECONNECTING:
                self.deadline_ms = None
                self._await(now_ms + round(rules.grace_s * 1000), EndReason.LOST)
                return (Change.LOST,)
            case TimePassed():
                return self._end(self.on_deadline, now_ms)
            case End():
                return self._end(event.reason, now_ms)

    def _concerns(self, event: Event, now_ms: int) -> bool:
        match event:
            case CameraDown() | CameraLeft() | CameraReplaced():
                return event.session == self.session
            case TimePassed():
                return self.deadline_ms is not None and now_ms >= self.deadline_ms
        return True

    def _up(self, before: State, event: CameraUp) -> tuple[Change, ...]:
        moved = before is not State.STARTING and self.home != event.home
        self.session, self.home, self.deadline_ms, self.on_deadline = event.session, event.home, None, EndReason.LOST
        first = {State.STARTING: (Change.STARTED,), State.RECONNECTING: (Change.RETURNED,)}.get(before, ())
        return first + ((Change.MOVED,) if moved else ())

    def _await(self, deadline_ms: int, reason: EndReason) -> None:
        # A host who is lost and then closes what is left of his camera does not gain time by it.
        self.deadline_ms = deadline_ms if self.deadline_ms is None else min(self.deadline_ms, deadline_ms)
        self.on_deadline = reason

    def _end(self, reason: EndReason, now_ms: int) -> tuple[Change, ...]:
        self.end_reason, self.ended_at_ms, self.deadline_ms = reason, now_ms, None
        return (Change.ENDED,)
