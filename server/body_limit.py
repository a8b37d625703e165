"""No request body is read beyond a limit: the schema of a route judges only what has been read already."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation import problem
from foundation.errors import TooLarge

MOST_BYTES = 128 * 1024


class BodyTooLarge(TooLarge):
    code, title = "body-too-large", f"A request body may have {MOST_BYTES // 1024} KiB"


class BodyLimit:
    """ASGI middleware. A declared length over the limit is refused unread, an undeclared one when it gets there."""

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit() or int(declared) > self._most_bytes:
            await problem.response(BodyTooLarge())(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most_bytes:
                raise BodyTooLarge
            return message

        await self._app(scope, counted, send)
