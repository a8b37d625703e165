"""Moderation in memory: for tests of what stands on it."""

from collections.abc import Collection
from dataclasses import replace

from foundation.ids import new_id
from moderation.audit import AuditEntry
from moderation.errors import AlreadySanctioned, SanctionOver
from moderation.sanction import Sanction
from moderation.store import Cached, Recorded


class MemoryModeration:
    def __init__(self) -> None:
        self._sanctions: dict[str, Sanction] = {}
        self._log: list[Recorded] = []

    async def impose(self, sanction: Sanction, entry: AuditEntry) -> None:
        for known in await self.standing(sanction.user_id, sanction.imposed_at_ms):
            if known.scope is sanction.scope and known.lasts_as_long_as(sanction.until_ms):
                raise AlreadySanctioned(sanction=known.sanction_id)
        self._sanctions[sanction.sanction_id] = sanction
        self._append(entry)

    async def lift(self, sanction_id: str, by: str, now_ms: int, entry: AuditEntry) -> Sanction:
        known = self._sanctions.get(sanction_id)
        if known is None or not known.stands(now_ms):
            raise SanctionOver
        lifted = self._sanctions[sanction_id] = replace(known, lifted_by=by, lifted_at_ms=now_ms)
        self._append(entry)
        return lifted

    async def by_id(self, sanction_id: str) -> Sanction | None:
        return self._sanctions.get(sanction_id)

    async def standing(self, user_id: str, now_ms: int) -> list[Sanction]:
        return [each for each in self._sanctions.values() if each.user_id == user_id and each.stands(now_ms)]

    async def standing_of(self, users: Collection[str], now_ms: int) -> dict[str, list[Sanction]]:
        return {user: await self.standing(user, now_ms) for user in users}

    async def page(self, user_id: str | None, before: str | None, limit: int) -> list[Sanction]:
        found = [
            each
            for each in self._sanctions.values()
            if user_id in (None, each.user_id) and (before is None or each.sanction_id < before)
        ]
        return sorted(found, key=lambda each: each.sanction_id, reverse=True)[:limit]

    async def audit_page(
        self, actor: str | None, subject: str | None, before: int | None, limit: int
    ) -> list[Recorded]:
        found = [
            each
            for each in reversed(self._log)
            if actor in (None, each.entry.actor)
            and subject in (None, each.entry.subject)
            and (before is None or each.number < before)
        ]
        return found[:limit]

    def _append(self, entry: AuditEntry) -> None:
        self._log.append(Recorded(len(self._log) + 1, entry))


class MemorySanctionCache:
    """The twin for one process; entries do not age."""

    def __init__(self) -> None:
        self._cached: dict[str, list[Sanction]] = {}
        self._versions: dict[str, str] = {}
        self._held: set[str] = set()

    async def read(self, user_id: str) -> Cached:
        return Cached(self._cached.get(user_id), self._versions.get(user_id, ""))

    async def fill(self, user_id: str, version: str | None, sanctions: list[Sanction]) -> None:
        if version == self._versions.get(user_id, "") and user_id not in self._held:
            self._cached[user_id] = sanctions

    async def hold(self, user_id: str) -> None:
        self._cached.pop(user_id, None)
        self._held.add(user_id)

    async def release(self, user_id: str) -> None:
        self._cached.pop(user_id, None)
        self._versions[user_id] = new_id()
        self._held.discard(user_id)
