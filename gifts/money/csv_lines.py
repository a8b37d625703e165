"""PURE: rows as CSV (RFC 4180: CRLF, quotes doubled). Text that a spreadsheet would run as a formula is disarmed."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | None


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """None is empty. Numbers stay numbers, also negative ones; text that begins as a formula gets an apostrophe."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_disarmed(cell) for cell in row] for row in rows)
    return written.getvalue()


def _disarmed(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
