"""A user's sign-ins, one a device: he sees them and ends one, the others, or this one (which is logging out)."""

from accounts.errors import SignInAgain, SignInUnknown
from accounts.rules import AccountRules
from accounts.sign_in_store import SignInStore
from accounts.sign_ins import SignIn, address_hint, agent_of
from accounts.standing_keeper import StandingKeeper
from accounts.store import Account
from foundation.clock import Clock
from foundation.ids import is_id, new_id

SHOWN = 50
# Between noting that a sign-in goes on and signing its token.
SLACK_MS = 60_000


class SignIns:
    def __init__(self, store: SignInStore, keeper: StandingKeeper, clock: Clock, rules: AccountRules) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._life_ms = rules.token_life_s * 1000

    async def open(self, account: Account, made_at_ms: int, address: str, agent: str) -> str:
        """The id of a new sign-in from this network address, by what calls itself ``agent``."""
        now_ms = self._clock.now_ms()
        made = SignIn(
            new_id(), account.user_id, made_at_ms, now_ms, agent_of(agent), address_hint(address), account.standing
        )
        await self._store.add(made, now_ms - self._life_ms - SLACK_MS)
        return made.id

    async def carry_on(self, user_id: str, sign_in: str) -> None:
        """``SignInAgain`` when it was ended, perhaps a moment ago, and this process has not heard it yet."""
        if not await self._store.seen(sign_in, user_id, self._clock.now_ms()):
            raise SignInAgain

    async def of(self, account: Account) -> list[SignIn]:
        """Those whose tokens are honoured, the latest first; at most ``SHOWN``."""
        after_ms = self._clock.now_ms() - self._life_ms
        return await self._store.in_force(account.user_id, after_ms, account.tokens_since, SHOWN)

    async def end(self, user_id: str, sign_in: str) -> None:
        """Its tokens are worth nothing any more, in every process within a second; its sockets close."""
        now_ms = self._clock.now_ms()
        if not is_id(sign_in) or not await self._store.end(user_id, sign_in, now_ms):
            raise SignInUnknown
        await self._keeper.announce_ended(user_id, [sign_in], now_ms)

    async def end_others(self, user_id: str, but: str) -> None:
        """As ``end``, of all but one."""
        now_ms = self._clock.now_ms()
        ended = await self._store.end_others(user_id, but, now_ms)
        if ended:
            await self._keeper.announce_ended(user_id, ended, now_ms)
