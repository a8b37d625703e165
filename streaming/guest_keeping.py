"""A keeper's part in his room's guests: who is observed on stage, whose time or right is over, what is to be mixed."""

from collections import Counter
from collections.abc import Callable

import structlog

from foundation.errors import Refusal
from moderation.gate import Gate, Sanctioned, Scope
from streaming.guest_acts import GuestActs, Sitting
from streaming.guest_composite import Cast, GuestComposite, Jobs, PictureSettings, composite_id, job_id
from streaming.guests import Event, MixerLost, Over, Published, Remove, Seats, TimePassed, Unpublished
from streaming.presence import Presence
from streaming.store import Seating
from streaming.workers import SeenGuest

log = structlog.get_logger(__name__)


class GuestKeeping:
    """``seats`` are those that were seen last. Only the keeper of the broadcast calls this."""

    def __init__(
        self,
        sitting: Sitting,
        acts: GuestActs,
        gate: Gate,
        jobs: Jobs,
        picture: PictureSettings,
        presence: Presence,
        lost: Callable[[MixerLost], None],
    ) -> None:
        self.composite = GuestComposite(jobs, picture, lambda attempt: lost(MixerLost(attempt)))
        self._sitting = sitting
        self._acts = acts
        self._gate = gate
        self._presence = presence
        self._known = Seating(Seats(sitting.broadcast), 0)
        self._silences: Counter[str] = Counter()  # reports in a row in which a guest on stage was missing

    @property
    def seats(self) -> Seats:
        return self._known.seats

    def has(self, user: str) -> bool:
        return self.seats.find(user) is not None

    @property
    def asked(self) -> str:
        """The composite that the program is asked to show; empty: none."""
        return composite_id(self._sitting.broadcast) if self._shown else ""

    @property
    def _shown(self) -> bool:
        return bool(self.seats.on_stage) and self.seats.mixed(self._acts.rules)

    async def adopt(self) -> None:
        """Go on from what an earlier owner has left."""
        await self.look()
        self.composite.assume(job_id(self._sitting.broadcast, self.seats.attempt))

    async def look(self) -> None:
        self._known = await self._acts.look(self._sitting, self._known)

    def mix(self, host_name: str, pipe: str, *, wanted: bool) -> None:
        """Have the people on stage mixed, or (not ``wanted``: a battle has the program) nobody."""
        seats, sitting = self.seats, self._sitting
        cast = Cast(
            sitting.room, sitting.broadcast, host_name, pipe, seats.on_stage, seats.attempt, lost=seats.losses > 0
        )
        self.composite.follow(cast if wanted and self._shown else None)

    async def act(self, event: Event) -> None:
        """What is observed; what the rules refuse by now, and what a crowd delays, is looked at again soon."""
        if isinstance(event, Unpublished):
            self._silences.pop(event.user, None)
        try:
            await self.look()
            self._known = await self._acts.act(self._sitting, event)
        except Refusal as refusal:
            log.info("a guest was not as he was thought to be", room=self._sitting.room, error=refusal.detail)

    async def reconcile(self, seen: tuple[SeenGuest, ...] | None) -> list[str]:
        """``seen``: who publishes at home, None when nobody says. Returns who publishes there without a seat."""
        await self.look()
        published = {each.user: each for each in seen or () if each.started}
        for guest in self.seats.on_stage:
            # One report may be older than his first picture; two in a row are not.
            self._silences[guest.user] = 0 if guest.user in published else self._silences[guest.user] + 1
            if self._silences[guest.user] >= 2:
                await self.act(Unpublished(guest.user, guest.session))
        for user, each in published.items():
            if any(guest.user == user and guest.session != each.session for guest in self.seats.seated):
                await self.act(Published(user, each.session))
        if self.seats.people:
            await self.act(TimePassed())
        return [each.user for each in seen or () if not self._seated(each.user)]

    def _seated(self, user: str) -> bool:
        return any(guest.user == user for guest in self.seats.seated)

    async def judge(self) -> None:
        """Send away whom a sanction forbids to publish, and who has begun a broadcast of his own."""
        for guest in self.seats.people:
            person = guest.seated and not guest.screen
            if not await self._may_publish(guest.user) or (person and await self._is_live(guest.user)):
                await self.act(Remove(guest.user))

    async def _may_publish(self, user: str) -> bool:
        try:
            await self._gate.check(user, Scope.PUBLISH)
        except Sanctioned:
            return False
        return True

    async def _is_live(self, user: str) -> bool:
        own = await self._presence.room_of(user)
        return own is not None and await self._presence.broadcast(own.room) is not None

    async def lose_all(self) -> None:
        """Their home's process is gone."""
        for guest in self.seats.on_stage:
            await self.act(Unpublished(guest.user, guest.session))

    async def over(self) -> None:
        await self.act(Over())
        await self.composite.dismantle()
