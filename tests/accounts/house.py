"""Accounts as one api process wires them, on real SQL, with cheap hashes and a clock that is told the time."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from accounts.admin_router import admin_router
from accounts.attempts import Attempts
from accounts.emails import Emails
from accounts.mail import Letter, MailAway
from accounts.password_resets import PasswordResets
from accounts.passwords import Passwords
from accounts.post import Post
from accounts.profile_router import profile_router
from accounts.profiles import Profiles
from accounts.ranks import Ranks
from accounts.recovery_router import recovery_router
from accounts.router import router
from accounts.rules import AccountRules, PasswordCost
from accounts.service import Accounts, Session, Welcome
from accounts.sign_in_router import sign_in_router
from accounts.sign_in_service import SignIns
from accounts.standing import Standings
from accounts.standing_keeper import StandingKeeper
from accounts.store import AccountStore, Throttle
from accounts.store_memory import MemoryThrottle
from accounts.store_sql import SqlAccounts
from accounts.store_sql_mail_tokens import SqlMailTokens
from accounts.store_sql_sign_ins import SqlSignIns
from accounts.stream_keys import StreamKeys
from accounts.tokens import SignedTokens
from foundation import problem
from foundation.bus import Bus, MemoryBus
from foundation.errors import Forbidden
from foundation.sql import Database
from moderation.audit import record
from tests.clocks import ToldClock

SECRET = "a secret of at least thirty-two characters"
CHEAP = PasswordCost(memory_kib=64, passes=1, lanes=1)
PASSWORD = "correct horse"
SITE = "https://ringside.test"


class Barred(Forbidden):
    code, title = "barred", "Barred"


@dataclass
class Door:
    """Keeps out whom the test names."""

    barred: set[str] = field(default_factory=set)

    async def admit(self, user_id: str) -> None:
        if user_id in self.barred:
            raise Barred


@dataclass
class Mailbox:
    """Keeps every letter; ``broken`` takes none."""

    letters: list[Letter] = field(default_factory=list)
    broken: bool = False

    async def send(self, letter: Letter) -> None:
        if self.broken:
            raise MailAway("broken")
        self.letters.append(letter)


def token_in(letter: Letter) -> str:
    """The token in the link of the letter."""
    (token,) = re.findall(rf"{SITE}/(?:reset|email)#(\S+)", letter.text)
    return str(token)


@dataclass
class House:
    app: FastAPI
    client: AsyncClient
    store: AccountStore
    passwords: Passwords
    tokens: SignedTokens
    standings: Standings
    keeper: StandingKeeper
    accounts: Accounts
    ranks: Ranks
    stream_keys: StreamKeys
    door: Door
    clock: ToldClock
    post: Post
    mailbox: Mailbox

    async def letters(self) -> list[Letter]:
        """Everything that was sent until now."""
        await self.post.settled()
        return self.mailbox.letters

    async def join(self, name: str) -> Session:
        return await self.accounts.sign_up(name, PASSWORD, "203.0.113.1")

    async def join_as_admin(self) -> Session:
        await self.ranks.ensure_admin(PASSWORD)
        return await self.accounts.log_in("admin", PASSWORD, "203.0.113.1")


@asynccontextmanager
async def opened(
    database: Database,
    clock: ToldClock,
    *,
    bus: Bus | None = None,
    throttle: Throttle | None = None,
    rules: AccountRules | None = None,
    cost: PasswordCost = CHEAP,
    welcome: Welcome | None = None,
) -> AsyncIterator[House]:
    rules = rules or AccountRules()
    passwords = Passwords(cost)
    store = SqlAccounts(database, record)
    standings = Standings(rules.token_life_s * 1000)
    keeper = StandingKeeper(store, SqlSignIns(database), standings, bus or MemoryBus(), clock)
    sign_ins = SignIns(SqlSignIns(database), keeper, clock, rules)
    tokens = SignedTokens(SECRET, clock, standings, life_s=rules.token_life_s)
    door = Door()
    accounts = Accounts(
        store, throttle or MemoryThrottle(), passwords, tokens, keeper, sign_ins, door, clock, rules, welcome=welcome
    )
    mailbox = Mailbox()
    post = Post(mailbox)
    post.start()
    tokens_by_mail, attempts = SqlMailTokens(database), Attempts(throttle or MemoryThrottle(), clock)
    resets = PasswordResets(store, tokens_by_mail, attempts, passwords, keeper, post, SITE, clock, rules)
    emails = Emails(store, tokens_by_mail, attempts, passwords, post, SITE, clock, rules)
    ranks = Ranks(store, passwords, keeper, clock)
    stream_keys = StreamKeys(store, bus or MemoryBus(), clock)
    app = FastAPI()
    problem.install(app)
    app.state.tokens = tokens
    app.include_router(router(accounts, stream_keys, door))
    app.include_router(profile_router(Profiles(store, attempts, door, rules)))
    app.include_router(sign_in_router(accounts, sign_ins))
    app.include_router(recovery_router(resets, emails))
    app.include_router(admin_router(ranks))
    transport = ASGITransport(app, client=("203.0.113.7", 5000))
    await keeper.start()
    try:
        async with AsyncClient(transport=transport, base_url="http://ringside.test") as client:
            yield House(
                app,
                client,
                store,
                passwords,
                tokens,
                standings,
                keeper,
                accounts,
                ranks,
                stream_keys,
                door,
                clock,
                post,
                mailbox,
            )
    finally:
        await post.close()
        await keeper.close()
        await passwords.close()


def bearer(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.token}"}
