"""Hosts, rooms and states for tests."""

from dataclasses import replace

from foundation.ids import new_id
from pk.battle import Battle, invite
from pk.inputs import Accept, MixerUp, TimeUp
from pk.rules import BattleRules
from pk.state import Side, State

RULES = BattleRules()
NOW = 1_700_000_000_000

ANNA = Side("red", 0, new_id(), new_id(), "Anna")
BELA = Side("blue", 1, new_id(), new_id(), "Béla")
CLEO = Side("green", 2, new_id(), new_id(), "Cleo")


def invited(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    return Battle(invite(new_id(), sides, rules, rules.fight_ms, now_ms))


def preparing(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    battle = invited(rules, sides, now_ms)
    battle.handle(Accept(BELA.host_user), now_ms)
    return battle


def fighting(rules: BattleRules = RULES, sides: tuple[Side, ...] = (ANNA, BELA), now_ms: int = NOW) -> Battle:
    """A battle whose fight starts at ``now_ms``."""
    battle = preparing(rules, sides, now_ms - rules.countdown_ms)
    battle.handle(MixerUp(), now_ms - 1)
    battle.handle(TimeUp(), now_ms)
    return battle


def strangers(rooms: int = 2) -> tuple[Side, ...]:
    """Sides of hosts that no other test knows."""
    names = ("red", "blue", "green", "yellow")
    return tuple(Side(names[seat], seat, new_id(), new_id(), f"host {seat}") for seat in range(rooms))


def first_state(
    sides: tuple[Side, ...] | None = None, rules: BattleRules = RULES, now_ms: int = NOW, battle: str | None = None
) -> State:
    return invite(battle or new_id(), sides or strangers(), rules, rules.fight_ms, now_ms)


def follows(state: State, **changes: object) -> State:
    """The next version of ``state``, with ``changes``."""
    return replace(state, version=state.version + 1, **changes)  # type: ignore[arg-type]
