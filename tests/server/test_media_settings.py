"""What an operator sets reaches the media worker."""

from pydantic import SecretStr

from server.media import worker_settings
from server.settings import Settings
from streaming.media.settings import MediaSettings

URL = "http://127.0.0.1:9000"


def told(index: int = 0, **said: object) -> MediaSettings:
    settings = Settings(_env_file=None, internal_token=SecretStr("t" * 32), **said)  # type: ignore[arg-type]
    return worker_settings(settings, index, URL)


def test_a_workers_limits_are_its_own_unless_set() -> None:
    bare = MediaSettings("media-0", URL, "t")
    for name in ("ingest_bitrate_max", "ingest_packets_max", "drain_ms", "native"):
        assert getattr(told(), name) == getattr(bare, name), name


def test_what_a_publisher_may_send_can_be_set() -> None:
    settings = told(media_ingest_bitrate_max=20_000_000, media_ingest_packets_max=5_000)
    assert (settings.ingest_bitrate_max, settings.ingest_packets_max) == (20_000_000, 5_000)


def test_each_worker_has_the_next_port() -> None:
    settings = told(2, media_udp_port=8189, media_public_port=30_000)
    assert (settings.worker_id, settings.udp_port, settings.announced_port) == ("media-2@127.0.0.1", 8191, 30_002)
    assert told(2, media_udp_port=0).udp_port == 0
