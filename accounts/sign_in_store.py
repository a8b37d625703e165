"""What sign-ins ask of whoever keeps them. Truth: SQL."""

from dataclasses import dataclass
from typing import Protocol

from accounts.sign_ins import SignIn


@dataclass(frozen=True)
class Ended:
    """A sign-in that was ended, and when."""

    id: str
    user_id: str
    ended_at_ms: int


class SignInStore(Protocol):
    async def add(self, sign_in: SignIn, forget_before_ms: int) -> None:
        """Keep it. Others of its user that were last seen before ``forget_before_ms`` are kept no longer."""

    async def seen(self, sign_in: str, user_id: str, now_ms: int) -> bool:
        """Note that it goes on; False when it is the user's no more, or never was."""

    async def in_force(self, user_id: str, seen_after_ms: int, tokens_since: int, limit: int) -> list[SignIn]:
        """Not ended, of at least the standing ``tokens_since``, last seen after ``seen_after_ms``; the latest first."""

    async def end(self, user_id: str, sign_in: str, now_ms: int) -> bool:
        """End one; False when the user has none of this id that was not ended before."""

    async def end_others(self, user_id: str, but: str, now_ms: int) -> list[str]:
        """End all of the user's but one; their ids."""

    async def ended_after(self, ended_at_ms: int, sign_in: str, limit: int) -> list[Ended]:
        """Those that were ended after (``ended_at_ms``, ``sign_in``), in that order."""
