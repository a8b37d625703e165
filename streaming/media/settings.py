"""What a media worker can be told. Times are in the unit of their name, sizes in bytes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MediaSettings:
    worker_id: str
    url: str
    """Internal HTTP address of this worker, e.g. `http://127.0.0.1:8201`."""
    pipe_token: str
    """What a media job must say to be let in at the media pipe."""
    host: str = "::"
    """Address of the UDP port; `::` takes IPv4 as well."""
    udp_port: int = 0
    announced_port: int = 0
    """The port written into answers, where a mapping or a relay stands before ours; 0: the UDP port itself."""
    addresses: tuple[str, ...] = ()
    """Addresses announced to peers; empty: all of this machine's, loopback last."""
    pipe_host: str = "127.0.0.1"
    pipe_port: int = 0
    pipe_announced: str = ""
    """Host under which jobs reach the pipe, when it is not `pipe_host`."""
    max_sessions: int = 2000
    handshake_ms: int = 10_000
    """A peer that is not connected by then is dropped."""
    reconnecting_ms: int = 2_000
    lost_ms: int = 5_000
    closed_ms: int = 15_000
    viewer_silence_ms: int = 15_000
    picture_stale_ms: int = 1_000
    composite_dead_ms: int = 500
    gop_ms: int = 2_000
    gop_bytes: int = 512 * 1024
    keyframe_interval_ms: int = 1_000
    """At most one keyframe request a source in this time."""
    ingest_bitrate: int = 2_500_000
    """Ceiling told to publishers without transport-cc, bits a second."""
    ssl_released_after_ms: int = 10_000

    @property
    def reachable_pipe_host(self) -> str:
        return self.pipe_announced or self.pipe_host
