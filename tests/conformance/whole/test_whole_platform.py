"""The same statements once more, put to the whole platform as `make run` starts it, through its public port."""

from tests.conformance.whole.selection import over_http

globals().update(over_http())


def test_most_statements_are_put_to_the_whole_platform() -> None:
    assert len(over_http()) >= 25
