"""Settings about addresses: what cannot work is refused with a sentence that names the remedy."""

import pytest
from pydantic import ValidationError

from server import reach
from server.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def made(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_addresses_keep_their_order_and_get_one_spelling() -> None:
    said = ("2001:DB8:0:0::1", "192.0.2.1")
    assert reach.announced_addresses(said) == ("2001:db8::1", "192.0.2.1")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("media.example.net", "the address that the name stands for"),
        ("192.0.2.1:8189", "no IP address"),
        ("0.0.0.0", "nobody can send to"),
        ("::", "nobody can send to"),
        ("224.0.0.1", "nobody can send to"),
        ("fe80::1", "nobody can send to"),
        ("fe80::1%eth0", "on this machine only"),
        ("192.0.2.1,192.0.2.1", "twice"),
    ],
)
def test_what_no_browser_can_send_to_is_refused(said: str, word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        made(public_ip=said)


@pytest.mark.parametrize("said", ["https://eu1.example.net", "http://192.0.2.1:8000", "https://[2001:db8::1]/"])
def test_the_address_of_a_node_is_taken_without_its_slash(said: str) -> None:
    assert made(public_url=said).public_url == said.rstrip("/")


@pytest.mark.parametrize("said", ["eu1.example.net", "ftp://x", "https://x/path", "https://a b", "https://"])
def test_the_address_of_a_node_has_a_scheme_and_no_path(said: str) -> None:
    with pytest.raises(ValidationError, match="https://host"):
        made(public_url=said)


def test_every_worker_must_find_a_port() -> None:
    assert made(media_udp_port=65_535).media_udp_port == 65_535
    with pytest.raises(ValidationError, match="no room for 3 media workers"):
        made(media_udp_port=65_534, media_processes=3)
    with pytest.raises(ValidationError, match="MEDIA_PUBLIC_PORT=65535 leaves no room"):
        made(media_public_port=65_535, media_processes=2)


def test_a_mapping_to_any_free_port_is_refused() -> None:
    with pytest.raises(ValidationError, match="fixed MEDIA_UDP_PORT"):
        made(media_udp_port=0, media_public_port=8189)


@pytest.mark.parametrize(
    "url",
    [
        "stun:stun.example.net",
        "stun:192.0.2.1:3478",
        "turn:[2001:db8::1]:3478?transport=udp",
        "turns:turn.example.net:5349?transport=tcp",
    ],
)
def test_urls_of_ice_servers_are_taken_as_they_are(url: str) -> None:
    assert made(ice_servers=url, turn_secret="north").ice_servers == (url,)


@pytest.mark.parametrize(
    "url", ["turn.example.net", "https://x", "turn:", "stun:x?transport=udp", 'stun:x"', "turn://x"]
)
def test_other_urls_are_refused_with_examples(url: str) -> None:
    with pytest.raises(ValidationError, match="look like stun:host:3478"):
        made(ice_servers=url, turn_secret="north")


def test_a_turn_server_needs_the_secret() -> None:
    with pytest.raises(ValidationError, match="static-auth-secret"):
        made(ice_servers="stun:x,turn:x")


def test_the_secret_does_not_show() -> None:
    assert "north" not in repr(made(ice_servers="turn:x", turn_secret="north"))
