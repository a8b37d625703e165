"""Who meets whom, on the real stores: blocks, host settings, and what is accepted at once."""

import pytest

from accounts.names import name_of
from accounts.principal import Role
from accounts.relations import Relation
from accounts.store import Account
from accounts.store_sql import SqlAccounts
from foundation.errors import Refusal
from foundation.internal import InternalClient
from moderation.audit import record
from pk.host_settings import Hosts, HostSettings
from pk.service import BattleService
from pk.state import Phase
from tests.pk.station import LONG, PATIENT, Town, begin, host, phase, station, two_hosts, until

MOST = 10


async def relate(town: Town, relation: Relation, room: str, other: str) -> None:
    """The host of ``room`` blocks or follows the host of ``other``; both have accounts from now on."""
    accounts = SqlAccounts(town.database, record)
    people = [host(town, each) for each in (room, other)]
    for person in people:
        if await accounts.by_id(person.user_id) is None:
            name = name_of(f"host {person.user_id[-9:]}")
            await accounts.add(Account(person.user_id, name.shown, name.key, "", frozenset((Role.HOST,)), 0))
    await town.relations.add(relation, people[0].user_id, people[1].user_id, MOST, town.clock.now_ms())


async def refused(town: Town, service: BattleService, room: str, other: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await service.invite(host(town, room), room, [[room], [other]], None)
    return refusal.value


async def test_an_invitation_that_is_accepted_at_once_is_announced_all_the_same(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one"):
        service = town.service(internal, LONG)
        red, blue = two_hosts(town)
        await town.settings.put(host(town, blue).user_id, HostSettings(Hosts.FOLLOWED, Hosts.FOLLOWED))
        assert (await refused(town, service, red, blue)).code == "invitations-closed"
        await relate(town, Relation.FOLLOW, blue, red)
        body = await service.invite(host(town, red), red, [[red], [blue]], None)
        assert (body["phase"], body["operator"]) == ("preparing", host(town, blue).user_id)
        await until(town, str(body["battle"]), phase(Phase.FIGHTING))
        for room in (red, blue):
            told = [message for message in town.feed.messages if message.room == room]
            assert [message.type for message in told[:2]] == ["battle.invited", "battle.prepared"]
            assert (told[0].users, told[1].users) == ((host(town, room).user_id,), ())


async def test_the_blocked_are_not_brought_together(town: Town, internal: InternalClient) -> None:
    async with station(town, "one"):
        service = town.service(internal, LONG)
        red, blue = two_hosts(town)
        await town.settings.put(host(town, blue).user_id, HostSettings(Hosts.EVERYONE, Hosts.EVERYONE))
        await relate(town, Relation.BLOCK, blue, red)
        refusal = await refused(town, service, red, blue)
        assert (refusal.code, refusal.extra) == ("blocked", {"room": blue})
        assert await town.ring.battle_of(red) is None and await town.ring.open_ids() == []
        await town.relations.remove(Relation.BLOCK, host(town, blue).user_id, host(town, red).user_id)
        assert (await service.invite(host(town, red), red, [[red], [blue]], None))["phase"] == "preparing"


async def test_blocked_in_the_middle_of_a_battle_one_fights_on_and_gets_no_rematch(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one"):
        service = town.service(internal, PATIENT)
        state = await begin(town, service)
        red, blue = state.rooms
        await relate(town, Relation.BLOCK, blue, red)
        assert (await town.battles.load(state.battle)) == state
        await service.command(host(town, red), state.battle, "surrender")
        await until(town, state.battle, phase(Phase.VICTORY))
        with pytest.raises(Refusal) as refusal:
            await service.command(host(town, red), state.battle, "rematch")
        assert (refusal.value.code, refusal.value.extra) == ("blocked", {"room": blue})
