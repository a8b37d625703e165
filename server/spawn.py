"""Starts one process of this machine, bound to us, with a listening socket of its own where it serves internal HTTP."""

import subprocess
from contextlib import ExitStack
from typing import NamedTuple

from foundation.own_process import bound_to_me
from server.http import listen


class Spawned(NamedTuple):
    """``url``: where its internal HTTP listens; empty without."""

    process: subprocess.Popen[bytes]
    url: str


def spawn(command: list[str], environment: dict[str, str], passed: tuple[int, ...], listens_on: str = "") -> Spawned:
    """Start ``command``, which inherits the file descriptors in ``passed``.

    With ``listens_on``, an address, it also inherits a socket that listens there on a free port: ``--listen-fd``.
    """
    with ExitStack() as ours:
        url = ""
        if listens_on:
            listener = ours.enter_context(listen(listens_on, 0))
            command, passed = [*command, "--listen-fd", str(listener.fileno())], (*passed, listener.fileno())
            url = f"http://{_reachable(listens_on)}:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            command,
            env=environment,
            pass_fds=passed,
            stdin=subprocess.DEVNULL,
            preexec_fn=bound_to_me(),
            start_new_session=True,  # Ctrl-C reaches the supervisor only, who stops the children in order
        )
    return Spawned(process, url)


def _reachable(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host
