"""Commands between our own processes: HTTP with a shared token, one owner, an answer, refusals passed on unchanged."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import aiohttp
import orjson
from fastapi import Request

from foundation.errors import RemoteRefusal, Unauthorised, Unavailable

HEADER = "X-Ringside-Internal"
TIMEOUT_S = 3.0
# Shorter than our servers keep them (`server.http.IDLE_S`): who asks closes first.
IDLE_S = 5.0
ANSWER_BYTES_MAX = 16 << 20


class _Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: str | None


class InternalClient:
    """Calls other processes. A process that cannot be reached is ``Unavailable`` after ``TIMEOUT_S`` at most."""

    def __init__(self, token: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._token = token
        self._timeout_s = timeout_s
        self._opened: aiohttp.ClientSession | None = None

    async def call(self, method: str, url: str, body: object | None = None) -> dict[str, Any]:
        """``body`` is turned into JSON, but for bytes, which are JSON already."""
        said = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        try:
            answer = await self._ask(method, url, said)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"{method} {url}: {error!r}", retry_after_s=1) from error
        content = _content(answer)
        if content is None:
            # Not one of our answers: a process that fails, or something else at its address.
            raise Unavailable(f"{method} {url}: answered {answer.status} without JSON", retry_after_s=1)
        if 200 <= answer.status < 300:
            return content
        known = {"type", "title", "status", "detail", "code"}
        extra = {name: value for name, value in content.items() if name not in known}
        raise RemoteRefusal(
            answer.status,
            content.get("code", "refused"),
            content.get("detail", ""),
            int(answer.retry_after) if answer.retry_after else None,
            **extra,
        )

    async def _ask(self, method: str, url: str, body: bytes | None) -> _Answer:
        async with self._session().request(method, url, data=body) as response:
            content = bytearray()
            async for portion in response.content.iter_any():
                content += portion
                if len(content) > ANSWER_BYTES_MAX:
                    raise aiohttp.ClientPayloadError("the answer is too large")
            return _Answer(response.status, bytes(content), response.headers.get("Retry-After"))

    def _session(self) -> aiohttp.ClientSession:
        """Made when it is first needed: it belongs to the loop that runs then."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S),
                headers={HEADER: self._token, "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._opened

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


def _content(answer: _Answer) -> dict[str, Any] | None:
    """The answer's JSON object, empty where there is no body; None for anything else."""
    if not answer.body:
        return {}
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def guard(token: str) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency that lets only our own processes in."""

    async def check(request: Request) -> None:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), token.encode()):
            raise Unauthorised("internal address")

    return check
