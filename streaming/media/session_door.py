"""`POST /internal/sessions`: how the api opens a session on a media worker. The one internal call that a crowd makes.

Two hundred viewers may come within a second, and a web framework takes more for the call than the session itself. So
this is plain ASGI in front of the worker's other routes; the same secret, the same typed refusals.
"""

import hmac

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation import problem
from foundation.errors import Malformed, Refusal, Unauthorised
from foundation.internal import HEADER
from streaming.media.answer import AnswerParameters
from streaming.media.errors import OfferTooLarge
from streaming.media.offer import OFFER_BYTES_MAX
from streaming.media.opening import ANSWER, PATH, OpenSession
from streaming.media.worker import MediaWorker

_BODY_MAX = 2 * OFFER_BYTES_MAX
_HEADER = HEADER.lower().encode()


class SessionDoor:
    """ASGI: opens sessions, and leaves every other request to `app`."""

    def __init__(self, app: ASGIApp, worker: MediaWorker, token: str) -> None:
        self._app = app
        self._worker = worker
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
            answer = await self._open(await _body(receive))
        except Refusal as refusal:
            await problem.response(refusal)(scope, receive, send)
            return
        content = ANSWER.dump_json(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _check(self, scope: Scope) -> None:
        said = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        if not hmac.compare_digest(said, self._token):
            raise Unauthorised("internal address")

    async def _open(self, body: bytes) -> AnswerParameters:
        try:
            wanted = OpenSession.model_validate_json(body)
        except ValidationError as error:
            raise Malformed(str(error)[:500]) from error
        return await self._worker.open_session(
            wanted.role,
            wanted.room,
            wanted.track,
            wanted.user,
            wanted.offer,
            relay_of=wanted.relay_of,
            credential=wanted.credential,
        )


async def _body(receive: Receive) -> bytes:
    """OfferTooLarge beyond what an offer can need. The caller may be gone before its end: then it is malformed."""
    body = bytearray()
    while True:
        message: Message = await receive()
        body += message.get("body", b"")
        if len(body) > _BODY_MAX:
            raise OfferTooLarge
        if not message.get("more_body", False):
            return bytes(body)
