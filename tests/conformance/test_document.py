"""The table of statements is whole, every test it names is there, and the page is written from it."""

import importlib
import re
from pathlib import Path

import pytest

from tests.conformance import document
from tests.conformance.statements import NAMES_STAY, WHEP, WHIP, Statement

OURS = [importlib.import_module(f"tests.conformance.{name}") for name in ("test_whip", "test_whep")]


def is_there(name: str) -> bool:
    path, colons, function = name.partition("::")
    if colons:
        return (
            re.search(rf"^async def {function}\(|^def {function}\(", Path(path).read_text(), re.MULTILINE) is not None
        )
    path, colon, title = name.partition(": ")
    if colon:
        return f"('{title}'" in Path(path).read_text()
    return any(hasattr(module, name) for module in OURS)


@pytest.mark.parametrize("each", [*WHIP, *WHEP], ids=lambda each: f"{each.section} {each.says}"[:60])
def test_every_statement_is_held_by_a_test_or_does_not_bind_us(each: Statement) -> None:
    assert each.held
    missing = [name for name in each.held if not name.startswith("not ours: ") and not is_there(name)]
    assert missing == []
    if each.who == "server":
        assert any(not name.startswith("not ours: ") for name in each.held) or each.held in (
            ("not ours: both are supported",),
            ("not ours: offers are answered or refused, never countered",),
            (NAMES_STAY,),
        )


def test_all_statements_of_the_rfc_are_listed() -> None:
    assert sum(each.section != "6" for each in WHIP) >= 41


def test_the_page_is_written_from_the_table() -> None:
    assert document.PATH.read_text() == document.text(), "run python -m tests.conformance.document"
