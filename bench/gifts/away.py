"""How late gifts are while Redis is slow, and while it is dead: through the whole api, by HTTP and by the feed."""

from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.gifts.books import sqlite_url
from bench.gifts.crowd import Sender, crowd, on_feed, over_http
from bench.gifts.lean import Http, Socket
from bench.gifts_proof.between import Between
from bench.gifts_proof.town import Town, town

SLOW_S = 0.5
SENDERS = 40  # of each trouble, none of whom the api has met before
SECONDS = 5.0
PER_S = 200.0


async def p99_ms() -> dict[str, float]:
    """Of gifts under a Redis that is ``well``, that answers half a second late (``slow``), and that is ``down``."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ringside-away-")))
        url = stack.enter_context(sqlite_url())
        between = await stack.enter_async_context(Between(folder / "redis.sock", folder / "valkey" / "valkey.sock"))
        place = await stack.enter_async_context(town(folder, url, redis=f"unix://{folder / 'redis.sock'}"))
        crowds = {name: [await _sender(place, stack, n) for n in range(SENDERS)] for name in ("well", "slow", "down")}
        late = {"well": await _storm(crowds["well"])}
        between.open(delay_s=SLOW_S)
        late["slow"] = await _storm(crowds["slow"])
        between.shut()
        late["down"] = await _storm(crowds["down"])
        between.open()
        await place.drained()
    return late


async def _sender(place: Town, stack: AsyncExitStack, number: int) -> Sender:
    fan = await place.fan(f"Fan {number}", 1_000_000)
    room, address = place.hosts[number % 2].room, f"http://127.0.0.1:{place.servers.ports[0]}"
    if number % 4 < 2:
        line = await Http.open(address)
        stack.callback(line.close)
        return Sender(over_http(line, room, fan.token))
    socket = await Socket.open(address, f"/api/v1/rooms/{room}/feed?token={fan.token}&v=1")
    stack.callback(socket.close)
    await socket.hear()
    return Sender(on_feed(socket))


async def _storm(senders: list[Sender]) -> float:
    found = await crowd(senders, SECONDS, len(senders) / PER_S)
    assert found["refusals"] == 0, found["refused"]
    late = found["p99_ms"]
    assert isinstance(late, float)
    return late
