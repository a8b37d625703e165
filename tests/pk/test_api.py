"""Battles as people meet them: over HTTP, with every refusal by its code."""

import pytest
from httpx2 import Response

from accounts.principal import Principal, Role
from foundation.errors import Refusal
from foundation.ids import new_id
from gifts.scoring import Tally
from pk.battle import Battle
from pk.clients import StudioHelloCommand
from pk.inputs import Surrender, Tallied
from pk.service import BattlePart
from pk.state import Contributor, Mixer, Phase, State
from pk.store import Change
from tests.pk.people import NOW, fighting, follows
from tests.pk.street import Street, refusal


async def test_an_invitation_is_answered_with_the_battle(street: Street) -> None:
    answer = await street.invite(duration_s=60)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["Location"] == f"/api/v1/battles/{body['battle']}"
    assert (body["phase"], body["duration_ms"], body["result"]) == ("invited", 60_000, None)
    assert body["phase_ends_at_ms"] == street.clock.now_ms() + 15_000
    assert [(side["side"], side["seat"], side["room"], side["score"]) for side in body["sides"]] == [
        ("red", 0, street.red.host.room, 0),
        ("blue", 1, street.blue.host.room, 0),
    ]
    assert body["sides"][1]["host"] == {"user": street.blue.host.user, "name": street.blue.host.name}


async def test_an_invitation_carries_the_badges_of_the_hosts(street: Street) -> None:
    battle = fighting(sides=(street.red, street.blue))
    battle.handle(Surrender(street.red.host.user), NOW + 1)
    await street.battles.insert(Change(battle.state, 0, 1), NOW)

    def decide(tally: Tally) -> State:
        settled = Battle(battle.state)
        settled.handle(Tallied(()), NOW + 2)
        return settled.state

    await street.battles.settle(battle.state.battle, battle.state.version, 1, decide)
    sides = (await street.invite()).json()["sides"]
    badges = [(each["rating"], each["streak"]) for side in sides for each in side["members"]]
    assert badges == [(1484, 0), (1516, 1)]


async def contributors(street: Street, battle: str) -> list[tuple[str, int]]:
    answer = await street.get(f"/battles/{battle}/contributors")
    return [(each["side"], each["score"]) for each in answer.json()["contributors"]]


async def test_who_gave_most_for_each_side_is_known_while_the_fight_goes_on(street: Street) -> None:
    state = fighting(sides=(street.red, street.blue)).state
    await street.battles.insert(Change(state, 0, 1), NOW)
    street.ledger.scores[state.battle] = {"red": 40, "blue": 30}
    assert await contributors(street, state.battle) == [("red", 40), ("blue", 30)]
    assert refusal(await street.get(f"/battles/{new_id()}/contributors")) == (404, "battle-unknown")


async def test_who_gave_most_is_what_the_result_says_once_there_is_one(street: Street) -> None:
    battle = fighting(sides=(street.red, street.blue))
    battle.handle(Surrender(street.red.host.user), NOW + 1)
    await street.battles.insert(Change(battle.state, 0, 1), NOW)
    street.ledger.scores[battle.state.battle] = {"red": 40, "blue": 30}

    def decide(tally: Tally) -> State:
        settled = Battle(battle.state)
        settled.handle(Tallied((("red", 40), ("blue", 30)), (Contributor("u", "Mina", "blue", 30),)), NOW + 2)
        return settled.state

    await street.battles.settle(battle.state.battle, battle.state.version, 1, decide)
    assert await contributors(street, battle.state.battle) == [("blue", 30)]


async def test_nobody_else_sees_who_contributes_to_an_invitation(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    stranger = await street.get(f"/battles/{battle}/contributors")
    assert refusal(stranger) == (404, "battle-unknown")


async def test_the_invited_host_accepts_over_http(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    answer = await street.post(f"/battles/{battle}/accept", street.blue.host.user)
    assert (answer.status_code, answer.json()["phase"]) == (200, "preparing")


async def test_inviting_oneself(street: Street) -> None:
    assert refusal(await street.invite(opponent_room=street.red.host.room)) == (409, "invite-self")


async def test_inviting_a_host_who_is_not_live(street: Street) -> None:
    street.hosts.lose(street.blue.host.room)
    answer = await street.invite()
    assert refusal(answer) == (409, "host-offline")
    assert answer.json()["room"] == street.blue.host.room


async def test_inviting_while_not_live_oneself(street: Street) -> None:
    street.hosts.lose(street.red.host.room)
    answer = await street.invite()
    assert refusal(answer) == (409, "host-offline")
    assert answer.json()["room"] == street.red.host.room


async def test_inviting_twice_and_inviting_the_invited(street: Street) -> None:
    await street.invite()
    assert refusal(await street.invite(opponent_room=street.green.host.room)) == (409, "host-busy")
    body = {"opponent_room": street.blue.host.room}
    answer = await street.post(f"/rooms/{street.green.host.room}/battles", street.green.host.user, body)
    assert refusal(answer) == (409, "host-busy")
    assert answer.json()["room"] == street.blue.host.room


async def test_a_sanctioned_host_cannot_invite(street: Street) -> None:
    street.people.sanctioned.add(street.red.host.user)
    assert refusal(await street.invite()) == (403, "sanctioned")


async def test_a_host_whom_a_sanction_keeps_from_being_live_cannot_be_invited(street: Street) -> None:
    street.people.sanctioned.add(street.blue.host.user)
    answer = await street.invite()
    assert refusal(answer) == (409, "host-sanctioned")
    assert answer.json()["room"] == street.blue.host.room


async def test_a_blocked_host_cannot_invite(street: Street) -> None:
    street.people.blocked.add((street.blue.host.user, street.red.host.user))
    assert refusal(await street.invite()) == (403, "blocked")


async def test_nobody_is_brought_together_with_whom_he_blocks(street: Street) -> None:
    street.people.blocked.add((street.green.host.user, street.blue.host.user))
    answer = await street.invite_to([[street.red], [street.blue], [street.green]])
    assert refusal(answer) == (403, "blocked")
    assert answer.json()["room"] == street.green.host.room


async def test_teams_are_invited_by_their_rooms(street: Street) -> None:
    answer = await street.invite_to([[street.red, street.green], [street.blue, street.yellow]])
    assert answer.status_code == 201
    sides = answer.json()["sides"]
    assert [(side["side"], side["seat"], side["room"]) for side in sides] == [
        ("red", 0, street.red.host.room),
        ("blue", 2, street.blue.host.room),
    ]
    members = [[(member["seat"], member["host"]["user"]) for member in side["members"]] for side in sides]
    assert members == [
        [(0, street.red.host.user), (1, street.green.host.user)],
        [(2, street.blue.host.user), (3, street.yellow.host.user)],
    ]
    battle = answer.json()["battle"]
    for side in (street.green, street.blue):
        answer = await street.post(f"/battles/{battle}/accept", side.host.user)
        assert answer.json()["phase"] == "invited"
    answer = await street.post(f"/battles/{battle}/accept", street.yellow.host.user)
    assert answer.json()["phase"] == "preparing"


async def test_an_old_page_is_not_invited_to_more_than_it_can_show(street: Street) -> None:
    three = [[street.red], [street.blue], [street.green]]
    await street.ring.note_client(street.blue.host.room, 1)
    answer = await street.invite_to(three)
    assert refusal(answer) == (409, "client-too-old")
    assert answer.json()["room"] == street.blue.host.room
    await street.ring.note_client(street.blue.host.room, 0)
    assert refusal(await street.invite()) == (409, "client-too-old")
    await street.ring.note_client(street.blue.host.room, 2)
    assert (await street.invite_to(three)).status_code == 201


async def test_a_page_that_says_nothing_is_of_the_time_of_duels(street: Street) -> None:
    street.silent(street.blue)
    assert refusal(await street.invite_to([[street.red], [street.blue], [street.green]])) == (409, "client-too-old")
    assert (await street.invite()).status_code == 201


async def test_a_studio_says_what_it_understands(street: Street) -> None:
    hello = StudioHelloCommand(street.hosts, street.ring)
    host, room = street.blue.host, street.blue.host.room
    blue = Principal(host.user, host.name, frozenset({Role.HOST}))
    assert await hello.handle(blue, room, {"battles": 1}) == {"again_s": 20}
    assert await street.ring.client_of(room) == 1
    with pytest.raises(Refusal) as refused:
        await hello.handle(blue, street.red.host.room, {"battles": 2})
    assert refused.value.code == "not-your-room"
    wrong: list[dict[str, object]] = [{}, {"battles": "two"}, {"battles": -1}, {"battles": 2, "more": 1}]
    for body in wrong:
        with pytest.raises(Refusal) as refused:
            await hello.handle(blue, room, body)
        assert refused.value.code == "malformed"


@pytest.mark.parametrize(
    "shape", ["none", "both", "one side", "five sides", "three in a side", "empty side", "not first"]
)
async def test_sides_of_another_form(street: Street, shape: str) -> None:
    red, blue, green = street.red.host.room, street.blue.host.room, street.green.host.room
    bodies: dict[str, dict[str, object]] = {
        "none": {},
        "both": {"opponent_room": blue, "sides": [[red], [blue]]},
        "one side": {"sides": [[red]]},
        "five sides": {"sides": [[red], [blue], [green], [new_id()], [new_id()]]},
        "three in a side": {"sides": [[red, blue, green], [new_id()]]},
        "empty side": {"sides": [[red], []]},
        "not first": {"sides": [[blue], [red]]},
    }
    answer = await street.post(f"/rooms/{red}/battles", street.red.host.user, bodies[shape])
    assert refusal(answer) == (422, "malformed")


async def test_nobody_is_on_the_stage_twice(street: Street) -> None:
    assert refusal(await street.invite_to([[street.red], [street.blue, street.blue]])) == (409, "invite-self")


async def test_an_opponent_is_muted_over_http(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    await street.post(f"/battles/{battle}/accept", street.blue.host.user)
    red, blue = street.red.host, street.blue.host

    def heard(answer: Response) -> list[list[str]]:
        assert answer.status_code == 200
        return [side["members"][0]["muted"] for side in answer.json()["sides"]]

    assert heard(await street.post(f"/battles/{battle}/mute", red.user)) == [[blue.user], []]
    assert heard(await street.post(f"/battles/{battle}/unmute", red.user, {"user": blue.user})) == [[], []]
    answer = await street.post(f"/battles/{battle}/mute", red.user, {"user": red.user})
    assert refusal(answer) == (422, "not-an-opponent")
    answer = await street.post(f"/battles/{battle}/mute", street.green.host.user)
    assert refusal(answer) == (403, "not-your-move")
    assert refusal(await street.post(f"/battles/{battle}/mute", red.user, {"room": "x"})) == (422, "malformed")


async def test_too_many_invitations_say_when_to_come_back(street: Street) -> None:
    for _ in range(3):
        battle = (await street.invite()).json()["battle"]
        copy = await street.ring.copy(battle)
        assert copy is not None
        await street.ring.release(copy.state)
    answer = await street.invite()
    assert refusal(answer) == (429, "too-frequent")
    assert int(answer.headers["Retry-After"]) > 0


async def test_inviting_for_another_hosts_room(street: Street) -> None:
    body = {"opponent_room": street.blue.host.room}
    answer = await street.post(f"/rooms/{street.red.host.room}/battles", street.green.host.user, body)
    assert refusal(answer) == (403, "not-your-room")


@pytest.mark.parametrize("room", [new_id(), "x" * 26], ids=["unknown", "malformed"])
async def test_inviting_a_room_that_does_not_exist(street: Street, room: str) -> None:
    assert refusal(await street.invite(opponent_room=room)) == (404, "room-unknown")


@pytest.mark.parametrize(
    "changes", [{"duration_s": 0}, {"duration_s": -5}, {"duration_s": "long"}, {"opponent_room": 7}, {"prize": 1}]
)
async def test_a_malformed_invitation(street: Street, changes: dict[str, object]) -> None:
    assert refusal(await street.invite(**changes)) == (422, "malformed")


async def test_a_duration_that_is_not_offered(street: Street) -> None:
    answer = await street.invite(duration_s=61)
    assert refusal(answer) == (422, "fight-not-offered")
    assert answer.json()["offered_s"] == [60, 180, 300, 600]


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_only_the_invited_host_may_answer(street: Street, verb: str) -> None:
    battle = (await street.invite()).json()["battle"]
    for host in (street.red, street.green):
        assert refusal(await street.post(f"/battles/{battle}/{verb}", host.host.user)) == (403, "not-your-move")


async def test_a_command_in_the_wrong_phase_tells_the_phase(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    answer = await street.post(f"/battles/{battle}/surrender", street.red.host.user)
    assert refusal(answer) == (409, "out-of-phase")
    assert answer.json()["phase"] == "invited"


async def test_a_verb_that_does_not_exist(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    assert (await street.post(f"/battles/{battle}/cheat", street.red.host.user)).status_code == 422
    assert (await street.post(f"/battles/{battle}/operator-end", street.red.host.user)).status_code == 422


async def test_without_a_token_nobody_commands(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    assert (await street.client.post(f"/api/v1/battles/{battle}/accept")).status_code == 401


async def test_an_invitation_is_seen_by_its_hosts_only(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    for reader in (None, street.green.host.user):
        assert refusal(await street.get(f"/battles/{battle}", reader)) == (404, "battle-unknown")
        assert (await street.get(f"/rooms/{street.blue.host.room}/battle", reader)).json() is None
    for host in (street.red, street.blue):
        assert (await street.get(f"/battles/{battle}", host.host.user)).json()["phase"] == "invited"
        assert (await street.get(f"/rooms/{street.blue.host.room}/battle", host.host.user)).json()["battle"] == battle


async def test_a_late_joiner_gets_the_battle_with_its_live_scores(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    copy = await street.ring.copy(battle)
    assert copy is not None
    now_ms = street.clock.now_ms()
    fought = follows(
        copy.state, phase=Phase.FIGHTING, mixer=Mixer.UP, starts_at_ms=now_ms, ends_at_ms=now_ms + 1, phase_ends_at_ms=9
    )
    await street.ring.show(fought, 1, "here")
    street.ledger.scores[battle] = {"red": 3, "blue": 8}
    part = await BattlePart(street.service).part(street.red.host.room, None)
    assert isinstance(part, dict)
    assert [side["score"] for side in part["sides"]] == [3, 8]
    assert part["phase"] == "fighting"
    assert await BattlePart(street.service).part(street.green.host.room, None) is None


async def test_a_battle_nobody_knows(street: Street) -> None:
    assert refusal(await street.get(f"/battles/{new_id()}")) == (404, "battle-unknown")
    assert refusal(await street.get("/battles/short")) == (422, "malformed")


async def test_ops_list_and_end_battles_with_a_reason(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    listed = (await street.get("/admin/battles", "ops:admin")).json()["battles"]
    assert [each["battle"] for each in listed] == [battle]
    answer = await street.post(f"/admin/battles/{battle}/end", "ops:admin", {"reason": "too loud"})
    assert (answer.json()["phase"], answer.json()["reason"], answer.json()["operator"]) == ("ended", "operator", "ops")
    assert street.orders == [("operator-end", "ops", "too loud")]


async def test_only_admins_end_the_battles_of_others(street: Street) -> None:
    battle = (await street.invite()).json()["battle"]
    for token in (street.red.host.user, "mod:moderator"):
        assert (await street.get("/admin/battles", token)).status_code == 403
        answer = await street.post(f"/admin/battles/{battle}/end", token, {"reason": "no"})
        assert answer.status_code == 403
    assert (await street.post(f"/admin/battles/{battle}/end", "ops:admin", {})).status_code == 422
