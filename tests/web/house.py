"""The server's own pages before an API that a test plays: what they ask for is answered, what they command is noted."""

import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response
from playwright.async_api import Browser, Page, async_playwright

from server import pages
from server.http import listen, serving
from tests.chromium import CHROMIUM
from tests.waiting import until

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
NOW_MS = 1_900_000_000_000
GIFT = {"id": "rose", "names": {"en": "Rose", "zh": "玫瑰"}, "price": 10, "level": 1, "emoji": "🌹", "animation": "pop"}
Body = dict[str, Any]
SMALL = """() => [...document.querySelectorAll('a, button, input, select, summary')]
  .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 43 || box.height < 43))
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


def person(name: str) -> dict[str, str]:
    return {"user": f"user-of-{name}", "name": name}


def room_of(name: str) -> str:
    return f"room-of-{name}"


def member(name: str, seat: int, **more: Any) -> Body:
    said: Body = {"accepted": True, "ready": False, "rematch": False, "away_since_ms": None, "fallen": None}
    return {"seat": seat, "room": room_of(name), "host": person(name), "muted": [], **said, **more}


def verdict(winner: str, **more: Any) -> Body:
    """The result of a battle."""
    return {"winner": winner, "reason": "score", "scores": {}, "mvp": None, "contributors": [], **more}


def battle(phase: str, *sides: list[Body], **more: Any) -> Body:
    """``sides`` are lists of members; scores are 1200, 900, 600, 300 unless ``scores`` says otherwise."""
    scores = more.pop("scores", [1200, 900, 600, 300])
    named = zip(("red", "blue", "green", "yellow"), sides, scores, strict=False)
    return {
        "battle": "battle-1",
        "version": 1,
        "phase": phase,
        "reason": None,
        "sides": [
            {"side": side, "score": score, "members": members}
            | {key: members[0][key] for key in ("seat", "room", "host")}
            for side, members, score in named
        ],
        "starts_at_ms": NOW_MS + 3_000,
        "ends_at_ms": NOW_MS + 120_000,
        "rush_from_ms": NOW_MS + 110_000,
        "rush_multiplier": 2,
        "phase_ends_at_ms": NOW_MS + 120_000,
        "composite": "up",
        "stage": "battle-1",
        "previous": None,
        "successor": None,
        "result": None,
    } | more


def live_card(name: str, **more: Any) -> Body:
    card = {"room": room_of(name), "title": f"{name} sings", "host": person(name), "live": True, "state": "live"}
    return {**card, "broadcast": "b", "started_at_ms": NOW_MS - 60_000, "viewers": 120, "in_battle": False, **more}


def unreachable(offer: str) -> str:
    """An answer to ``offer`` from an address at which nobody listens."""
    told = {"a=recvonly": "a=sendonly", "a=sendonly": "a=recvonly", "a=setup:actpass": "a=setup:passive"}
    ours = {"a=ice-ufrag:": "nobody", "a=ice-pwd:": "x" * 24, "a=fingerprint:": "sha-256 " + ":".join(["AB"] * 32)}
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite"]
    for line in offer.split("\r\n")[4:]:
        if line.startswith(("a=candidate", "a=ssrc", "a=msid", "a=ice-options", "a=rtcp:")):
            continue
        replaced = next((f"{key}{value}" for key, value in ours.items() if line.startswith(key)), told.get(line, line))
        lines.append(replaced)
        if line.startswith("a=ice-pwd:"):
            lines.append("a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host")
    return "\r\n".join(lines)


@dataclass
class House:
    live: list[str] = field(default_factory=list)
    """Names of who is live."""
    battle: Body | None = None
    """In every room."""
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    """By method and path below ``/api/v1``; a ``Response`` is given as it is, of a ``deque`` one after another."""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    """Every command, with its body."""
    now_ms: int = NOW_MS
    members: Body = field(default_factory=dict)
    """Further members of every snapshot."""
    replies: dict[str, list[Body]] = field(default_factory=dict)
    """To the commands of a feed by their type, one after another; with a ``code`` it is an error."""
    said: list[Body] = field(default_factory=list)
    """Every command that came over a feed but pings."""
    keys: list[tuple[str, str]] = field(default_factory=list)
    """Every ``Idempotency-Key`` that came over HTTP, after the ``Authorization`` that it came with."""
    media_answers: bool = True
    """With a refusal (nobody is live); else never."""
    unreachable: bool = False
    """WHIP and WHEP are answered, and nothing ever comes from where the answer says: as where UDP is blocked."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What is served below ``/files/``."""
    snapshots: int = 0
    """So many have been shown on a feed."""
    _feeds: set[WebSocket] = field(default_factory=set)
    _told: list[str] = field(default_factory=list)

    async def tell(self, kind: str, body: Any) -> None:
        """To whoever listens to a feed, or comes back to it."""
        self._told.append(json.dumps({"t": kind, "e": "e", "o": len(self._told) + 1, "d": body}))
        for feed in self._feeds:
            await feed.send_text(self._told[-1])

    async def lose_feeds(self, code: int = 1012) -> None:
        """Close the feed of every page; it comes back by itself unless ``code`` says otherwise."""
        while self._feeds:
            await self._feeds.pop().close(code)

    def commanded(self, method: str, path: str) -> list[Any]:
        """The bodies of these commands so far."""
        return [body for verb, where, body in self.asked if (verb, where) == (method, path)]

    async def until_commanded(self, method: str, path: str) -> None:
        """A page that is closed may take its last command with it."""

        async def told() -> bool:
            return bool(self.commanded(method, path))

        await until(told, f"{method} {path}")

    def snapshot(self, room: str) -> Body:
        name = room.removeprefix("room-of-")
        host = person(name)
        card = {"id": "b", "state": "live", "host": host, "title": name, "started_at_ms": self.now_ms - 60_000}
        known = {"room": {"room": room, "title": f"{name} sings", "host": host}, "viewers": 120, "likes": 3400}
        broadcast = {**card, "reconnect_until_ms": None} if name in self.live else None
        said = {"id": "c1", "user": "u", "name": "Kai", "text": "Go!", "at_ms": self.now_ms}
        return {**known, "broadcast": broadcast, "chat": [said], "battle": self.battle, **self.members}

    def answer(self, method: str, path: str) -> Any:
        if (method, path) in self.answers:
            return self.answers[method, path]
        if path == "rooms":
            return {"rooms": [live_card(name) for name in self.live]}
        if path == "capabilities":
            return {"protocol": {"oldest": 1, "newest": 2}, "sources": ["whep"], "publish": ["whip"]}
        if path == "gifts":
            return {"gifts": [GIFT]}
        if path == "wallet":
            return {"coins": 1000, "diamonds": 20, "entries": []}
        if path.endswith("/contributors"):  # of a room or of a battle
            return {"contributors": [], "me": None}
        if path.endswith("/broadcasts"):
            return {"broadcasts": [], "next_before": None}
        if path.startswith("rooms/room-of-") and path.count("/") == 1:
            return {**live_card(path.removeprefix("rooms/room-of-")), "broadcast": None}
        return None if method == "GET" else {}

    async def _greet(self, socket: WebSocket, room: str) -> None:
        since = socket.query_params.get("since", "").partition(".")[2]
        at = int(since) if since else len(self._told)
        hello = {"protocol": 2, "connection": "c", "epoch": "e", "offset": at, "heartbeat_s": 3600.0, "user": None}
        greeted = {**hello, "now_ms": self.now_ms, "resumed": bool(since)}
        await socket.send_text(json.dumps({"t": "hello", "d": greeted}))
        shown = self.snapshot(room)
        if not since:
            self.snapshots += 1
            await socket.send_text(json.dumps({"t": "snapshot", "d": shown}))
            return
        for message in self._told[at:]:
            await socket.send_text(message)
        present = {name: shown[name] for name in ("viewers", "likes", "chat")}
        await socket.send_text(json.dumps({"t": "resumed", "d": present}))

    def reply(self, said: Body) -> tuple[str, Body]:
        if said["t"] == "ping":
            return "pong", {"now_ms": self.now_ms}
        self.said.append(said)
        waiting = self.replies.get(said["t"], [])
        body = waiting.pop(0) if waiting else {}
        return ("error" if "code" in body else "reply"), {"ok": "code" not in body, "now_ms": self.now_ms, **body}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.websocket("/api/v1/rooms/{room}/feed")
        async def feed(socket: WebSocket, room: str) -> None:
            await socket.accept()
            await self._greet(socket, room)
            self._feeds.add(socket)
            try:
                while True:
                    said = json.loads(await socket.receive_text())
                    kind, body = self.reply(said)
                    await socket.send_text(json.dumps({"t": kind, "d": {"id": said.get("id"), **body}}))
            except WebSocketDisconnect:
                self._feeds.discard(socket)

        @app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
        async def api(path: str, request: Request) -> Response:
            text = await request.body()
            if request.method != "GET":
                self.asked.append((request.method, path, json.loads(text) if text else None))
                speaker = request.headers.get("Authorization", "")
                self.keys += [(speaker, key) for key in request.headers.getlist("Idempotency-Key")]
            answer = self.answer(request.method, path)
            if isinstance(answer, deque):
                answer = answer.popleft()
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        @app.get("/files/{name}")
        async def file(name: str) -> Response:
            return Response(self.files[name], media_type="application/octet-stream")

        @app.api_route("/whep/{path:path}", methods=["OPTIONS", "POST", "DELETE"])
        @app.api_route("/whip/{path:path}", methods=["OPTIONS", "POST"])
        async def media(path: str, request: Request) -> Response:
            if request.method == "POST" and path.endswith("/layer"):
                self.asked.append(("POST", path, await request.json()))
                return Response()
            if request.method == "POST":
                self.asked.append(("POST", path, None))
            if request.method == "POST" and not self.media_answers:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
            if request.method == "POST" and self.unreachable:
                answer = unreachable((await request.body()).decode())
                link = '</whep/session/1/layer>; rel="urn:ietf:params:whep:ext:core:layer"'
                return Response(answer, 201, {"Location": "/whep/session/1", "Link": link}, "application/sdp")
            problem = {"code": "not-live", "detail": "nobody is live", "status": 409}
            return JSONResponse(problem, 409, headers={"Retry-After": "60"}) if request.method == "POST" else Response()

        pages.install(app)
        return app


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """``more`` flags overrule ours."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])
        yield opened
        await opened.close()


def signed_in(account: dict[str, Any]) -> str:
    """A script by which the device remembers a sign-in of ``account``, whose token lives for an hour."""
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 0, "exp": 3600}).encode()).decode().rstrip("=")
    held = {"token": f"h.{claims}.s", "expires_at_ms": 4_000_000_000_000, "received_at_ms": 4_000_000_000_000}
    return f"localStorage.setItem('ringside.session', {json.dumps(json.dumps(held | {'account': account}))})"


@asynccontextmanager
async def visit(
    browser: Browser, house: House, path: str, who: str | None = None, *, locale: str = "en", width: int = 390
) -> AsyncIterator[Page]:
    """A page that stands at ``path``, of ``who`` if he is signed in; no script of it may break until its end."""
    broken: list[str] = []
    listener = listen("127.0.0.1", 0)
    if who is not None:
        house.answers.setdefault(("GET", "rooms/mine"), {**live_card(who), "broadcast": None})
    async with serving(house.app(), listener):
        page = await browser.new_page(locale=locale, viewport={"width": width, "height": 844}, reduced_motion="reduce")
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        if who is not None:
            await page.add_init_script(signed_in({**person(who), "roles": ["host", "viewer"]}))
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}{path}")
        yield page
        await page.close()
    assert broken == [], broken


async def until_true(page: Page, expression: str) -> None:
    """``wait_for_function`` asks by ``eval`` in the page, which the policy forbids from the second time on."""
    await until(lambda: page.evaluate(expression), expression)


async def fits(page: Page, width: int) -> None:
    """Once nothing moves, nothing is wider than the screen, and every target is large enough for a thumb."""
    await page.evaluate("Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    small = await page.evaluate(SMALL)
    assert small == [], json.dumps(small, indent=1)
