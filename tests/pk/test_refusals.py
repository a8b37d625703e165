"""Every refusal of an invitation, on the real stores: rooms, broadcasts, sanctions, relations, bookings.

What is refused leaves nothing behind: no room is booked by it, and no invitation is open.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from accounts.names import name_of
from accounts.principal import Principal, Role
from accounts.relations import Relation
from accounts.store import Account
from accounts.store_sql import SqlAccounts
from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.internal import InternalClient
from moderation.audit import AuditEntry, record
from moderation.gate import Scope
from moderation.sanction import Reason, Sanction
from moderation.sanction_gate import SanctionGate
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from pk.rules import BattleRules
from pk.service import BattleService
from pk.state import Phase
from streaming.broadcast import Broadcast, Home, State
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.store import Record
from streaming.store_redis import RedisBroadcasts
from streaming.store_sql import SqlRooms
from tests.pk.station import Town, phase, station, until

RULES = BattleRules(countdown_ms=50, fight_ms=60_000, invitations_per_minute=20)
FENCE = 1


@dataclass(frozen=True)
class Host:
    card: RoomCard
    principal: Principal

    @property
    def room(self) -> str:
        return self.card.room

    @property
    def user(self) -> str:
        return self.principal.user_id


class City:
    """A town whose hosts are in the real stores of all domains."""

    def __init__(self, town: Town, internal: InternalClient) -> None:
        self.town = town
        self._broadcasts = RedisBroadcasts(town.redis)
        self._rooms = SqlRooms(town.database)
        self._accounts = SqlAccounts(town.database, record)
        self._moderation = SqlModeration(town.database)
        town.presence = Lobby(self._rooms, self._broadcasts)
        town.gate = SanctionGate(self._moderation, RedisSanctionCache(town.redis), town.clock)
        self._internal = internal

    def service(self, rules: BattleRules = RULES) -> BattleService:
        return self.town.service(self._internal, rules)

    async def host(self, name: str, state: State | None = State.LIVE) -> Host:
        """Somebody with an account and a room, and a broadcast in it unless ``state`` is None."""
        now_ms, known = self.town.clock.now_ms(), name_of(name)
        account = Account(new_id(), known.shown, known.key, "", frozenset((Role.HOST,)), now_ms)
        await self._accounts.add(account)
        room = await self._rooms.create(RoomCard(new_id(), account.user_id, name, "title"), now_ms)
        host = Host(room.card, Principal(account.user_id, name, account.roles))
        if state is not None:
            await self.broadcasts(host, state)
        return host

    async def hosts(self, *names: str) -> list[Host]:
        return [await self.host(name) for name in names]

    async def broadcasts(self, host: Host, state: State) -> None:
        home = Home("media-1", "http://media-1", "127.0.0.1:7001")
        broadcast = Broadcast(new_id(), host.room, host.user, self.town.clock.now_ms(), state, "session", home)
        await self._broadcasts.save(Record(broadcast, host.card, "camera"), FENCE)

    async def sanction(self, host: Host, scope: Scope) -> None:
        now_ms = self.town.clock.now_ms()
        sanction = Sanction(new_id(), host.user, scope, Reason.SPAM, "", "ops", now_ms, None)
        await self._moderation.impose(sanction, AuditEntry("ops", "sanction.impose", "user", "", now_ms))

    async def understands(self, host: Host, battles: int) -> None:
        await self.town.ring.note_client(host.room, battles)

    async def blocks(self, host: Host, other: Host) -> None:
        await self.town.relations.add(Relation.BLOCK, host.user, other.user, 9, self.town.clock.now_ms())

    async def invites(self, host: Host, *others: Host, service: BattleService | None = None) -> str:
        """The battle; each of ``others`` is a side of his own."""
        sides = [[each.room] for each in (host, *others)]
        return str((await (service or self.service()).invite(host.principal, host.room, sides, None))["battle"])

    async def refusal(self, host: Host, *others: Host, service: BattleService | None = None) -> tuple[str, str | None]:
        """Its code, and the room that it names."""
        town = self.town
        open_before = sorted(await town.ring.open_ids())
        booked = [await town.ring.battle_of(each.room) for each in (host, *others)]
        with pytest.raises(Refusal) as refused:
            await self.invites(host, *others, service=service)
        assert sorted(await town.ring.open_ids()) == open_before
        assert [await town.ring.battle_of(each.room) for each in (host, *others)] == booked
        room = refused.value.extra.get("room")
        return refused.value.code, None if room is None else str(room)


@pytest.fixture
async def city(town: Town, internal: InternalClient) -> AsyncIterator[City]:
    made = City(town, internal)
    async with station(town, "one"):
        yield made


@pytest.mark.parametrize("state", [None, State.STARTING, State.RECONNECTING, State.ENDED])
async def test_nobody_battles_who_is_not_live(city: City, state: State | None) -> None:
    anna, away = await city.host("Anna"), await city.host("Away", state)
    assert await city.refusal(anna, away) == ("host-offline", away.room)
    assert await city.refusal(away, anna) == ("host-offline", away.room)
    await city.broadcasts(away, State.LIVE)
    await city.invites(anna, away)


async def test_a_camera_that_is_being_replaced_is_live(city: City) -> None:
    await city.invites(await city.host("Anna"), await city.host("Bela", State.CHANGING))


async def test_whoever_invites_or_is_invited_is_busy(city: City) -> None:
    anna, bela, cleo = await city.hosts("Anna", "Bela", "Cleo")
    await city.invites(anna, bela)
    assert await city.refusal(anna, cleo) == ("host-busy", anna.room)
    assert await city.refusal(bela, cleo) == ("host-busy", bela.room)
    assert await city.refusal(cleo, anna) == ("host-busy", anna.room)
    assert await city.refusal(cleo, bela) == ("host-busy", bela.room)
    assert await city.refusal(bela, anna) == ("host-busy", bela.room)


@pytest.mark.parametrize("forgotten", [False, True])
async def test_whoever_is_in_a_battle_is_busy(city: City, forgotten: bool) -> None:
    """``forgotten``: by Redis, which the SQL rows outlive."""
    anna, bela, cleo = await city.hosts("Anna", "Bela", "Cleo")
    service = city.service()
    battle = await city.invites(anna, bela)
    await service.command(bela.principal, battle, "accept")
    for reached in (Phase.PREPARING, Phase.FIGHTING, Phase.VICTORY):
        if reached is Phase.VICTORY:
            await service.command(anna.principal, battle, "surrender")
        await until(city.town, battle, phase(reached, Phase.FIGHTING) if reached is Phase.PREPARING else phase(reached))
        if forgotten:
            await city.town.redis.delete(*(f"{{pk}}:booking:{each.room}" for each in (anna, bela)))
        assert (await _busy(city, anna, cleo), await _busy(city, cleo, bela)) == (anna.room, bela.room)
    await service.command(bela.principal, battle, "end")
    await city.invites(cleo, bela)


async def _busy(city: City, host: Host, other: Host) -> str | None:
    """Whose room is busy. The referee may take lost bookings again meanwhile, so these are not compared."""
    with pytest.raises(Refusal) as refused:
        await city.invites(host, other)
    assert refused.value.code == "host-busy"
    return str(refused.value.extra["room"])


async def test_nobody_is_brought_together_with_whom_he_blocks_unless_he_invites_him(city: City) -> None:
    anna, bela, cleo = await city.hosts("Anna", "Bela", "Cleo")
    for host in (anna, bela, cleo):
        await city.understands(host, 2)
    await city.blocks(bela, anna)
    assert await city.refusal(anna, bela) == ("blocked", bela.room)
    assert await city.refusal(cleo, anna, bela) == ("blocked", bela.room)
    assert await city.refusal(cleo, bela, anna) == ("blocked", bela.room)
    await city.invites(bela, anna)


async def test_the_sanctioned_neither_invite_nor_are_invited(city: City) -> None:
    anna, bela, cleo = await city.hosts("Anna", "Bela", "Cleo")
    await city.sanction(bela, Scope.PUBLISH)
    await city.sanction(cleo, Scope.CHAT)
    assert (await city.refusal(bela, anna))[0] == "sanctioned"
    assert await city.refusal(anna, bela) == ("host-sanctioned", bela.room)
    await city.invites(anna, cleo)


async def test_a_ban_is_a_sanction_of_everything(city: City) -> None:
    anna, bela = await city.hosts("Anna", "Bela")
    await city.sanction(bela, Scope.PLATFORM)
    assert (await city.refusal(bela, anna))[0] == "sanctioned"
    assert await city.refusal(anna, bela) == ("host-sanctioned", bela.room)


async def test_inviting_over_and_over_is_too_frequent_for_the_inviter_alone(city: City) -> None:
    anna, bela = await city.hosts("Anna", "Bela")
    service = city.service(BattleRules(invitations_per_minute=2))
    for _ in range(2):
        battle = await city.invites(anna, bela, service=service)
        await service.command(bela.principal, battle, "decline")
    with pytest.raises(Refusal) as refused:
        await city.invites(anna, bela, service=service)
    assert (refused.value.status, refused.value.code) == (429, "too-frequent")
    assert refused.value.retry_after_s is not None and 0 < refused.value.retry_after_s <= 60
    assert await city.town.ring.battle_of(bela.room) is None
    await city.invites(bela, anna, service=service)


async def test_a_page_is_not_invited_to_more_than_it_understands(city: City) -> None:
    anna, bela, cleo = await city.hosts("Anna", "Bela", "Cleo")
    await city.understands(anna, 2)
    await city.understands(bela, 2)
    assert await city.refusal(anna, bela, cleo) == ("client-too-old", cleo.room)
    await city.understands(cleo, 1)
    assert await city.refusal(anna, bela, cleo) == ("client-too-old", cleo.room)
    await city.understands(cleo, 0)
    assert await city.refusal(anna, cleo) == ("client-too-old", cleo.room)
    assert await city.refusal(cleo, anna) == ("client-too-old", cleo.room)
    await city.understands(cleo, 2)
    await city.invites(anna, bela, cleo)


async def test_one_invites_for_ones_own_room_and_not_oneself(city: City) -> None:
    anna, bela = await city.hosts("Anna", "Bela")
    foreign = Host(bela.card, anna.principal)
    assert (await city.refusal(foreign, anna))[0] == "not-your-room"
    assert (await city.refusal(anna, anna))[0] == "invite-self"
    nowhere = Host(RoomCard(new_id(), bela.user, "Bela", ""), bela.principal)
    assert (await city.refusal(anna, nowhere))[0] == "room-unknown"
