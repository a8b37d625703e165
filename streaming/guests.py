"""PURE: the seats beside a room's host, from an application to the end of the broadcast.

    apply -> applied --approve--> approved --published--> on-stage
                |                    ^  |                    |
                | decline, leave,    |  | remove, leave,     | unpublished (lost): approved again, for a while
                v time               |  v time               v remove, leave
               gone                  +-------------------- gone

The host's own screen has a seat as well, beside those of people: approved at once, and told to nobody but the room.
``Seats.handle`` gives the seats that follow and what has changed for the people outside. What is observed (published,
unpublished, time) may come late or twice, and then changes nothing; what people ask for and may not have is refused.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from streaming.errors import AlreadyOnStage, ApplicationsFull, GuestUnknown, StageFull
from streaming.rules import GuestRules


class GuestState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"  # he may publish, and is waited for
    ON_STAGE = "on-stage"


@dataclass(frozen=True)
class Guest:
    """``picture`` False: he comes with his voice only. ``since_ms`` is of the state. ``screen``: the host's own."""

    user: str
    name: str
    picture: bool
    since_ms: int
    state: GuestState = GuestState.APPLIED
    until_ms: int | None = None  # when it is over unless something happens
    muted_by_host: bool = False
    muted_by_self: bool = False
    session: str = ""  # with which he publishes
    screen: bool = False

    @property
    def muted(self) -> bool:
        return self.muted_by_host or self.muted_by_self

    @property
    def seated(self) -> bool:
        return self.state is not GuestState.APPLIED


@dataclass(frozen=True)
class Apply:
    user: str
    name: str
    picture: bool


@dataclass(frozen=True)
class Approve:
    user: str


@dataclass(frozen=True)
class Share:
    """The host shows his screen beside his camera."""

    user: str
    name: str


@dataclass(frozen=True)
class Decline:
    user: str


@dataclass(frozen=True)
class Mute:
    """By the host, or by the guest himself. Each lifts only his own."""

    user: str
    muted: bool
    by_host: bool


@dataclass(frozen=True)
class Remove:
    """By the host, by a moderator, or because a sanction forbids him to publish."""

    user: str


@dataclass(frozen=True)
class Leave:
    """The guest goes himself, or the applicant takes his application back."""

    user: str


@dataclass(frozen=True)
class Published:
    """His first picture (or sound) has come, in this session."""

    user: str
    session: str


@dataclass(frozen=True)
class Unpublished:
    """This session of his is over; he may come back."""

    user: str
    session: str


@dataclass(frozen=True)
class MixerLost:
    """The mixer of this attempt has ended without having been asked to."""

    attempt: int


@dataclass(frozen=True)
class TimePassed:
    """Deadlines may have come."""


@dataclass(frozen=True)
class Over:
    """The broadcast has ended."""


Event = (
    Apply | Approve | Share | Decline | Mute | Remove | Leave | Published | Unpublished | MixerLost | TimePassed | Over
)


@dataclass(frozen=True)
class Applied:
    guest: Guest


@dataclass(frozen=True)
class Withdrawn:
    """An application is there no more, without an answer of the host."""

    user: str


@dataclass(frozen=True)
class Answered:
    """``state``: approved, declined or removed."""

    user: str
    state: str


@dataclass(frozen=True)
class Removed:
    """He may be on the stage no more; of a ``screen``: what its host publishes beside his camera."""

    user: str
    screen: bool = False


@dataclass(frozen=True)
class Staged:
    """Who is on the stage, or how he is heard, is another now; or whether the room sees it."""


Change = Applied | Withdrawn | Answered | Removed | Staged
Step = tuple["Seats", tuple[Change, ...]]


@dataclass(frozen=True)
class Seats:
    """Of one broadcast. ``people`` are in the order of their applications, those who were approved behind them; the
    host's screen is one of them.

    Each mixer of the broadcast has a name of its own, by ``attempt``; ``losses`` counts those lost since the stage was
    empty.
    """

    broadcast: str = ""
    people: tuple[Guest, ...] = ()
    attempt: int = 0
    losses: int = 0

    def find(self, user: str) -> Guest | None:
        return next((guest for guest in self.people if guest.user == user), None)

    @property
    def seated(self) -> tuple[Guest, ...]:
        """Those who may publish, and watch each other."""
        return tuple(guest for guest in self.people if guest.seated)

    @property
    def guests(self) -> tuple[Guest, ...]:
        """All but the host's screen."""
        return tuple(guest for guest in self.people if not guest.screen)

    @property
    def screen(self) -> bool:
        """Whether the host's screen is on the stage."""
        return any(guest.screen for guest in self.on_stage)

    @property
    def on_stage(self) -> tuple[Guest, ...]:
        return tuple(guest for guest in self.people if guest.state is GuestState.ON_STAGE)

    def and_newcomers(self, others: "Seats") -> "Seats":
        """These, whom a store had forgotten, and behind them who has come there meanwhile."""
        return replace(self, people=(*self.people, *(each for each in others.people if self.find(each.user) is None)))

    def mixed(self, rules: GuestRules) -> bool:
        """Whether the room may see and hear its guests; False when their mixer was lost too often."""
        return self.losses <= rules.mixer_restarts

    def handle(self, event: Event, now_ms: int, rules: GuestRules) -> Step:
        """Raises ``GuestUnknown``, ``AlreadyOnStage``, ``ApplicationsFull`` or ``StageFull`` and changes nothing."""
        match event:
            case Apply():
                return self._apply(event, now_ms, rules)
            case Approve():
                return self._approve(self._known(event.user), now_ms, rules)
            case Share():
                return self._share(event, now_ms, rules)
            case Decline():
                return self._decline(self._known(event.user))
            case Mute():
                return self._mute(self._known(event.user), event)
            case Remove():
                return self._go(self._known(event.user), told=True)
            case Leave():
                return self._go(self._known(event.user), told=False)
            case Published():
                return self._published(event, now_ms)
            case Unpublished():
                return self._unpublished(event, now_ms, rules)
            case MixerLost():
                return self._mixer_lost(event, rules)
            case TimePassed():
                return self._go_all(tuple(each for each in self.people if _is_late(each, now_ms)))
            case Over():
                seats, changes = self._go_all(self.seated)
                return replace(seats, people=()), changes

    def _known(self, user: str) -> Guest:
        guest = self.find(user)
        if guest is None:
            raise GuestUnknown
        return guest

    def _apply(self, event: Apply, now_ms: int, rules: GuestRules) -> Step:
        """Asking again is asking once; he may have thought better of his camera."""
        known = self.find(event.user)
        if known is not None and known.seated:
            raise AlreadyOnStage
        waiting = len(self.people) - len(self.seated)
        if known is None and waiting >= rules.applications:
            raise ApplicationsFull(retry_after_s=10)
        until_ms = now_ms + round(rules.application_s * 1000)
        guest = Guest(event.user, event.name, event.picture, now_ms, until_ms=until_ms)
        if known is None:
            return replace(self, people=(*self.people, guest)), (Applied(guest),)
        guest = replace(guest, since_ms=known.since_ms)
        return self._with(guest), (Applied(guest),) if known.picture != guest.picture else ()

    def _approve(self, guest: Guest, now_ms: int, rules: GuestRules) -> Step:
        if guest.seated:
            return self, ()
        if sum(each.seated for each in self.guests) >= rules.seats:
            raise StageFull
        until_ms = now_ms + round(rules.absence_s * 1000)
        guest = replace(guest, state=GuestState.APPROVED, since_ms=now_ms, until_ms=until_ms)
        others = self._without(guest.user)
        return replace(others, people=(*others.people, guest)), (Answered(guest.user, "approved"),)

    def _share(self, event: Share, now_ms: int, rules: GuestRules) -> Step:
        """Another page of the host's may take over what one shows: that is seen by its session."""
        known = self.find(event.user)
        if known is not None and known.state is GuestState.ON_STAGE:
            return self, ()
        until_ms = now_ms + round(rules.absence_s * 1000)
        screen = Guest(event.user, event.name, True, now_ms, GuestState.APPROVED, until_ms, screen=True)
        others = self._without(event.user)
        return replace(others, people=(*others.people, screen)), ()

    def _decline(self, guest: Guest) -> Step:
        if guest.seated:
            raise GuestUnknown("he is no applicant any more")
        return self._without(guest.user), (Answered(guest.user, "declined"),)

    def _mute(self, guest: Guest, event: Mute) -> Step:
        if not guest.seated or guest.screen:
            raise GuestUnknown("he is an applicant, or the host")
        if event.by_host:
            changed = replace(guest, muted_by_host=event.muted)
        else:
            changed = replace(guest, muted_by_self=event.muted)
        audible = changed.muted != guest.muted and guest.state is GuestState.ON_STAGE
        return self._with(changed), (Staged(),) if audible else ()

    def _go(self, guest: Guest, *, told: bool) -> Step:
        if not guest.seated:
            gone: Change = Answered(guest.user, "declined") if told else Withdrawn(guest.user)
            return self._without(guest.user), (gone,)
        changes: tuple[Change, ...] = (Removed(guest.user, guest.screen),)
        if told and not guest.screen:
            changes += (Answered(guest.user, "removed"),)
        if guest.state is GuestState.ON_STAGE:
            changes += (Staged(),)
        return self._without(guest.user), changes

    def _go_all(self, guests: tuple[Guest, ...]) -> Step:
        seats, changes = self, list[Change]()
        for guest in guests:
            seats, more = seats._go(guest, told=guest.seated)
            changes += more
        return seats, tuple(dict.fromkeys(changes))

    def _published(self, event: Published, now_ms: int) -> Step:
        guest = self.find(event.user)
        if guest is None or not guest.seated or guest.session == event.session:
            return self, ()
        came = guest.state is not GuestState.ON_STAGE
        since_ms = now_ms if came else guest.since_ms
        guest = replace(guest, state=GuestState.ON_STAGE, since_ms=since_ms, until_ms=None, session=event.session)
        return self._with(guest), (Staged(),) if came else ()

    def _unpublished(self, event: Unpublished, now_ms: int, rules: GuestRules) -> Step:
        guest = self.find(event.user)
        if guest is None or guest.state is not GuestState.ON_STAGE or guest.session != event.session:
            return self, ()
        until_ms = now_ms + round(rules.absence_s * 1000)
        guest = replace(guest, state=GuestState.APPROVED, since_ms=now_ms, until_ms=until_ms, session="")
        return self._with(guest)._rested(), (Staged(),)

    def _mixer_lost(self, event: MixerLost, rules: GuestRules) -> Step:
        if event.attempt != self.attempt:
            return self, ()
        after = replace(self, attempt=self.attempt + 1, losses=self.losses + 1)
        return after, (Staged(),) if after.mixed(rules) != self.mixed(rules) else ()

    def _with(self, guest: Guest) -> "Seats":
        """The same people, this one in another state."""
        people = tuple(guest if each.user == guest.user else each for each in self.people)
        return replace(self, people=people)

    def _without(self, user: str) -> "Seats":
        return replace(self, people=tuple(each for each in self.people if each.user != user))._rested()

    def _rested(self) -> "Seats":
        """An empty stage forgets what its mixers have done."""
        return self if self.on_stage else replace(self, losses=0)


def _is_late(guest: Guest, now_ms: int) -> bool:
    return guest.until_ms is not None and now_ms >= guest.until_ms
