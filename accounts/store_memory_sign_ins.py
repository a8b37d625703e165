"""Sign-ins in memory: for tests of what stands on them."""

from dataclasses import replace

from accounts.sign_in_store import Ended
from accounts.sign_ins import SignIn


class MemorySignIns:
    def __init__(self) -> None:
        self._kept: dict[str, SignIn] = {}

    async def add(self, sign_in: SignIn, forget_before_ms: int) -> None:
        for each in self._of(sign_in.user_id):
            if each.seen_at_ms < forget_before_ms:
                del self._kept[each.id]
        self._kept[sign_in.id] = sign_in

    async def seen(self, sign_in: str, user_id: str, now_ms: int) -> bool:
        known = self._kept.get(sign_in)
        if known is None or known.user_id != user_id or known.ended_at_ms:
            return False
        self._kept[sign_in] = replace(known, seen_at_ms=now_ms)
        return True

    async def in_force(self, user_id: str, seen_after_ms: int, tokens_since: int, limit: int) -> list[SignIn]:
        found = [
            each
            for each in self._of(user_id)
            if not each.ended_at_ms and each.seen_at_ms > seen_after_ms and each.standing >= tokens_since
        ]
        return sorted(found, key=lambda each: (each.seen_at_ms, each.id), reverse=True)[:limit]

    async def end(self, user_id: str, sign_in: str, now_ms: int) -> bool:
        return self._end([each for each in self._of(user_id) if each.id == sign_in], now_ms) != []

    async def end_others(self, user_id: str, but: str, now_ms: int) -> list[str]:
        return self._end([each for each in self._of(user_id) if each.id != but], now_ms)

    async def ended_after(self, ended_at_ms: int, sign_in: str, limit: int) -> list[Ended]:
        ended = [
            Ended(each.id, each.user_id, each.ended_at_ms)
            for each in self._kept.values()
            if each.ended_at_ms and (each.ended_at_ms, each.id) > (ended_at_ms, sign_in)
        ]
        return sorted(ended, key=lambda each: (each.ended_at_ms, each.id))[:limit]

    def _of(self, user_id: str) -> list[SignIn]:
        return [each for each in self._kept.values() if each.user_id == user_id]

    def _end(self, which: list[SignIn], now_ms: int) -> list[str]:
        ended = [each.id for each in which if not each.ended_at_ms]
        for each in ended:
            self._kept[each] = replace(self._kept[each], ended_at_ms=now_ms)
        return ended
