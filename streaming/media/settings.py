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
    public_url: str = ""
    """Under which clients reach the api of this node, e.g. `https://eu1.example.net`; empty: the platform has one."""
    addresses: tuple[str, ...] = ()
    """Addresses announced to peers; empty: all of this machine's, loopback last."""
    pipe_host: str = "127.0.0.1"
    pipe_port: int = 0
    pipe_announced: str = ""
    """Host under which jobs reach the pipe, when it is not `pipe_host`."""
    max_sessions: int = 2000
    max_packets_per_s: int = 150_000
    """In and out together; the three limits are what `load` 1 stands for."""
    max_processor: float = 0.9
    """Share of one core."""
    relay_linger_ms: int = 5_000
    """A relay without viewers is kept for so long."""
    relay_patience_ms: int = 2_000
    """A relay whose home cannot be reached for so long sends its viewers away, to be placed anew."""
    drain_ms: int = 5_000
    """A worker that was told to stop gives those inside so long to move."""
    handshake_ms: int = 10_000
    """A peer that is not connected by then is dropped."""
    check_ms: int = 10_000
    """A host who tries his uplink has so long."""
    reconnecting_ms: int = 2_000
    lost_ms: int = 5_000
    closed_ms: int = 15_000
    viewer_silence_ms: int = 15_000
    picture_stale_ms: int = 1_000
    composite_late_ms: int = 150
    """A composite without a picture for so long has the camera asked for a keyframe, in case it is dead."""
    composite_dead_ms: int = 400
    """Then the program goes back to the camera; viewers shall see it within 500 ms of the last picture."""
    gop_ms: int = 2_000
    gop_bytes: int = 512 * 1024
    keyframe_interval_ms: int = 1_000
    """At most one keyframe request a source in this time."""
    guests: int = 4
    """So many may publish beside a room's host: three people, and he himself his screen."""
    crowd: int = 30
    """From so many viewers on sounds wait longer for a picture to ride behind."""
    ingest_bitrate: int = 2_500_000
    """Ceiling told to publishers without transport-cc, bits a second."""
    ingest_bitrate_max: int = 8_000_000
    """What a publisher sends beyond it, all his encodings together, is thrown away; bits a second."""
    ingest_packets_max: int = 2_000
    """The same in packets a second."""
    native: bool = True
    """Whether the native fan-out is used where it was built."""

    @property
    def reachable_pipe_host(self) -> str:
        return self.pipe_announced or self.pipe_host
