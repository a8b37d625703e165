"""Junk at a UDP port from a process of its own: ``python -m bench.flood 127.0.0.1:8300 20000 10``. Loopback only."""

import os
import socket
import struct
import sys
import time

_USERNAME = b"nobodyhere000000:peer\0\0\0"
_CHECK = struct.pack("!HHHH", 6, 21, 0x24, 4) + bytes(4) + struct.pack("!HH", 8, 20) + bytes(20)


def kinds() -> list[bytes]:
    """RTP of a stranger, a check for nobody, a DTLS record."""
    body = _CHECK[:4] + _USERNAME + _CHECK[4:]
    check = struct.pack("!HHI12s", 1, len(body), 0x2112A442, os.urandom(12)) + body
    return [b"\x80\x66" + os.urandom(200), check, b"\x16\xfe\xfd" + os.urandom(100)]


def flood(host: str, port: int, pps: int, seconds: float) -> None:
    if not host.startswith("127."):
        raise SystemExit("to loopback only")
    datagrams = kinds()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * pps:
                stranger.sendto(datagrams[sent % 3], (host, port))
                sent += 1
            time.sleep(0.001)


if __name__ == "__main__":
    target, pps, seconds = sys.argv[1:]
    host, _, port = target.rpartition(":")
    flood(host, int(port), int(pps), float(seconds))
