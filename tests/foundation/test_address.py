"""By what attempts are counted."""

import pytest

from foundation.address import subject_of


@pytest.mark.parametrize(
    ("host", "subject"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_attempts_are_counted_by_address_and_by_household_on_ipv6(host: str | None, subject: str) -> None:
    assert subject_of(host) == subject
