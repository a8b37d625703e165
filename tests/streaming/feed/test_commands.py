"""How long a command of the feed may take."""

import asyncio

import pytest

from accounts.principal import Principal
from foundation.clock import SystemClock
from foundation.stopping import end
from streaming.feed.commands import Commands
from streaming.feed.connection import Connection
from streaming.feed.rules import FeedRules
from tests.streaming.feed.lines import MemoryLine

RULES = FeedRules(commands_at_once=1)


class Endless:
    """A command that never comes to its end."""

    def __init__(self, type_: str, deadline_s: float) -> None:
        self.type = type_
        self.deadline_s: float | None = deadline_s
        self.begun = asyncio.Event()

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        self.begun.set()
        await asyncio.Event().wait()
        return {}


async def test_waiting_for_a_turn_is_a_part_of_a_commands_time() -> None:
    slow, quick = Endless("slow", 600.0), Endless("quick", 0.01)
    commands = Commands([slow, quick], SystemClock(), RULES)
    connection = Connection("c", "r", Principal("bob", "Bob", frozenset()), "", MemoryLine(), RULES)
    taking_the_turn = asyncio.create_task(commands.answer(connection, "slow", 1, {}))
    await slow.begun.wait()
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            await commands.answer(connection, "quick", 2, {})
    assert not quick.begun.is_set()
    await end(taking_the_turn)
