"""Writes `docs/conformance.md` from the tables: `python -m tests.conformance.document`."""

from pathlib import Path

from tests.conformance.statements import WHEP, WHIP, Statement
from tests.conformance.whole.selection import over_http

PATH = Path(__file__).parents[2] / "docs" / "conformance.md"
HEAD = """# Conformance

What the standards demand of WHIP and WHEP, in our words, and the test that holds us to it. This page is written from
`tests/conformance/statements.py` by `python -m tests.conformance.document`; a test compares them, and looks whether
every test named here is there. Server tests run against the real worker and its HTTP; those with a `+` run once more
against the whole platform as `make run` starts it, every process and the public port (`tests/conformance/whole/`).
*Not ours* says why no test of ours can or need hold it.

Clients that do as they please are in `tests/conformance/test_clients.py`: OBS, FFmpeg, Firefox, Safari.
"""


def shown(name: str) -> str:
    if name.startswith("not ours"):
        return name
    return f"`{name}` +" if name in over_http() else f"`{name}`"


def table(statements: tuple[Statement, ...]) -> str:
    rows = ["| section | who | statement | held by |", "|---|---|---|---|"]
    for each in statements:
        held = "; ".join(map(shown, each.held))
        rows.append(f"| {each.section} | {each.who} | {each.says} | {held} |")
    return "\n".join(rows)


def text() -> str:
    return (
        f"{HEAD}\n## WHIP: RFC 9725\n\n{table(WHIP)}\n\n"
        "## WHEP: draft-ietf-wish-whep-03\n\nSections are those of the draft's repository of April 2026.\n\n"
        f"{table(WHEP)}\n"
    )


if __name__ == "__main__":
    PATH.write_text(text())
