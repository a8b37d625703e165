"""A process of senders: over the feed, each on a socket of his own, or over HTTP; it says how many were answered."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import orjson
import uvloop

from bench.forward.child import Commands, serve
from bench.gifts.lean import Http, Socket

GIFT = "rose"
ANSWER_S = 20.0
OPENED_AT_ONCE = 16

Send = Callable[[], Awaitable[dict[str, object]]]


@dataclass
class Sender:
    """One who sends at his pace, and never before he has his answer."""

    send: Send
    late_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    accepted: list[tuple[str, int, str | None, int]] = field(default_factory=list)  # gift, stamp, side, score

    async def go_on(self, from_s: float, until_s: float, spacing_s: float) -> None:
        due = from_s
        while due < until_s:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() >= until_s:
                return
            asked = time.monotonic()
            answer = await asyncio.wait_for(self.send(), ANSWER_S)
            if "gift_id" in answer:
                self.late_ms.append((time.monotonic() - max(due, from_s)) * 1000)
                said = (answer["gift_id"], answer["accepted_at_ms"], answer["side"], answer["score"])
                self.accepted.append(said)  # type: ignore[arg-type]
            else:
                self.refused.append(str(answer.get("code")))
            due = max(due + spacing_s, asked)


class Crowd(Commands):
    """``places`` are (room, token) of each sender."""

    async def do_feed(
        self, address: str, places: Sequence[Sequence[str]], seconds: float, spacing_s: float
    ) -> dict[str, object]:
        turns = asyncio.Semaphore(OPENED_AT_ONCE)

        async def opened(room: str, token: str) -> Socket:
            async with turns:
                socket = await Socket.open(address, f"/api/v1/rooms/{room}/feed?token={token}&v=1")
                await socket.hear()
                return socket

        sockets = await asyncio.gather(*(opened(room, token) for room, token in places))
        try:
            return await crowd([Sender(on_feed(socket)) for socket in sockets], seconds, spacing_s)
        finally:
            for socket in sockets:
                socket.close()

    async def do_http(
        self, address: str, places: Sequence[Sequence[str]], seconds: float, spacing_s: float
    ) -> dict[str, object]:
        lines = [await Http.open(address) for _ in places]
        try:
            senders = [Sender(over_http(line, room, token)) for line, (room, token) in zip(lines, places, strict=True)]
            return await crowd(senders, seconds, spacing_s)
        finally:
            for line in lines:
                line.close()


async def crowd(senders: list[Sender], seconds: float, spacing_s: float) -> dict[str, object]:
    """They begin spread over one spacing; what is answered within ``seconds`` counts."""
    began = time.monotonic()
    waiting = [
        sender.go_on(began + spacing_s * number / len(senders), began + seconds, spacing_s)
        for number, sender in enumerate(senders)
    ]
    await asyncio.gather(*waiting)
    spent = time.monotonic() - began
    late = sorted(each for sender in senders for each in sender.late_ms)
    return {
        "per_s": len(late) / spent,
        "p50_ms": late[len(late) // 2] if late else None,
        "p99_ms": late[len(late) * 99 // 100] if late else None,
        "refused": sorted({code for sender in senders for code in sender.refused}),
        "refusals": sum(len(sender.refused) for sender in senders),
        "accepted": [each for sender in senders for each in sender.accepted],
    }


def on_feed(socket: Socket) -> Send:
    async def send() -> dict[str, object]:
        wish = {"gift": GIFT, "count": 1, "key": secrets.token_hex(16)}
        socket.say(orjson.dumps({"t": "gift.send", "id": 1, "d": wish}))
        while True:
            heard = await socket.hear()
            if heard.startswith((b'{"t":"reply"', b'{"t":"error"')):
                answer: dict[str, object] = orjson.loads(heard)["d"]
                return answer

    return send


def over_http(line: Http, room: str, token: str) -> Send:
    async def send() -> dict[str, object]:
        headers = f"Authorization: Bearer {token}\r\nIdempotency-Key: {secrets.token_hex(16)}\r\n"
        _, body = await line.post(f"/api/v1/rooms/{room}/gifts", headers, orjson.dumps({"gift": GIFT}))
        answer: dict[str, object] = orjson.loads(body)
        return answer

    return send


if __name__ == "__main__":
    uvloop.run(serve(Crowd()))
