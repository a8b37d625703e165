"""What tests of a battle with everything around it share."""

import asyncio
from collections.abc import Awaitable, Callable

from pk.inputs import Accept
from pk.rules import BattleRules
from pk.state import Phase, Side, State
from tests.pk.virtual import passes, play
from tests.pk.world import RULES, World, working

Scenario = Callable[[World], Awaitable[None]]


def scene(scenario: Scenario) -> None:
    """Play ``scenario`` in a world whose office is working, and see that nothing is left behind."""

    async def whole() -> None:
        before = asyncio.all_tasks()
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            await scenario(world)
        left = asyncio.all_tasks() - before
        assert not left, [task.get_name() for task in left]

    play(whole())


async def fight(world: World, rules: BattleRules = RULES, sides: tuple[Side, ...] | None = None) -> State:
    """A battle that has just begun to be fought."""
    state = await world.invite(rules, sides)
    for member in state.members[1:]:
        await world.office.command(state.battle, Accept(member.user))
    return await world.reaches(state.battle, Phase.FIGHTING)


async def given_back(world: World, state: State) -> None:
    """Until nothing of the battle is left but its record."""
    over = world.clock.now_ms() + 30_000
    while world.stages.shown or world.jobs.alive or world.office.load or await world.battles.open_ids():
        assert world.clock.now_ms() < over
        await passes(10)
    assert [await world.ring.battle_of(room) for room in state.rooms] == [None] * len(state.rooms)
    assert await world.ring.open_ids() == []


def result(state: State) -> tuple[str | None, str]:
    assert state.result is not None
    return state.result.winner, state.result.reason
