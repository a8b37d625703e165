"""Which addresses we write to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.email_address import address_of
from accounts.errors import EmailUnsuitable


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mina@example.com", "mina@example.com"),
        (" Mina.Lu+live@Mail.Example.COM ", "mina.lu+live@mail.example.com"),
        ("o'brien@xn--fiqs8s.example", "o'brien@xn--fiqs8s.example"),
        ("m" * 64 + "@example.com", "m" * 64 + "@example.com"),
    ],
)
def test_an_address_is_written_in_one_way(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mina",
        "@example.com",
        "mina@",
        "mina@localhost",
        "mina@@example.com",
        "mina@example.com, luo@example.com",
        "mina@example.com\nBcc: luo@example.com",
        "mina@example.com\r\n.\r\n",
        "Mina <mina@example.com>",
        '"mina lu"@example.com',
        "mina..lu@example.com",
        ".mina@example.com",
        "mina@-example.com",
        "mina@example..com",
        "mina@[127.0.0.1]",
        "mina@127.0.0.1",
        "小明@example.com",
        "mina@例子.com",
        "m" * 65 + "@example.com",
        "mina@" + "a." * 130 + "com",
    ],
)
def test_what_is_no_usual_address_is_refused(text: str) -> None:
    with pytest.raises(EmailUnsuitable):
        address_of(text)


@given(st.text(max_size=300))
def test_no_text_is_a_fault_of_ours_and_what_is_taken_stays_the_same(text: str) -> None:
    try:
        address = address_of(text)
    except EmailUnsuitable:
        return
    assert address_of(address) == address and address.isascii() and address.isprintable()
