"""CSV that a spreadsheet can be given: RFC 4180, and no text that becomes a formula."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gifts.money.csv_lines import lines


def test_lines_end_with_crlf_and_awkward_text_is_quoted() -> None:
    assert lines([("a", 1, None), ('say "hi"', -5, "x,y")]) == 'a,1,\r\n"say ""hi""",-5,"x,y"\r\n'


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(first: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(lines([(f"{first}cmd()",)]), newline=""))
    assert cell == f"'{first}cmd()"


def test_a_negative_number_stays_a_number() -> None:
    assert lines([(-200, "-200")]) == "-200,'-200\r\n"


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=4), max_size=4))
def test_whatever_people_call_themselves_is_read_back(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(lines(rows), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
