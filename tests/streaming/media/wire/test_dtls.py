"""Records as OpenSSL writes them, whole, broken and forged."""

from streaming.media.wire.dtls import DATAGRAM_MAX, datagrams, hello_random, plausible_records, records
from tests.streaming.media.dtls_peer import DtlsPeer

ALERT = b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x02\x28"
HANDSHAKE = b"\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x04abcd"


def test_only_what_may_belong_to_a_handshake_is_left_of_a_flight() -> None:
    protected = ALERT[:3] + b"\0\x01" + ALERT[5:]
    assert plausible_records(HANDSHAKE + ALERT + HANDSHAKE) == HANDSHAKE + HANDSHAKE
    assert plausible_records(ALERT) == b""
    assert plausible_records(HANDSHAKE + protected) == HANDSHAKE + protected
    assert plausible_records(HANDSHAKE + HANDSHAKE[:-1]) == HANDSHAKE
    assert plausible_records(HANDSHAKE + b"\x2eencrypted") == HANDSHAKE + b"\x2eencrypted"
    assert plausible_records(b"\x17" + HANDSHAKE[1:]) == b""
    assert plausible_records(b"\x16\x03\x03" + HANDSHAKE[3:]) == b""


def test_a_hello_is_known_by_its_random_bytes_and_nothing_else_is_one() -> None:
    client = DtlsPeer()
    hello = client.say()
    random = client.ssl.client_random()
    assert hello_random(hello) == random
    assert hello_random(hello + HANDSHAKE) == random
    assert hello_random(HANDSHAKE) is None
    assert hello_random(b"") is None
    assert hello_random(hello[:40]) is None
    assert hello_random(ALERT) is None
    assert hello_random(hello[:4] + b"\x01" + hello[5:]) is None, "what is encrypted is no hello"
    second_fragment = hello[:19] + b"\0\0\x40" + hello[22:]
    assert hello_random(second_fragment) is None


def test_every_beginning_of_a_hello_is_read_without_an_exception() -> None:
    hello = DtlsPeer().say()
    for length in range(len(hello)):
        assert records(hello[:length]) == []
        assert hello_random(hello[:length]) in (None, hello[27:59])


def test_a_flight_is_cut_between_records_so_that_none_is_lost() -> None:
    flight = [HANDSHAKE[:11] + size.to_bytes(2, "big") + bytes(size) for size in (700, 600, 300, 200, 1_300, 10)]
    cut = datagrams(b"".join(flight))
    assert b"".join(cut) == b"".join(flight)
    assert [len(each) for each in cut] == [713, 13 + 600 + 13 + 300 + 13 + 200, 1_313, 23]
    assert max(len(each) for each in cut if len(records(each)) > 1) <= DATAGRAM_MAX
    assert datagrams(b"") == []
