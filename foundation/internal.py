"""Commands between our own processes: HTTP with a shared token, one owner, an answer, refusals passed on unchanged."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from fastapi import Request

from foundation.errors import RemoteRefusal, Unauthorised, Unavailable

HEADER = "X-Ringside-Internal"
TIMEOUT_S = 3.0


class InternalClient:
    """Calls other processes. A process that cannot be reached is ``Unavailable`` after ``TIMEOUT_S`` at most."""

    def __init__(self, token: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._client = httpx2.AsyncClient(headers={HEADER: token}, timeout=timeout_s, trust_env=False)

    async def call(self, method: str, url: str, body: object | None = None) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, url, json=body)
        except httpx2.HTTPError as error:
            raise Unavailable(f"{method} {url}: {type(error).__name__}", retry_after_s=1) from error
        content = _content(answer)
        if content is None:
            # Not one of our answers: a process that fails, or something else at its address.
            raise Unavailable(f"{method} {url}: answered {answer.status_code} without JSON", retry_after_s=1)
        if answer.is_success:
            return content
        retry = answer.headers.get("Retry-After")
        known = {"type", "title", "status", "detail", "code"}
        extra = {name: value for name, value in content.items() if name not in known}
        raise RemoteRefusal(
            answer.status_code,
            content.get("code", "refused"),
            content.get("detail", ""),
            int(retry) if retry else None,
            **extra,
        )

    async def close(self) -> None:
        await self._client.aclose()


def _content(answer: httpx2.Response) -> dict[str, Any] | None:
    """The answer's JSON object, empty where there is no body; None for anything else."""
    if not answer.content:
        return {}
    try:
        content = answer.json()
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def guard(token: str) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency that lets only our own processes in."""

    async def check(request: Request) -> None:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), token.encode()):
            raise Unauthorised("internal address")

    return check
