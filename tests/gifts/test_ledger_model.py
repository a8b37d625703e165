"""A slice of ``make prove-gifts``: the ledger against a model, whatever happens to it."""

from pathlib import Path

from bench.gifts_proof.totals import MODEL
from bench.proof.totals import code_state
from tests.gifts.ledger_machine import play

STORIES, STEPS = 30, 15


def test_the_ledger_does_what_the_model_says(sqlite_template: Path, valkey_url: str) -> None:
    chosen = int(code_state(), 16) % MODEL.wanted
    assert play(STORIES, STEPS, chosen, sqlite_template, valkey_url) >= STORIES
