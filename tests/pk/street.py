"""api as people meet it: battles over HTTP, with referees that apply the rules at once."""

from dataclasses import dataclass, field

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from accounts.pace import Pace
from accounts.principal import Principal, Role
from accounts.store_memory import MemoryThrottle
from foundation import problem
from foundation.errors import Unavailable
from moderation.gate import Sanctioned, Scope
from pk.admin_router import admin_router
from pk.battle import Battle
from pk.clients import TEAMS
from pk.router import router
from pk.rules import BattleRules
from pk.schema import Order, command_of
from pk.service import BattleService
from pk.settings_router import settings_router
from pk.state import Phase, Side, State
from pk.store_memory import MemoryBattles, MemoryRing
from pk.store_memory_settings import MemoryHostSettings
from pk.willingness import Willingness
from tests.clocks import ToldClock
from tests.pk.people import follows, strangers
from tests.pk.virtual import VirtualClock
from tests.pk.world import Hosts, Ledger


class Names:
    """``accounts.principal.Tokens``: a token is ``user`` or ``user:role``."""

    def principal(self, token: str) -> Principal:
        user, _, role = token.partition(":")
        return Principal(user, user, frozenset({Role(role or "host")}))


@dataclass
class People:
    """``accounts.relations.Relations`` and ``moderation.gate.Gate``, as the test says."""

    sanctioned: set[str] = field(default_factory=set)
    blocked: set[tuple[str, str]] = field(default_factory=set)
    followed: set[tuple[str, str]] = field(default_factory=set)

    async def check(self, user_id: str, scope: Scope) -> None:
        if user_id in self.sanctioned and scope is Scope.PUBLISH:
            raise Sanctioned

    async def blocks(self, user: str, other: str) -> bool:
        return (user, other) in self.blocked

    async def follows(self, user: str, other: str) -> bool:
        return (user, other) in self.followed


class Street:
    """api with referees that apply the rules at once, without a process in between."""

    def __init__(self) -> None:
        self.clock = ToldClock()
        self.hosts = Hosts()
        self.people = People()
        self.settings = MemoryHostSettings()
        self.ring = MemoryRing()
        self.ledger = Ledger(VirtualClock())
        self.battles = MemoryBattles(self.ledger)
        self.red, self.blue, self.green, self.yellow = strangers(4)
        for side in (self.red, self.blue, self.green, self.yellow):
            self.hosts.go_live(side)
        self.full = ""  # why no transcode node takes a mixer
        self.silenced: list[Side] = []
        self.orders: list[tuple[str, str, str | None]] = []
        self.service = BattleService(
            BattleRules(invitations_per_minute=3),
            self.clock,
            self.hosts,
            self.people,
            Willingness(self.people, self.settings),
            self.ledger,
            self.battles,
            self.ring,
            self,
            self,
        )
        self.app = FastAPI()
        self.app.state.tokens = Names()
        problem.install(self.app)
        self.app.include_router(router(self.service))
        self.app.include_router(settings_router(self.settings, Pace(MemoryThrottle(), self.clock, "settings")))
        self.app.include_router(admin_router(self.service), prefix="/api/v1/admin")
        self.client = AsyncClient(transport=ASGITransport(self.app), base_url="http://ringside")

    async def open(self, state: State) -> State:
        await self.ring.book(state)
        await self.ring.show(state, 1, "here")
        return state

    async def expect_room(self, kind: str) -> None:
        assert kind == "mixer"
        if self.full:
            raise Unavailable(self.full)

    async def command(
        self, battle_id: str, verb: str, user: str, *, reason: str | None = None, target: str | None = None
    ) -> State:
        self.orders.append((verb, user, reason))
        copy = await self.ring.copy(battle_id)
        assert copy is not None
        battle = Battle(copy.state)
        event = command_of(verb, Order(user=user, reason=reason, target=target))
        assert event is not None
        battle.handle(event, self.clock.now_ms())
        await self.ring.show(battle.state, 1, "here")
        return battle.state

    async def post(self, path: str, token: str, body: object = None) -> Response:
        return await self.client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"})

    async def put(self, path: str, token: str, body: object) -> Response:
        return await self.client.put(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"})

    async def get(self, path: str, token: str | None = None) -> Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.get(f"/api/v1{path}", headers=headers)

    async def invite_to(self, sides: list[list[Side]]) -> Response:
        """Red invites to a battle of these, whose pages are new, unless they have said something else."""
        for side in (each for members in sides for each in members):
            if side not in self.silenced and await self.ring.client_of(side.host.room) is None:
                await self.ring.note_client(side.host.room, TEAMS)
        rooms = [[side.host.room for side in members] for members in sides]
        return await self.post(f"/rooms/{self.red.host.room}/battles", self.red.host.user, {"sides": rooms})

    async def celebrates(self, battle_id: str) -> None:
        """The battle is over, and its victory is shown."""
        copy = await self.ring.copy(battle_id)
        assert copy is not None
        now_ms = self.clock.now_ms()
        shown = {"phase": Phase.VICTORY, "starts_at_ms": now_ms - 9, "ends_at_ms": now_ms}
        await self.ring.show(follows(copy.state, phase_ends_at_ms=now_ms + 60_000, **shown), 1, "here")

    def silent(self, side: Side) -> None:
        self.silenced.append(side)

    async def invite(self, **changes: object) -> Response:
        body = {"opponent_room": self.blue.host.room, **changes}
        return await self.post(f"/rooms/{self.red.host.room}/battles", self.red.host.user, body)


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
