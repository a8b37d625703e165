"""Writes docs/battle-machine.md from the table of ``pk.battle``: ``python -m tools.battle_machine``."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from pk.battle import TABLE
from pk.inputs import Command, Input
from pk.state import Phase

PAGE = Path("docs/battle-machine.md")

HEAD = """# The machine of a battle

Drawn from the table in [pk/battle.py](../pk/battle.py) by `python -m tools.battle_machine`; a test holds it against the
code. An input that has no cell in a phase is refused (`out-of-phase`) and changes nothing. `time up` is the deadline of
the phase, or the end of the patience with a host who is away; it comes before everything that happens later.
"""
LEGEND = """\
Where an input may lead, by phase: *stays* means that the phase goes on. *Commands* come from people, everything
else is observed.
"""


def document() -> str:
    """The whole page."""
    return "\n".join([HEAD, "```mermaid", *_diagram(), "```", "", LEGEND, *_table(), ""])


def _diagram() -> Iterator[str]:
    arrows: dict[tuple[Phase, Phase], list[str]] = defaultdict(list)
    for (phase, event), cell in TABLE.items():
        for target in cell.to:
            if target is not phase:
                arrows[phase, target].append(_words(event))
    yield "stateDiagram-v2"
    yield f"    [*] --> {Phase.INVITED}"
    yield f"    [*] --> {Phase.PREPARING} : rematch"
    for (phase, target), events in arrows.items():
        yield f"    {phase} --> {target} : {', '.join(events)}"
    yield f"    {Phase.ENDED} --> [*]"


def _table() -> Iterator[str]:
    events = list(dict.fromkeys(event for _, event in TABLE))
    commands = [event for event in events if event in get_args(Command)]
    phases = [phase for phase in Phase if phase is not Phase.ENDED]
    yield f"| | {' | '.join(phases)} |"
    yield f"|---|{'---|' * len(phases)}"
    for event in [*commands, *(event for event in events if event not in commands)]:
        name = f"*{_words(event)}*" if event in commands else _words(event)
        yield f"| {name} | {' | '.join(_cell(phase, event) for phase in phases)} |"


def _cell(phase: Phase, event: type[Input]) -> str:
    cell = TABLE.get((phase, event))
    return "" if cell is None else ", ".join("stays" if target is phase else target for target in cell.to)


def _words(event: type[Input]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", event.__name__).lower()


if __name__ == "__main__":
    PAGE.write_text(document())
