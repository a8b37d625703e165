"""States that were saved by an earlier version are gone on from."""

import orjson

from pk.inputs import MemberLost, Surrender, Tallied
from pk.saved import dump, load
from pk.state import State
from tests.pk.people import ANNA, NOW, TEAMS, fighting


def former(state: State) -> bytes:
    """``state`` as it was written when a side was one host."""
    document = orjson.loads(dump(state))
    sides = {member["room"]: side["side"] for side in document["sides"] for member in side["members"]}
    document["sides"] = [
        {
            "side": side["side"],
            "seat": member["seat"],
            "room": member["room"],
            "host_user": member["user"],
            "host_name": member["name"],
        }
        for side in document["sides"]
        for member in side["members"]
    ]
    document["away"] = [{"side": sides[each["room"]], "since_ms": each["since_ms"]} for each in document["away"]]
    document["out"] = [{"side": sides[each["room"]], "reason": each["reason"]} for each in document.pop("fallen")]
    document["gone"] = [sides[room] for room in document["gone"]]
    for new in ("stage", "accepted", "ready", "mutes", "rematch", "previous", "successor", "mixer_attempt"):
        del document[new]
    return orjson.dumps(document)


def test_a_battle_that_was_saved_with_one_host_a_side_goes_on() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 1)
    read = load(former(battle.state))
    assert (read.sides, read.away, read.stage) == (battle.state.sides, battle.state.away, battle.state.battle)
    battle.handle(Surrender(ANNA.host.user), NOW + 2)
    battle.handle(Tallied((("blue", 1),)), NOW + 3)
    read = load(former(battle.state).decode())
    assert (read.result, read.standing, read.fallen) == (battle.state.result, ("blue",), battle.state.fallen)


def test_a_battle_of_teams_survives_its_json() -> None:
    state = fighting(sides=TEAMS).state
    assert load(dump(state)) == state


def test_a_battle_that_was_saved_without_badges_goes_on_with_the_first_ones() -> None:
    battle = fighting()
    battle.handle(Surrender(ANNA.host.user), NOW + 1)
    battle.handle(Tallied((("blue", 1),)), NOW + 2)
    document = orjson.loads(dump(battle.state))
    for side in document["sides"]:
        for member in side["members"]:
            del member["rating"], member["streak"]
    del document["result"]["ratings"]
    read = load(orjson.dumps(document))
    assert read == battle.state
    assert [(member.rating, member.streak) for member in read.members] == [(1500, 0)] * 2
    assert read.result is not None and read.result.ratings == ()
