"""``python -m bench.gifts_proof.serving``: forks real api and relay processes that can be killed and are there at once.

Everything is imported before the first fork, so a process that takes a dead one's place serves after some tens of
milliseconds. The listening sockets belong to this process, as they do to the supervisor: who connects while an api is
dead waits for its successor. Commands come on standard input, a line of JSON each; answers go to standard output.
"""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from foundation.own_process import bound_to_me
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from server import api
from server.http import listen
from server.process import resources, run_until_told
from server.settings import Settings
from streaming.feed.store_redis import RedisWire


class Serving:
    def __init__(self, settings: Settings, apis: int) -> None:
        self._settings = settings
        self._listeners = [listen("127.0.0.1", 0) for _ in range(apis)]

    @property
    def ports(self) -> list[int]:
        return [each.getsockname()[1] for each in self._listeners]

    def api(self, index: int) -> int:
        """Start the api that listens on the socket ``index``; its process."""
        descriptor = self._listeners[index].fileno()

        def serve(stop: asyncio.Event) -> Awaitable[None]:
            return api.run(self._settings, index, stop, listen_fd=os.dup(descriptor), port=0)

        return self._fork("api", index, serve)

    def relay(self) -> int:
        return self._fork("relay", 0, lambda stop: _relay(self._settings, stop))

    def _fork(self, kind: str, index: int, main: Callable[[asyncio.Event], Awaitable[None]]) -> int:
        prepare = bound_to_me()
        pid = os.fork()
        if pid:
            return pid
        try:
            prepare()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(2, 1)
            run_until_told(kind, index, main)
        finally:
            os._exit(0)


async def _relay(settings: Settings, stop: asyncio.Event) -> None:
    """What control does for gifts, without the rest of control."""
    async with resources(settings, "relay-0") as has:
        wire, of_gifts = RedisWire(has.redis), GiftSettings()
        board = RedisBoard(has.redis, of_gifts.combo_ms)
        has.tasks.start(GiftRelay(has.database, board, has.bus, wire, has.leases, has.clock, of_gifts).run(), "relay")
        try:
            await stop.wait()
        finally:
            await has.tasks.close()
            await wire.close()


def main() -> None:
    settings = Settings()
    assert settings.redis_url is not None
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    serving = Serving(settings.resolved(settings.redis_url), int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves no zombie
    gc.collect()
    gc.freeze()
    _answer({"ports": serving.ports})
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        pid = serving.relay() if asked["start"] == "relay" else serving.api(asked["index"])
        _answer({"pid": pid})


def _answer(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
