"""What a host decides beforehand: whose invitations reach him, and whose are accepted for him at once."""

import pytest

from foundation.errors import Unavailable
from foundation.ids import new_id
from pk.host_settings import Hosts, HostSettings, HostSettingsStore
from pk.state import Side, State
from pk.store_memory_settings import MemoryHostSettings
from pk.store_sql_settings import SqlHostSettings
from tests.pk.street import Street, refusal

EVERYBODY = HostSettings(Hosts.EVERYONE, Hosts.EVERYONE)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> HostSettingsStore:
    if request.param == "memory":
        return MemoryHostSettings()
    return SqlHostSettings(request.getfixturevalue("database" if request.param == "sqlite" else "on_postgres"))


async def test_who_has_decided_nothing_is_open_and_answers_himself(store: HostSettingsStore) -> None:
    assert await store.of(new_id()) == HostSettings(Hosts.EVERYONE, Hosts.NOBODY)


async def test_the_last_decision_counts_and_only_for_him_who_made_it(store: HostSettingsStore) -> None:
    user, other = new_id(), new_id()
    await store.put(user, HostSettings(Hosts.NOBODY, Hosts.FOLLOWED))
    await store.put(user, HostSettings(Hosts.FOLLOWED, Hosts.EVERYONE))
    assert await store.of(user) == HostSettings(Hosts.FOLLOWED, Hosts.EVERYONE)
    assert await store.of(other) == HostSettings()


# Over HTTP


async def chooses(street: Street, side: Side, settings: HostSettings) -> None:
    await street.settings.put(side.host.user, settings)


async def test_settings_are_changed_and_shown(street: Street) -> None:
    user = street.blue.host.user
    defaults = {"invitations": "everyone", "auto_accept": "nobody"}
    assert (await street.get("/me/battle-settings", user)).json() == defaults
    body = {"invitations": "followed", "auto_accept": "everyone"}
    answer = await street.put("/me/battle-settings", user, body)
    assert (answer.status_code, answer.json()) == (200, body)
    assert (await street.get("/me/battle-settings", user)).json() == body
    assert (await street.get("/me/battle-settings", street.red.host.user)).json() == defaults
    assert (await street.get("/me/battle-settings")).status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"invitations": "everyone"}, {"invitations": "friends", "auto_accept": "nobody"}, "everyone"]
)
async def test_settings_of_another_form_are_refused(street: Street, body: object) -> None:
    answer = await street.put("/me/battle-settings", street.blue.host.user, body)
    assert refusal(answer) == (422, "malformed")


@pytest.mark.parametrize("followed", [False, True])
@pytest.mark.parametrize("invitations", list(Hosts))
async def test_an_invitation_reaches_whom_the_settings_let_it_reach(
    street: Street, invitations: Hosts, followed: bool
) -> None:
    await chooses(street, street.blue, HostSettings(invitations))
    if followed:
        street.people.followed.add((street.blue.host.user, street.red.host.user))
    street.people.followed.add((street.red.host.user, street.blue.host.user))  # that he is followed says nothing
    answer = await street.invite()
    if invitations is Hosts.EVERYONE or (invitations is Hosts.FOLLOWED and followed):
        assert answer.status_code == 201
        return
    assert refusal(answer) == (403, "invitations-closed")
    assert answer.json()["room"] == street.blue.host.room


async def test_the_settings_of_the_inviter_do_not_keep_him_from_inviting(street: Street) -> None:
    await chooses(street, street.red, HostSettings(Hosts.NOBODY))
    assert (await street.invite()).json()["phase"] == "invited"


@pytest.mark.parametrize("followed", [False, True])
@pytest.mark.parametrize("auto_accept", list(Hosts))
async def test_an_invitation_is_accepted_at_once_for_whom_the_settings_say(
    street: Street, auto_accept: Hosts, followed: bool
) -> None:
    await chooses(street, street.blue, HostSettings(Hosts.EVERYONE, auto_accept))
    if followed:
        street.people.followed.add((street.blue.host.user, street.red.host.user))
    body = (await street.invite()).json()
    at_once = auto_accept is Hosts.EVERYONE or (auto_accept is Hosts.FOLLOWED and followed)
    assert body["phase"] == ("preparing" if at_once else "invited")
    assert body["sides"][1]["members"][0]["accepted"] is at_once


async def test_of_several_each_decides_for_himself(street: Street) -> None:
    await chooses(street, street.blue, EVERYBODY)
    await chooses(street, street.green, HostSettings(Hosts.EVERYONE, Hosts.FOLLOWED))
    three = [[street.red], [street.blue], [street.green]]
    body = (await street.invite_to(three)).json()
    assert [side["members"][0]["accepted"] for side in body["sides"]] == [True, True, False]
    assert body["phase"] == "invited"
    answer = await street.post(f"/battles/{body['battle']}/accept", street.green.host.user)
    assert answer.json()["phase"] == "preparing"


async def test_one_who_is_closed_closes_the_invitation_of_all(street: Street) -> None:
    await chooses(street, street.blue, EVERYBODY)
    await chooses(street, street.green, HostSettings(Hosts.NOBODY, Hosts.EVERYONE))
    answer = await street.invite_to([[street.red], [street.blue], [street.green]])
    assert refusal(answer) == (403, "invitations-closed")
    assert await street.ring.open_ids() == []


@pytest.mark.parametrize("reason", ["blocked", "host-sanctioned", "host-offline", "host-busy", "client-too-old"])
async def test_what_refuses_an_invitation_refuses_it_although_it_would_be_accepted(street: Street, reason: str) -> None:
    await chooses(street, street.blue, EVERYBODY)
    match reason:
        case "blocked":
            street.people.blocked.add((street.blue.host.user, street.red.host.user))
        case "host-sanctioned":
            street.people.sanctioned.add(street.blue.host.user)
        case "host-offline":
            street.hosts.lose(street.blue.host.room)
        case "host-busy":
            other = {"opponent_room": street.blue.host.room}
            await street.post(f"/rooms/{street.green.host.room}/battles", street.green.host.user, other)
        case "client-too-old":
            await street.ring.note_client(street.blue.host.room, 0)
    answer = await street.invite()
    assert answer.json()["code"] == reason
    assert street.orders.count(("accept", street.blue.host.user, None)) == (1 if reason == "host-busy" else 0)


async def test_an_invitation_that_could_not_be_accepted_for_him_waits_for_the_host(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is left by a process that dies, or loses sight of the referee, after the invitation was opened."""
    await chooses(street, street.blue, EVERYBODY)
    command = street.command

    async def away(*order: object, **more: object) -> State:
        raise Unavailable

    monkeypatch.setattr(street, "command", away)
    body = (await street.invite()).json()
    assert body["phase"] == "invited"
    monkeypatch.setattr(street, "command", command)
    answer = await street.post(f"/battles/{body['battle']}/accept", street.blue.host.user)
    assert answer.json()["phase"] == "preparing"


async def test_who_changes_his_settings_without_end_is_told_when_he_may_again(street: Street) -> None:
    body = {"invitations": "nobody", "auto_accept": "nobody"}
    for _ in range(60):
        assert (await street.put("/me/battle-settings", street.red.host.user, body)).status_code == 200
    answer = await street.put("/me/battle-settings", street.red.host.user, {**body, "invitations": "everyone"})
    assert (*refusal(answer), answer.headers["Retry-After"]) == (429, "too-many", "1")
    assert (await street.get("/me/battle-settings", street.red.host.user)).json() == body
    assert (await street.put("/me/battle-settings", street.blue.host.user, body)).status_code == 200
    street.clock.advance(1_000)
    assert (await street.put("/me/battle-settings", street.red.host.user, body)).status_code == 200


# Blocks after the fact


async def test_a_block_in_the_middle_of_a_battle_does_not_end_it_but_its_rematch_is_refused(street: Street) -> None:
    red, blue = street.red.host, street.blue.host
    battle = (await street.invite()).json()["battle"]
    await street.post(f"/battles/{battle}/accept", blue.user)
    street.people.blocked.add((blue.user, red.user))
    assert (await street.get(f"/battles/{battle}")).json()["phase"] == "preparing"
    await street.celebrates(battle)
    answer = await street.post(f"/battles/{battle}/rematch", red.user)
    assert refusal(answer) == (403, "blocked")
    assert answer.json()["room"] == blue.room
    answer = await street.post(f"/battles/{battle}/rematch", blue.user)
    assert answer.status_code == 200, "he who blocks may ask the other one, as he may invite him"
    street.people.blocked.add((blue.user, street.green.host.user))
    assert refusal(await street.post(f"/battles/{battle}/rematch", street.green.host.user)) == (403, "not-your-move")
