"""Hosts, rooms and states for tests."""

from dataclasses import replace

from foundation.ids import new_id
from pk.battle import Battle, invite
from pk.inputs import Accept, MixerUp, TimeUp
from pk.rules import BattleRules
from pk.state import SIDES, Member, Side, State

RULES = BattleRules()
NOW = 1_700_000_000_000


def alone(side: str, seat: int, name: str) -> Side:
    """A side of one host whom no other test knows."""
    return Side(side, (Member(seat, new_id(), new_id(), name),))


ANNA = alone("red", 0, "Anna")
BELA = alone("blue", 1, "Béla")
CLEO = alone("green", 2, "Cleo")
# Two against two: Anna and Dora against Béla and Emil.
DORA = Member(1, new_id(), new_id(), "Dora")
EMIL = Member(3, new_id(), new_id(), "Emil")
TEAMS = (
    Side("red", (ANNA.host, DORA)),
    Side("blue", (replace(BELA.host, seat=2), EMIL)),
)


def invited(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    return Battle(invite(new_id(), sides, rules, rules.fight_ms, now_ms))


def preparing(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    battle = invited(rules, sides, now_ms)
    for member in battle.state.members[1:]:
        battle.handle(Accept(member.user), now_ms)
    return battle


def fighting(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    """A battle whose fight starts at ``now_ms``."""
    battle = preparing(rules, sides, now_ms - rules.countdown_ms)
    battle.handle(MixerUp(), now_ms - 1)
    battle.handle(TimeUp(), now_ms)
    return battle


def strangers(sides: int = 2, members: int = 1) -> tuple[Side, ...]:
    """Sides of hosts that no other test knows."""
    people = [Member(seat, new_id(), new_id(), f"host {seat}") for seat in range(sides * members)]
    return tuple(
        Side(name, tuple(people[index * members : (index + 1) * members])) for index, name in enumerate(SIDES[:sides])
    )


def first_state(
    sides: tuple[Side, ...] | None = None, rules: BattleRules = RULES, now_ms: int = NOW, battle: str | None = None
) -> State:
    return invite(battle or new_id(), sides or strangers(), rules, rules.fight_ms, now_ms)


def follows(state: State, **changes: object) -> State:
    """The next version of ``state``, with ``changes``."""
    return replace(state, version=state.version + 1, **changes)  # type: ignore[arg-type]
