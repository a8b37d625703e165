"""Where a viewer of a program is placed."""

from streaming.placement import CROWD_ROOMS_MAX, Candidate, PlacementRules, place, read_crowds, write_crowds

RULES = PlacementRules(room_viewers=100, load=0.8)


def test_viewers_are_at_home_while_that_has_room() -> None:
    home = Candidate("home", 0.5, 99)
    assert place(home, [Candidate("idle", 0.0)], RULES) is home
    assert place(Candidate("home", 0.1), [Candidate("idle", 0.0)], RULES).url == "home"


def test_a_crowded_room_gets_a_relay_on_the_least_loaded_other_worker() -> None:
    others = [Candidate("busy", 0.4), Candidate("idle", 0.1)]
    assert place(Candidate("home", 0.3, 100), others, RULES).url == "idle"
    assert place(Candidate("home", 0.8, 3), others, RULES).url == "idle", "a worker near its limit, too"


def test_a_relay_that_is_there_is_filled_before_a_new_one_is_made() -> None:
    home = Candidate("home", 0.3, 100)
    assert place(home, [Candidate("idle", 0.0), Candidate("relay", 0.5, 20)], RULES).url == "relay"
    assert place(home, [Candidate("idle", 0.0), Candidate("relay", 0.5, 100)], RULES).url == "idle"


def test_the_least_loaded_of_home_and_relays_is_taken_and_home_when_they_are_alike() -> None:
    home = Candidate("home", 0.34, 50)
    assert place(home, [Candidate("relay", 0.31, 10)], RULES) is home
    assert place(home, [Candidate("relay", 0.1, 10)], RULES).url == "relay"


def test_when_everybody_is_near_the_limit_the_best_of_those_who_carry_the_room_is_taken() -> None:
    home = Candidate("home", 0.9, 100)
    assert place(home, [], RULES) is home
    assert place(home, [Candidate("full", 0.95), Candidate("relay", 0.85, 400)], RULES).url == "relay"


def test_announced_crowds_are_read_as_they_were_written_the_largest_first() -> None:
    assert read_crowds(write_crowds({"a": 1, "b": 20})) == {"a": 1, "b": 20}
    assert read_crowds(write_crowds({})) == {}
    many = {f"room{number:03}": number for number in range(200)}
    told = read_crowds(write_crowds(many))
    assert len(told) == CROWD_ROOMS_MAX and min(told.values()) == 200 - CROWD_ROOMS_MAX
