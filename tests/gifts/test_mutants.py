"""The guards of the money are missed when they are gone: one of them in each state of the code."""

import pytest

from bench.gifts_proof.mutants import MUTANTS, Mutant, noticed
from bench.proof.totals import ROOT, code_state


async def test_the_tests_miss_a_guard_that_is_gone() -> None:
    mutant = MUTANTS[int(code_state(), 16) % len(MUTANTS)]
    assert await noticed(mutant) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_each_guard_stands_where_the_proof_removes_it(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text()
    assert text.count(mutant.guard) == 1
