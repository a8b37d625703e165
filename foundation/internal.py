"""Commands between our own processes: HTTP with a shared token, one owner, an answer, refusals passed on unchanged."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import Request

from foundation.errors import RemoteRefusal, Unauthorised, Unavailable
from foundation.http_client import Answer, HttpClient, HttpFailed

HEADER = "X-Ringside-Internal"
TIMEOUT_S = 3.0


class InternalClient:
    """Calls other processes. A process that cannot be reached is ``Unavailable`` after ``TIMEOUT_S`` at most."""

    def __init__(self, token: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._client = HttpClient({HEADER: token}, timeout_s)

    async def call(self, method: str, url: str, body: object | None = None) -> dict[str, Any]:
        """``body`` is turned into JSON, but for bytes, which are JSON already."""
        said = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        try:
            answer = await self._client.request(method, url, said)
        except HttpFailed as error:
            raise Unavailable(f"{method} {url}: {error}", retry_after_s=1) from error
        content = _content(answer)
        if content is None:
            # Not one of our answers: a process that fails, or something else at its address.
            raise Unavailable(f"{method} {url}: answered {answer.status} without JSON", retry_after_s=1)
        if 200 <= answer.status < 300:
            return content
        retry = answer.headers.get("retry-after")
        known = {"type", "title", "status", "detail", "code"}
        extra = {name: value for name, value in content.items() if name not in known}
        raise RemoteRefusal(
            answer.status,
            content.get("code", "refused"),
            content.get("detail", ""),
            int(retry) if retry else None,
            **extra,
        )

    async def close(self) -> None:
        await self._client.close()


def _content(answer: Answer) -> dict[str, Any] | None:
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
