"""The judge of ``make prove-battles`` complains of everything that may be wrong, and of nothing that is right."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from bench.proof.ears import Told
from bench.proof.evidence import Answer, Evidence, Look, Row
from bench.proof.judge import judge, summed
from bench.proof.plan import ABSENCES, GIFTS, KILLS, Absence, Plan, Wish, plan
from pk.rules import BattleRules

RULES = BattleRules(fight_ms=30_000)
START = 1_700_000_000_000
END = START + 30_000
HOSTS = ["ruby", "sapphire"]
CAMERAS, COMPOSITE = ("192x320", "208x320"), "360x320"
KILLED_S = (START + 5_000) / 1000
WISH = Wish(0, 0, 0, None, "rose", 1, False)


def row(number: int, at_ms: int, recipient: str = "ruby", coins: int = 10) -> Row:
    """A gift as the ledger should have it."""
    multiplier = 0 if not START <= at_ms < END else 2 if at_ms >= END - RULES.rush_ms else 1
    side = ("red", "blue")[HOSTS.index(recipient)]
    if not multiplier:
        return Row(f"g{number}", f"k{number}", recipient, coins, 1, 0, None, None, at_ms)
    return Row(f"g{number}", f"k{number}", recipient, coins, multiplier, coins * multiplier, "b", side, at_ms)


ROWS = [row(1, START), row(2, END - 10_001, "sapphire"), row(3, END - 10_000), row(4, END - 1), row(5, END, coins=900)]
SCORES = {"red": 50, "blue": 10}


def body(phase: str, version: int, scores: dict[str, int], **more: object) -> dict[str, object]:
    sides = [{"side": side, "score": score} for side, score in scores.items()]
    result = {"winner": "red", "scores": SCORES} if phase in ("victory", "ended") else None
    times = {"starts_at_ms": START, "ends_at_ms": END}
    return {"battle": "b", "phase": phase, "version": version, "sides": sides, "result": result, **times, **more}


def told() -> list[Told]:
    gifts = [Told(0, "gift.sent", {"id": each.id, "battle": "b"}) for each in ROWS if each.battle]
    return [
        Told(0, "battle.started", body("fighting", 3, {"red": 0, "blue": 0})),
        *gifts,
        Told(0, "battle.score", body("fighting", 3, SCORES)),
        Told(END / 1000 + 0.05, "battle.settling", body("settling", 4, SCORES)),
        Told(0, "battle.settled", body("victory", 5, SCORES)),
        Told(0, "battle.ended", body("ended", 6, SCORES)),
    ]


def right() -> Evidence:
    happens = Plan(1, 30_000, (), (), mixer_killed_ms=5_000)
    return Evidence(
        happens,
        "b",
        HOSTS,
        starts_at_ms=START,
        ends_at_ms=END,
        final=body("ended", 6, SCORES, reason="time"),
        answers=[Answer(WISH, each.key, 201, answer(each), 0, 0, 1) for each in ROWS],
        looks=[Look(START / 1000 + 29.9, [SCORES, SCORES], SCORES, [each.id for each in ROWS if each.battle])],
        rows=list(ROWS),
        results=[
            {
                "winner": "red",
                "reason": "score",
                "scores": orjson.dumps(SCORES),
                "gifts": 4,
                "settled_at_ms": END + 30,
            }
        ],
        board=SCORES,
        told=[told(), told()],
        empty_s=[START / 1000, START / 1000],
        shown=[_shown(camera) for camera in CAMERAS],
        mixer_killed_s=KILLED_S,
        ledger_holds=True,
    )


def _shown(camera: str) -> list[tuple[float, str]]:
    start_s = START / 1000
    again = [(KILLED_S + 0.1, camera), (KILLED_S + 1.0, COMPOSITE)]
    return [(start_s - 5, camera), (start_s, COMPOSITE), *again, (END / 1000 + 2, camera)]


def answer(each: Row) -> dict[str, object]:
    given = {"gift_id": each.id, "coins": each.coins, "battle": each.battle, "side": each.side}
    return {**given, "score": each.score if each.battle else None, "accepted_at_ms": each.at_ms}


def test_a_right_battle_gives_no_complaint_and_its_figures() -> None:
    verdict = judge(right(), RULES, CAMERAS, COMPOSITE)
    assert verdict.complaints == []
    assert {name: round(value) for name, value in verdict.figures.items()} == {
        "camera_ms": 100,
        "composite_ms": 1000,
        "settled_ms": 30,
    }


def test_the_sum_is_made_from_stamps_and_rules_and_believes_no_score_of_a_row() -> None:
    found = right()
    found.rows = [replace(each, multiplier=7, score=777, side="green") for each in ROWS]
    assert summed(found, RULES) == SCORES


def _result(**what: object) -> Callable[[Evidence], object]:
    return lambda found: found.results[0].update(what)


def _set(**what: object) -> Callable[[Evidence], object]:
    return lambda found: vars(found).update(what)


def _row_becomes(place: int, each: Row) -> Callable[[Evidence], object]:
    return lambda found: found.rows.__setitem__(place, each)


WRONGS: dict[str, Callable[[Evidence], object]] = {
    "ended otherwise": lambda found: found.final.update(reason="operator"),
    "still fighting": lambda found: found.final.update(phase="fighting"),
    "too long a fight": _set(ends_at_ms=END + 1_500),
    "told of its end late": lambda found: found.told[1].__setitem__(6, replace(found.told[1][6], at_s=END / 1000 + 2)),
    "settled late": _result(settled_at_ms=END + 2_001),
    "settled early": _result(settled_at_ms=END - 1),
    "no result": lambda found: found.results.clear(),
    "two results": lambda found: found.results.append(dict(found.results[0])),
    "another result": _result(scores=orjson.dumps({"red": 40, "blue": 10})),
    "another winner": _result(winner="blue"),
    "another number of gifts": _result(gifts=5),
    "a room told another result": lambda found: found.told[1][-1].body.update(result={"winner": None, "scores": {}}),
    "a gift lost": lambda found: found.rows.pop(),
    "a gift twice": lambda found: found.rows.append(replace(ROWS[0], id="g9")),
    "a late gift that scored": _row_becomes(4, replace(ROWS[4], battle="b", side="red", score=900)),
    "a rush without its multiplier": _row_becomes(2, replace(ROWS[2], multiplier=1, score=10)),
    "a wish refused": lambda found: found.answers.append(Answer(WISH, "k9", 409, {}, 0, 0, 1)),
    "an answer that is not the row": lambda found: found.answers[0].body.update(score=11),
    "a feed behind": lambda found: found.looks[0].feeds.__setitem__(1, {"red": 30, "blue": 10}),
    "Redis behind": _set(board={"red": 30, "blue": 10}),
    "Redis empty": _set(board=None),
    "another order": lambda found: found.told[0].insert(0, found.told[0].pop(-1)),
    "gifts in another order": lambda found: found.told[0].insert(1, found.told[0].pop(2)),
    "a gift not shown": lambda found: [room.pop(1) for room in found.told],
    "a score that fell": lambda found: found.told[0].insert(
        6, Told(0, "battle.score", body("fighting", 3, {"red": 1, "blue": 1}))
    ),
    "no word of the end": lambda found: [room.pop() for room in found.told],
    "a mixer left": _set(mixers_left=1),
    "a ledger that does not hold": _set(ledger_holds=False),
    "no composite": lambda found: found.shown.__setitem__(0, [(0.0, CAMERAS[0])]),
    "not back on the camera": lambda found: found.shown[1].pop(),
    "the other's camera": lambda found: found.shown[0].insert(1, (0.0, CAMERAS[1])),
    "a late camera": lambda found: found.shown[0].__setitem__(2, (KILLED_S + 0.6, CAMERAS[0])),
    "a late composite": lambda found: found.shown[0].__setitem__(3, (KILLED_S + 3.1, COMPOSITE)),
    "a frozen composite": lambda found: found.shown.__setitem__(0, [found.shown[0][1], found.shown[0][4]]),
}


def test_who_was_not_answered_before_the_end_may_find_the_opponent_gone_but_never_without_a_kill() -> None:
    found = right()
    found.answers.append(Answer(WISH, "k9", 422, {"code": "recipient-unknown"}, END / 1000, END / 1000 + 3, 9))
    assert not judge(found, RULES, CAMERAS, COMPOSITE).right
    found.plan, found.mixer_killed_s = replace(found.plan, mixer_killed_ms=None, kill="api"), None
    assert judge(found, RULES, CAMERAS, COMPOSITE).right


def test_a_room_whose_host_was_away_may_keep_its_picture_until_the_next_mixer_is_there() -> None:
    found = right()
    found.plan = replace(found.plan, absences=(Absence(0, 3_000, 9_000, False),))
    found.shown[0] = [found.shown[0][1], found.shown[0][4]]
    assert judge(found, RULES, CAMERAS, COMPOSITE).right


@pytest.mark.parametrize(("again_s", "right_so"), [(3.1, True), (4.9, True), (5.1, False)])
def test_a_mixer_that_hangs_is_replaced_two_seconds_later_than_one_that_dies(again_s: float, right_so: bool) -> None:
    found = right()
    found.plan = replace(found.plan, mixer_hangs=True)
    for shown in found.shown:
        shown[3] = (KILLED_S + again_s, COMPOSITE)
    verdict = judge(found, RULES, CAMERAS, COMPOSITE)
    assert verdict.right == right_so
    assert "composite_ms" not in verdict.figures and round(verdict.figures["hung_composite_ms"]) == again_s * 1000


@pytest.mark.parametrize("wrong", WRONGS)
def test_whatever_is_wrong_is_complained_of(wrong: str) -> None:
    found = right()
    WRONGS[wrong](found)
    assert judge(found, RULES, CAMERAS, COMPOSITE).complaints


@pytest.mark.parametrize("kill", [None, *KILLS])
def test_a_seed_gives_one_plan_with_everything_in_it(kill: str | None) -> None:
    for seed in range(50):
        happens = plan(seed, 30_000, RULES.rush_ms, kill)
        assert happens == plan(seed, 30_000, RULES.rush_ms, kill) != plan(seed + 1, 30_000, RULES.rush_ms, kill)
        assert len(happens.wishes) == GIFTS and len(happens.absences) == ABSENCES
        at = [wish.at_ms for wish in happens.wishes]
        assert sum(29_500 <= each < 30_000 for each in at) > 5 and sum(each >= 30_000 for each in at) > 5
        assert not any(begins <= each < ends for each in at for begins, ends in happens.quiet)
        for absence in happens.absences:
            assert 0 <= absence.at_ms < absence.back_ms <= 30_000
        assert (happens.mixer_killed_ms is None) == (kill is not None)
    assert {plan(seed, 30_000, RULES.rush_ms).mixer_hangs for seed in range(50)} == {True, False}


def test_a_kill_comes_at_any_moment_of_the_fight_and_often_near_its_end() -> None:
    killed = [plan(seed, 30_000, RULES.rush_ms, "control").killed_ms for seed in range(200)]
    assert min(killed) < 2_000 and max(killed) > 30_000
    assert sum(29_000 <= each <= 30_500 for each in killed) > 40
