"""Who meets whom, and whose invitation somebody takes: blocks and follows of accounts, joined with host settings."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Protocol

from accounts.relations import Relations
from pk.errors import Blocked, InvitationsClosed
from pk.host_settings import HostSettingsStore
from pk.state import Member


class Person(Protocol):
    """A host with his room: ``streaming.presence.RoomCard`` is one."""

    @property
    def room(self) -> str: ...

    @property
    def host_user(self) -> str: ...


class Willingness:
    def __init__(self, relations: Relations, settings: HostSettingsStore) -> None:
        self._relations = relations
        self._settings = settings

    async def ask(self, inviter: Person, invited: Sequence[Person]) -> tuple[str, ...]:
        """Raise ``Blocked`` or ``InvitationsClosed`` unless all may be invited; else who has accepted beforehand."""
        await self._check_blocks(inviter, invited)
        accepting = []
        for person in invited:
            settings = await self._settings.of(person.host_user)
            followed = await self._relations.follows(person.host_user, inviter.host_user)
            if not settings.invitations.include(followed):
                raise InvitationsClosed(room=person.room)
            if settings.auto_accept.include(followed):
                accepting.append(person.host_user)
        return tuple(accepting)

    async def check_rematch(self, user: str, members: Iterable[Member]) -> None:
        """Raise ``Blocked`` when one of ``members`` blocks ``user`` by now, who would like to meet them again."""
        for member in members:
            if await self._relations.blocks(member.user, user):
                raise Blocked(room=member.room)

    async def _check_blocks(self, inviter: Person, invited: Sequence[Person]) -> None:
        """Whom the inviter blocks he may invite all the same; nobody else is brought together with whom he blocks."""
        pairs = [(person, inviter) for person in invited]
        for one, another in combinations(invited, 2):
            pairs += [(one, another), (another, one)]
        for one, another in pairs:
            if await self._relations.blocks(one.host_user, another.host_user):
                raise Blocked(room=one.room)
