"""``python -m server.warm``: a media worker's process with its imports done, which waits to hear which worker it is.

Its channel is a stream socket whose other end the supervisor holds. It says READY there and reads the worker's index;
when the supervisor closes the channel, or ends, so does it.
"""

import argparse
import contextlib
import gc
import importlib
import socket
import threading

from foundation.own_process import call_myself, go_last

READY = b"ready\n"
WARMING, WAITING = "rs-warming", "rs-spare"
# The command line and the worker, and what these import only when they need it.
PARTS = (
    "server.__main__",
    "server.media",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)


def main() -> None:
    said = argparse.ArgumentParser()
    said.add_argument("--channel-fd", type=int, required=True)
    said.add_argument("--listen-fd", required=True)
    given = said.parse_args()
    call_myself(WARMING)
    _import_late()
    gc.collect()
    gc.freeze()
    index = ""
    with (
        contextlib.suppress(ConnectionError),  # the supervisor let go of us before it had heard that we are ready
        socket.socket(fileno=given.channel_fd) as channel,
        channel.makefile("rb") as orders,
    ):
        channel.sendall(READY)
        call_myself(WAITING)
        index = orders.readline(16).decode().strip()
    if index:
        cli = importlib.import_module("server.__main__").cli
        cli(["media", "--index", index, "--listen-fd", given.listen_fd], prog_name="server")


def _import_late() -> None:
    """Import after everybody else. In a thread: the process itself keeps its priority, for it may not get it back."""

    def work() -> None:
        go_last()
        for part in PARTS:
            importlib.import_module(part)

    late = threading.Thread(target=work, name="import")
    late.start()
    late.join()
    for part in PARTS:  # what failed there fails here once more, and ends the process
        importlib.import_module(part)


if __name__ == "__main__":
    main()
