"""Looks at the machine for the self-check. Changes nothing, takes half a second at most, and a second with Redis."""

import asyncio
import contextlib
import fcntl
import os
import resource
import socket
import struct
import time
from pathlib import Path

import foundation.redis
from foundation.redis import RedisAway
from server.self_check import reflection
from server.self_check.facts import Address, Facts
from server.settings import Settings
from streaming.media.port import addresses_of_this_machine

BUFFER_WANTED = 4 << 20
REDIS_S = 1.0
_SOL_UDP, _UDP_SEGMENT = 17, 103
_CAP_SYS_NICE = 23
_NICE_WANTED = 30  # RLIMIT_NICE counts 20 - nice


def collect(settings: Settings) -> Facts:
    """While this installation runs on this machine, its own ports are not looked at."""
    own = reflection.usable(addresses_of_this_machine())
    public_ip = reflection.usable(settings.public_ip)
    ports = range(settings.media_udp_port, settings.media_udp_port + settings.media_processes)
    taken: tuple[int, ...] = ()
    returned: dict[Address, bool] = {}
    if settings.media_udp_port and not runs(settings.data_dir):
        with reflection.opened(ports) as (free, taken):
            if free and not taken:
                port = settings.media_public_port if settings.media_public_port and public_ip else ports[0]
                returned = reflection.returned(free[0], public_ip or own, port)
    return Facts(
        host=settings.host,
        https=settings.https,
        public_url=settings.public_url,
        public_ip=public_ip,
        udp_port=settings.media_udp_port,
        public_port=settings.media_public_port,
        media_processes=settings.media_processes,
        ice_servers=settings.ice_servers,
        turn_secret=settings.turn_secret is not None,
        addresses=own,
        ipv6=any(address.version == 6 and not address.is_loopback for address in own),
        container=_in_container(),
        cores=len(os.sched_getaffinity(0)),
        open_files=_open_files(),
        buffer=_buffer(),
        buffer_wanted=BUFFER_WANTED,
        segments=_segments(),
        may_go_first=_may_go_first(),
        handed_out=_handed_out(),
        taken=taken,
        returned=returned,
        clock_offset_ms=asyncio.run(_clock_offset_ms(settings.redis_url)) if settings.redis_url else None,
    )


def runs(folder: Path) -> bool:
    """Whether a supervisor holds the data folder: see server.machine.only_one."""
    try:
        with (folder / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _in_container() -> bool:
    return any(Path(sign).exists() for sign in ("/.dockerenv", "/run/.containerenv")) or any(
        word in _text("/proc/1/cgroup") for word in ("docker", "kubepods", "containerd", "libpod")
    )


def _open_files() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard if hard != resource.RLIM_INFINITY else 1 << 30


def _buffer() -> int:
    """The smaller of what a socket gets for receiving and sending; the kernel doubles it for its own use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            probe.setsockopt(socket.SOL_SOCKET, option, BUFFER_WANTED)
        return min(probe.getsockopt(socket.SOL_SOCKET, option) // 2 for option in (socket.SO_RCVBUF, socket.SO_SNDBUF))


def _segments() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(_SOL_UDP, _UDP_SEGMENT, struct.pack("=i", 1200))
        except OSError:
            return False
    return True


def _may_go_first() -> bool:
    for line in _text("/proc/self/status").splitlines():
        if line.startswith("CapEff:") and int(line.split()[1], 16) >> _CAP_SYS_NICE & 1:
            return True
    _, hard = resource.getrlimit(resource.RLIMIT_NICE)
    return hard == resource.RLIM_INFINITY or hard >= _NICE_WANTED


def _handed_out() -> tuple[int, int]:
    words = _text("/proc/sys/net/ipv4/ip_local_port_range").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else (0, -1)


async def _clock_offset_ms(url: str) -> int | None:
    redis = foundation.redis.connect(url, "self-check")
    try:
        with contextlib.suppress(*RedisAway, TimeoutError):
            async with asyncio.timeout(REDIS_S):
                before = time.time()
                seconds, microseconds = await redis.time()
                here = (before + time.time()) / 2
                return round(here * 1000 - int(seconds) * 1000 - int(microseconds) / 1000)
    finally:
        await redis.aclose()
    return None
