"""The page about the machine is the machine."""

from pk.battle import TABLE
from tools.battle_machine import PAGE, document


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text() == document(), "python -m tools.battle_machine writes it again"


def test_every_transition_is_an_arrow_of_the_diagram() -> None:
    arrows = {tuple(line.split()[:3:2]) for line in document().splitlines() if "-->" in line}
    missing = {(phase, to) for (phase, _), cell in TABLE.items() for to in cell.to if to is not phase} - arrows
    assert missing == set()
