"""Moderation as one api process wires it, on real SQL and real Valkey, beside accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from accounts.principal import Principal, Role
from accounts.standing import Standings
from accounts.tokens import SignedTokens
from foundation import problem
from foundation.bus import Bus
from foundation.ids import new_id
from moderation.admin_router import admin_router
from moderation.router import router
from moderation.sanction_gate import SanctionGate
from moderation.service import Person, Sanctions
from moderation.store import ModerationStore, SanctionCache
from tests.clocks import ToldClock

SECRET = "a secret of at least thirty-two characters"


class Register:
    """Who is who, without accounts."""

    def __init__(self) -> None:
        self._people: dict[str, Principal] = {}

    def add(self, name: str, *roles: Role) -> Principal:
        person = Principal(new_id(), name, frozenset((Role.VIEWER, *roles)))
        self._people[person.user_id] = person
        return person

    async def person(self, user_id: str) -> Person | None:
        return self._people.get(user_id)


@dataclass
class Stage:
    client: AsyncClient
    gate: SanctionGate
    sanctions: Sanctions
    people: Register
    tokens: SignedTokens
    clock: ToldClock

    def bearer(self, principal: Principal | None) -> dict[str, str]:
        if principal is None:
            return {}
        token, _ = self.tokens.issue(principal, 0, self.clock.now_ms() // 1000)
        return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def opened(
    store: ModerationStore, cache: SanctionCache, bus: Bus, clock: ToldClock, people: Register | None = None
) -> AsyncIterator[Stage]:
    people = people or Register()
    tokens = SignedTokens(SECRET, clock, Standings(3_600_000), life_s=3600)
    sanctions = Sanctions(store, cache, people, bus, clock)
    app = FastAPI()
    problem.install(app)
    app.state.tokens = tokens
    app.include_router(router(sanctions))
    app.include_router(admin_router(sanctions))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://ringside.test") as client:
        yield Stage(client, SanctionGate(store, cache, clock), sanctions, people, tokens, clock)
