"""Any order of anything, at any time: a slice of what ``python -m tests.pk.orders`` plays by the million."""

from tests.pk.orders import play


def test_in_any_order_of_events_the_invariants_hold() -> None:
    play(120)
