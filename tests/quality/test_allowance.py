"""How many samples an address may send."""

from quality.allowance import Allowance, AllowanceRules

RULES = AllowanceRules(window_ms=10_000, per_address=3, addresses=2)


def test_an_address_has_its_share_in_each_window_and_then_waits_for_the_next() -> None:
    allowance = Allowance(RULES)
    assert [allowance.take("a", 1, 100_000) for _ in range(3)] == [0, 0, 0]
    assert allowance.take("a", 1, 104_000) == 6_000
    assert allowance.take("a", 1, 109_999) == 1
    assert allowance.take("a", 1, 110_000) == 0


def test_a_batch_counts_by_its_samples_and_is_taken_whole_or_not_at_all() -> None:
    allowance = Allowance(RULES)
    assert allowance.take("a", 2, 100_000) == 0
    assert allowance.take("a", 2, 100_000) > 0
    assert allowance.take("a", 1, 100_000) == 0


def test_one_address_does_not_use_up_anothers_share() -> None:
    allowance = Allowance(RULES)
    allowance.take("a", 3, 100_000)
    assert allowance.take("b", 3, 100_000) == 0


def test_so_many_addresses_are_remembered_and_a_further_one_waits() -> None:
    allowance = Allowance(RULES)
    assert [allowance.take(address, 1, 100_000) for address in "abc"] == [0, 0, 10_000]
    assert allowance.take("a", 1, 100_000) == 0
    assert allowance.take("c", 1, 110_000) == 0
