"""The DTLS handshake beside OpenSSL's own client: flights that get lost, hellos that are forged, farewells."""

import asyncio
from collections.abc import Callable

import pytest

from streaming.media.certificate import SharedCertificate
from streaming.media.counters import Counters
from streaming.media.dtls_seam import LAST_FLIGHTS_MAX, MediaTransport
from streaming.media.handshake import Handshake, PeerUnacceptable, Secured
from streaming.media.wire.dtls import plausible_records
from tests.streaming.media.dtls_peer import CBC, CHACHA, GCM, LABEL, DtlsPeer
from tests.streaming.media.rig import until

OURS = SharedCertificate.generate()


class Table:
    """Our server and a client on either side of a table; `said` is all that we have said."""

    def __init__(self, client: DtlsPeer, fingerprints: list[tuple[str, str]] | None = None, wary: bool = False) -> None:
        self.client = client
        self.said: list[bytes] = []
        self.waiting: list[bytes] = []
        self.secured: Secured | None = None
        expected = client.fingerprints if fingerprints is None else fingerprints
        self.ours = Handshake(OURS, expected, False, self._say, lambda: wary)
        self.ours.begin()

    def _say(self, datagram: bytes) -> None:
        self.said.append(datagram)
        self.waiting.append(datagram)

    def take(self, datagram: bytes) -> None:
        self.secured = self.ours.take(plausible_records(datagram)) or self.secured

    def answer(self) -> None:
        """The client hears what is waiting for him."""
        waiting, self.waiting = self.waiting, []
        for datagram in waiting:
            self.client.hear(datagram)

    def go_on(self, between: Callable[[], None] = lambda: None) -> None:
        """Until nobody has anything to say; `between` all flights."""
        for _ in range(6):
            between()
            flight = self.client.say()
            if flight:
                self.take(flight)
            between()
            self.answer()


@pytest.mark.parametrize("profile", [b"SRTP_AEAD_AES_256_GCM", b"SRTP_AEAD_AES_128_GCM", b"SRTP_AES128_CM_SHA1_80"])
def test_both_sides_have_the_same_keys(profile: bytes) -> None:
    table = Table(DtlsPeer(profiles=profile))
    table.go_on()
    assert table.secured is not None and table.client.done and table.secured.profile.name == profile
    key, salt = table.secured.profile.key, table.secured.profile.salt
    material = table.client.ssl.export_keying_material(LABEL, 2 * (key + salt))
    # RFC 5764, section 4.2: client key, server key, client salt, server salt.
    assert table.secured.receiving == material[:key] + material[2 * key : 2 * key + salt]
    assert table.secured.sending == material[key : 2 * key] + material[2 * key + salt :]


def test_a_first_flight_costs_no_round_trip() -> None:
    table = Table(DtlsPeer())
    table.take(table.client.say())
    table.answer()
    table.take(table.client.say())
    assert table.secured is not None


def test_hellos_of_others_between_all_flights_do_not_fail_the_handshake_of_who_was_first() -> None:
    table = Table(DtlsPeer())
    table.take(table.client.say())
    table.go_on(lambda: table.take(DtlsPeer().say()))
    assert table.secured is not None and table.client.done


def test_who_is_wary_answers_no_hello_of_others_so_that_the_peer_takes_nothing_for_an_answer_to_his() -> None:
    table = Table(DtlsPeer(), wary=True)
    table.go_on(lambda: table.take(DtlsPeer().say()))
    assert table.secured is not None and table.client.done


def test_one_forged_hello_that_comes_first_does_not_fail_his_handshake() -> None:
    table = Table(DtlsPeer())
    table.take(DtlsPeer().say())
    table.waiting.clear()  # it was answered before he began to listen
    table.go_on()
    assert table.secured is not None and table.client.done


@pytest.mark.parametrize("change", range(13, 120))
def test_a_hello_with_any_byte_wrong_does_not_fail_his_handshake(change: int) -> None:
    table = Table(DtlsPeer())
    broken = bytearray(DtlsPeer().say())
    broken[change] ^= 0xFF
    table.take(bytes(broken))
    table.waiting.clear()
    table.go_on()
    assert table.secured is not None and table.client.done


def test_who_cannot_repeat_a_cookie_gets_less_than_he_sends_and_nothing_is_remembered_of_him() -> None:
    table = Table(DtlsPeer())
    table.take(table.client.say())
    before = len(table.said)
    sent = [DtlsPeer().say() for _ in range(50)]
    for hello in sent:
        table.take(hello)
    answers = table.said[before:]
    assert len(answers) == len(sent) and max(map(len, answers)) < min(map(len, sent))
    assert len(set(answers)) == 1
    table.waiting.clear()
    guessed = DtlsPeer()
    guessed.say()
    guessed.hear(answers[0].replace(answers[0][-8:], bytes(8)))
    table.take(guessed.say())
    assert max(map(len, table.said[before:])) < min(map(len, sent)), "a wrong cookie is worth none"


def test_no_alert_is_sent_in_the_clear() -> None:
    table = Table(DtlsPeer(cipher="ECDHE-ECDSA-AES256-GCM-SHA384"))
    table.take(table.client.say())
    assert table.said == [] and "no shared cipher" in table.ours.trouble
    assert table.ours.wait is None
    table.ours.remind()


def test_a_flight_that_gets_lost_is_sent_again_in_its_time() -> None:
    table = Table(DtlsPeer())
    table.take(table.client.say())
    wait = table.ours.wait
    assert wait is not None and 0.0 < wait <= 1.0
    table.waiting.clear()
    while not table.waiting:
        table.ours.remind()  # OpenSSL looks at its own clock
    table.go_on()
    assert table.secured is not None


@pytest.mark.parametrize("fingerprints", [[("sha-256", ":".join(["00"] * 32))], []])
def test_another_certificate_than_the_offers_is_refused(fingerprints: list[tuple[str, str]]) -> None:
    table = Table(DtlsPeer(), fingerprints)
    with pytest.raises(PeerUnacceptable):
        table.go_on()


def test_one_wrong_fingerprint_among_right_ones_is_one_too_many() -> None:
    client = DtlsPeer()
    table = Table(client, [*client.fingerprints, ("sha-384", ":".join(["00"] * 48))])
    with pytest.raises(PeerUnacceptable):
        table.go_on()


def test_who_wants_no_srtp_is_refused() -> None:
    table = Table(DtlsPeer(profiles=b""))
    with pytest.raises(PeerUnacceptable):
        table.go_on()


@pytest.mark.parametrize("cipher", [GCM, CHACHA])
def test_farewells_are_read_and_written_without_openssl(cipher: str) -> None:
    table = Table(DtlsPeer(cipher=cipher))
    table.go_on()
    assert table.secured is not None and table.secured.farewell is not None
    ours = table.secured.farewell
    theirs = table.client.farewell()
    assert ours.read(theirs)
    for place in (*range(11), *range(13, len(theirs))):  # by the length records are cut
        forged = bytearray(theirs)
        forged[place] ^= 1
        assert not ours.read(bytes(forged))
    assert not any(ours.read(theirs[:length]) for length in range(13, len(theirs)))
    table.client.hear(ours.write())
    assert table.client.closed


def test_a_suite_without_aead_has_no_farewell() -> None:
    table = Table(DtlsPeer(cipher=CBC))
    table.go_on()
    assert table.secured is not None and table.secured.farewell is None


class Told:
    def __init__(self) -> None:
        self.rtp: list[bytes] = []

    def on_rtp(self, packet: bytes) -> None:
        self.rtp.append(packet)

    def on_rtcp(self, packet: bytes) -> None: ...

    def on_heard(self) -> None: ...


async def test_the_last_flight_is_repeated_until_he_has_the_keys_and_not_for_ever() -> None:
    client = DtlsPeer()
    said: list[bytes] = []
    transport = MediaTransport(OURS, said.append, Told(), Counters())
    transport.receive(client.say())  # before anybody has begun: kept
    secured = asyncio.create_task(transport.connect(client.fingerprints, active=False))
    await until(lambda: said, "our flight")
    for datagram in said:
        client.hear(datagram)
    flight = client.say()
    said.clear()
    transport.receive(flight)
    assert await secured
    last = list(said)
    for _ in range(LAST_FLIGHTS_MAX + 5):
        transport.receive(flight)
    assert said == last * (LAST_FLIGHTS_MAX + 1)
    client.hear(last[0])
    client.go_on()
    assert client.done
    ends: list[bool] = []
    transport.on_ended = lambda: ends.append(True)
    farewell = client.farewell()
    transport.receive(farewell)
    transport.receive(farewell)
    assert ends == [True] and transport.ended
