"""PURE: whether a battle ended right, from what was seen of it: complaints, none when everything is right.

The score is added up here once more, from the stamps in the gift rows and the rules alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from bench.proof.ears import Told
from bench.proof.evidence import Answer, Evidence, Row, Scores
from bench.proof.plan import Plan
from pk.rules import BattleRules

ON_TIME_MS = 1_000
SETTLED_MS = 2_000
# Of the owner's death: its lease runs out (2.5 s), its successor starts (2 s) and settles (2 s).
TAKE_OVER_MS = 8_000
FALLEN_BACK_MS = 500
COMPOSITE_AGAIN_MS = 3_000
HUNG_MS = 2_000  # without a picture for so long a mixer counts as hung
STEADY_MS = 1_500  # before and after the mixer's death a host must have published for so long to be judged
SHAKEN_MS = 5_000  # after a kill what is shown may be behind for so long
FORGOTTEN_MS = {"scores": 2_000, "audience": 6_000}  # after FLUSHALL, else RESTORED_MS; heartbeats bring the audience
RESTORED = ("scores", "bookings", "copy", "presence", "stage", "nodes", "leases", "audience")
RESTORED_MS = 2_000
SIDES = ("red", "blue")
_LATEST = ("battle.changed", "battle.score", "snapshot")  # may be merged, or come for one room only
_END_OF_FIGHT = "battle.settling"
_UNSHAKEN = (None, "media", "flush")  # what is killed, or made to forget, carries no messages
_OVER = ("battle.settled", "battle.ended")


@dataclass
class Verdict:
    """``figures`` are milliseconds by name, worst of both rooms."""

    complaints: list[str]
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return not self.complaints


def judge(found: Evidence, rules: BattleRules, cameras: tuple[str, str], composite: str) -> Verdict:
    """``cameras`` and ``composite``: how the pictures of both hosts and of the battle are called."""
    verdict = Verdict([])
    expected = summed(found, rules)
    for check in (_time, _settled_once, _wishes, _shown_in_the_quiet, _told_the_same, _left_behind, _restored):
        verdict.complaints += check(found, rules, expected)
    verdict.complaints += _ledger(found, rules, expected)
    verdict.complaints += _pictures(found, cameras, composite, verdict.figures)
    verdict.figures["settled_ms"] = _settled_ms(found)
    if "scores" in found.restored_ms:
        verdict.figures["restored_ms"] = found.restored_ms["scores"]
    return verdict


def summed(found: Evidence, rules: BattleRules) -> Scores:
    """What the sides have by the rules: gifts to a host with a stamp in the fight, twice in the last rush."""
    scores = dict.fromkeys(SIDES, 0)
    for row in found.rows:
        scores[_side(found, row)] += row.coins * _multiplier(found, rules, row)
    return scores


def _side(found: Evidence, row: Row) -> str:
    return SIDES[found.hosts.index(row.recipient)]


def _multiplier(found: Evidence, rules: BattleRules, row: Row) -> int:
    if not found.starts_at_ms <= row.at_ms < found.ends_at_ms:
        return 0
    return rules.rush_multiplier if row.at_ms >= found.ends_at_ms - rules.rush_ms else 1


def _settled_ms(found: Evidence) -> int:
    return int(found.results[0]["settled_at_ms"]) - found.ends_at_ms if found.results else -1


def _time(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    final = found.final
    if final.get("phase") != "ended" or final.get("reason") != "time":
        yield f"it has not ended by itself: {final.get('phase')}, {final.get('reason')}"
    if abs(found.ends_at_ms - found.starts_at_ms - found.plan.fight_ms) > ON_TIME_MS:
        yield f"it was to last {found.ends_at_ms - found.starts_at_ms} ms"
    if (final.get("starts_at_ms"), final.get("ends_at_ms")) != (found.starts_at_ms, found.ends_at_ms):
        yield f"it was moved to {final.get('starts_at_ms')}, {final.get('ends_at_ms')}"
    told = [each.at_s * 1000 - found.ends_at_ms for room in found.told for each in room if each.type == _END_OF_FIGHT]
    if found.plan.kill in _UNSHAKEN and not (told and 0 <= min(told) <= max(told) <= ON_TIME_MS):
        yield f"the rooms were told of its end after {told} ms"
    late, allowed_ms = _settled_ms(found), SETTLED_MS
    if found.killed_s is not None:
        allowed_ms = max(allowed_ms, round(found.killed_s * 1000) + TAKE_OVER_MS - found.ends_at_ms)
    if not 0 <= late <= allowed_ms:
        yield f"settled {late} ms after the end, {allowed_ms} allowed"


def _settled_once(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    if len(found.results) != 1:
        yield f"{len(found.results)} results"
        return
    (result,) = found.results
    scores = orjson.loads(result["scores"])
    best = max(expected.values())
    leaders = [side for side in SIDES if expected[side] == best]
    winner = leaders[0] if len(leaders) == 1 and best >= rules.minimum_score else None
    if scores != expected:
        yield f"the result says {scores}, the ledger {expected}"
    if result["winner"] != winner:
        yield f"{result['winner']} has won instead of {winner}"
    if result["gifts"] != sum(row.battle == found.battle for row in found.rows):
        yield f"{result['gifts']} gifts in the result"
    said = [each.body["result"] for room in found.told for each in room if each.type in _OVER]
    for each in [*said, found.final.get("result")]:
        if each is None or each["scores"] != expected or each["winner"] != winner:
            yield f"a room was told another result: {each}"


def _wishes(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    """Each is in the ledger once, as its answer says, with the score of its stamp."""
    by_key = {row.key: row for row in found.rows}
    if len(by_key) != len(found.rows):
        yield "a key was charged more than once"
    refused = Counter(each.status for each in found.answers if each.status != 201 and not _too_late(found, each))
    if refused:
        yield f"wishes without a gift, by status: {dict(refused)}"
    for answer in found.answers:
        row = by_key.pop(answer.key, None)
        if answer.status == 201 and (row is None or _as_answered(row) != _answered(answer.body)):
            yield f"{answer.key} was answered {answer.body} and is {row}"
    if by_key and not refused:
        yield f"gifts that nobody wished: {sorted(by_key)}"
    for row in found.rows:
        multiplier = _multiplier(found, rules, row)
        scored = (row.battle, row.side, row.multiplier, row.score)
        right = (found.battle, _side(found, row), multiplier, row.coins * multiplier)
        if scored != (right if multiplier else (None, None, 1, 0)):
            yield f"a gift at {row.at_ms - found.starts_at_ms} ms scored {scored}"


def _too_late(found: Evidence, answer: Answer) -> bool:
    """Who has no answer before the battle is over, because api was killed, finds the opponent gone from the stage."""
    over = answer.answered_s * 1000 > found.ends_at_ms + SETTLED_MS
    return over and found.plan.kill is not None and answer.body.get("code") == "recipient-unknown"


def _as_answered(row: Row) -> tuple[object, ...]:
    return row.id, row.coins, row.battle, row.side, row.score if row.battle else None, row.at_ms


def _answered(body: dict[str, object]) -> tuple[object, ...]:
    return tuple(body[name] for name in ("gift_id", "coins", "battle", "side", "score", "accepted_at_ms"))


def _shown_in_the_quiet(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    """In a moment in which nobody gives, feeds and Redis show what the ledger has; after the end Redis still does."""
    of_row = {row.id: row for row in found.rows}
    for look in found.looks:
        if found.killed_s is not None and 0 <= (look.at_s - found.killed_s) * 1000 < _shaken_ms(found):
            continue
        scores = dict.fromkeys(SIDES, 0)
        for gift in look.acknowledged:
            scores[_side(found, of_row[gift])] += of_row[gift].score
        for name, each in (("red's room", look.feeds[0]), ("blue's room", look.feeds[1]), ("redis", look.board)):
            if each != scores:
                yield f"{name} showed {each} at {look.at_s * 1000 - found.starts_at_ms:.0f} ms, the ledger had {scores}"
    if found.board != expected:
        yield f"redis shows {found.board} after the end, the ledger has {expected}"


def _shaken_ms(found: Evidence) -> int:
    return FORGOTTEN_MS["scores"] if found.plan.kill == "flush" else SHAKEN_MS


def _restored(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    """Nothing of it is asked for when the battle was over before it could come back."""
    if found.plan.kill != "flush" or found.plan.killed_ms + SHAKEN_MS > found.plan.fight_ms:
        return
    for name in RESTORED:
        taken, allowed = found.restored_ms.get(name), FORGOTTEN_MS.get(name, RESTORED_MS)
        if taken is None or taken > allowed:
            yield f"{name} came back after {'a long time' if taken is None else f'{taken:.0f} ms'}, {allowed} allowed"


def _told_the_same(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    """Both rooms hear of the battle in one order, and of its gifts in one order; scores never fall."""
    battle = [[_event(each) for each in room if each.type.startswith("battle.")] for room in found.told]
    orders = [[each for each in room if each[0] not in _LATEST] for room in battle]
    gifts = [[each.body["id"] for each in room if each.type == "gift.sent"] for room in found.told]
    unshaken = found.plan.kill in _UNSHAKEN
    if unshaken and orders[0] != orders[1]:
        yield f"the rooms were told {orders[0]} and {orders[1]}"
    if unshaken and gifts[0] != gifts[1]:
        yield f"the rooms saw gifts in two orders: {gifts[0]} and {gifts[1]}"
    if unshaken and sorted(gifts[0]) != sorted(row.id for row in found.rows if row.battle):
        yield f"{len(gifts[0])} gifts were shown, some twice or never"
    for name, room in zip(SIDES, found.told, strict=True):
        last = dict.fromkeys(SIDES, 0)
        for each in room:
            if each.type == "gift.sent":
                continue
            scores = {side["side"]: side["score"] for side in each.body["sides"]}
            if each.body["phase"] == "fighting" and any(scores[side] < last[side] for side in SIDES):
                yield f"in {name}'s room the score fell from {last} to {scores}"
            last = scores
        ended = any(each.type == "battle.ended" for each in room)
        if not ended and found.empty_s[SIDES.index(name)] * 1000 < found.ends_at_ms:
            yield f"{name}'s room was not told of the end"


def _event(told: Told) -> tuple[str, int]:
    return told.type, told.body["version"]


def _left_behind(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    if found.mixers_left:
        yield f"{found.mixers_left} mixers are left"


def _ledger(found: Evidence, rules: BattleRules, expected: Scores) -> Iterator[str]:
    if not found.ledger_holds:
        yield f"the ledger does not hold:\n{found.ledger}"


def _pictures(found: Evidence, cameras: tuple[str, str], composite: str, figures: dict[str, float]) -> Iterator[str]:
    for host, (name, own, shown) in enumerate(zip(SIDES, cameras, found.shown, strict=True)):
        if not any(size == composite for _, size in shown):
            yield f"{name}'s room never saw the composite"
        if not shown or shown[-1][1] != own:
            yield f"{name}'s room shows {shown[-1] if shown else None} at last, not its own camera"
        if strange := {size for _, size in shown} & (set(cameras) - {own}):
            yield f"{name}'s room showed the other's camera: {strange}"
        if found.mixer_killed_s is not None:
            yield from _after_the_mixer(found, host, own, composite, figures)


def _after_the_mixer(found: Evidence, host: int, own: str, composite: str, figures: dict[str, float]) -> Iterator[str]:
    assert found.mixer_killed_s is not None and found.plan.mixer_killed_ms is not None
    killed_s, killed_ms = found.mixer_killed_s, found.plan.mixer_killed_ms
    after = [(at_s, size) for at_s, size in found.shown[host] if at_s >= killed_s]
    limit_ms, name = COMPOSITE_AGAIN_MS, "composite_ms"
    if found.plan.mixer_hangs:
        limit_ms, name = HUNG_MS + COMPOSITE_AGAIN_MS, "hung_composite_ms"
    soon = killed_s + limit_ms / 1000
    away = next((at_s for at_s, size in after if size != composite and at_s < soon), None)
    again = next((at_s for at_s, size in after if size == composite), None)
    steady = _steady(found.plan, host, killed_ms)
    if steady:
        camera = next((at_s for at_s, size in after if size == own), None)
        _keep_worst(figures, "camera_ms", camera, killed_s)
        if camera is None or (camera - killed_s) * 1000 > FALLEN_BACK_MS:
            yield f"{SIDES[host]}'s room was on its own camera after {_ms(camera, killed_s)} ms"
    if away is None and steady:
        yield f"{SIDES[host]}'s room did not notice that the mixer died"
    if away is not None:
        _keep_worst(figures, name, again, killed_s)
        if again is None or (again - killed_s) * 1000 > limit_ms:
            yield f"{SIDES[host]}'s room had the composite again after {_ms(again, killed_s)} ms"


def _steady(plan: Plan, host: int, killed_ms: int) -> bool:
    return plan.publishes(host, killed_ms - STEADY_MS, killed_ms + STEADY_MS)


def _ms(at_s: float | None, since_s: float) -> str:
    return "no" if at_s is None else f"{(at_s - since_s) * 1000:.0f}"


def _keep_worst(figures: dict[str, float], name: str, at_s: float | None, since_s: float) -> None:
    if at_s is not None:
        figures[name] = max(figures.get(name, 0.0), (at_s - since_s) * 1000)
