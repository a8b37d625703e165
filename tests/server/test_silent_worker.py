"""A media worker that answers every question and sends nothing: the watchdog looks at what comes out.

The test silences a real one without its knowledge: it takes a second handle on the worker's UDP socket from the kernel
(pidfd_getfd) and shuts its sending half. Datagrams still come in, HTTP is still answered, and every send fails.
"""

import ctypes
import errno
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.platform import platform
from tests.processes import exists
from tests.server.test_bad_input import member
from tests.server.test_machine import ready
from tests.server.test_rolling_restart import joined, on_air, pid_of, sees, worker_of
from tests.streaming.media.pictures import BLUE, RED
from tests.streaming.media.rig import until
from tests.waiting import until as until_true

PATIENCE_S = 40
_PIDFD_GETFD = 438  # the same on every architecture


def socket_of(pid: int, port: int) -> int:
    """The descriptor, in the process, of its UDP socket on this port."""
    listed = "".join(Path(f"/proc/{pid}/net/{name}").read_text() for name in ("udp", "udp6"))
    inodes = {line.split()[9] for line in listed.splitlines() if re.search(rf":{port:04X} ", line)}
    for each in Path(f"/proc/{pid}/fd").iterdir():
        if os.readlink(each)[8:-1] in inodes:
            return int(each.name)
    raise AssertionError(f"{pid} has no UDP port {port}")


def silence(pid: int, port: int) -> None:
    """From now on nothing goes out of the process's UDP port."""
    kernel = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    try:
        taken = kernel.syscall(_PIDFD_GETFD, pidfd, socket_of(pid, port), 0)
        if taken < 0 and ctypes.get_errno() == errno.EPERM:
            pytest.skip("this container may not look into its own processes (CAP_SYS_PTRACE)")
        assert taken >= 0, os.strerror(ctypes.get_errno())
    finally:
        os.close(pidfd)
    with (
        socket.socket(fileno=taken) as shared,
        suppress(OSError),
    ):  # it says ENOTCONN, and shuts the half
        shared.shutdown(socket.SHUT_WR)


async def test_a_worker_that_answers_and_sends_nothing_is_killed_and_everybody_can_come_back(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
    ):
        host = await member(http, "Ann", host=True)
        whip, whep = f"{place.address}/whip/{host.room}", f"{place.address}/whep/{host.room}"
        ann = await joined(whip, host.token)
        async with on_air(ann, RED):
            bob = await joined(whep)
            await until(lambda: sees(bob, RED), "the viewer sees the host", PATIENCE_S)
            pid = pid_of(place, worker_of(ann))
            silence(pid, bob.remote[1])
            await until(lambda: not exists(pid), "the silent one is killed", PATIENCE_S)
        await until_true(lambda: ready(place), "another one is there")
        again = await joined(whip, host.token)
        async with on_air(again, BLUE):
            anew = await joined(whep)
            await until(lambda: sees(anew, BLUE), "the picture is there again", PATIENCE_S)
        said = (tmp_path / "platform.log").read_text()
        assert re.findall(r'"verdict": "(\w+)"', said) == ["silent"], "it has answered to the last"
        for peer in (ann, bob, again, anew):
            await peer.close()
