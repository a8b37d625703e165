"""What WHIP and WHEP have in common: offers in, answers out, sessions as resources that any api process can serve.

A session's address carries the worker's id, the session's id and our signature over both, so no api process needs to
remember it, and nobody can guess one. Its ETag is derived the same way: there is one ICE session, restarts are refused.
"""

import asyncio
import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response

from foundation import problem
from foundation.errors import Refusal
from foundation.nodes import Node, NodeRegistry
from streaming.media.answer import AnswerParameters, write_answer
from streaming.media.errors import (
    EtagStale,
    FragmentMalformed,
    IceRestartUnsupported,
    IfMatchRequired,
    MediaTypeUnsupported,
    NoMediaWorker,
    OfferMalformed,
    OfferTooLarge,
    SessionUnknown,
)
from streaming.media.offer import OFFER_BYTES_MAX, Offer, Role, read_offer

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
FRAGMENT_BYTES_MAX = 16 * 1024
BODY_DEADLINE_S = 10.0
_SIGNATURE_LENGTH = 32
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{1,64})\.([0-9a-f]{32})")
_FRAGMENT = re.compile(rb"([a-z]=[^\r\n]*\r?\n?)*")
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
}


class SessionWorkers(Protocol):
    """The part of `streaming.media_client.MediaClient` that these endpoints need."""

    async def open(
        self,
        url: str,
        role: Role,
        room: str,
        track: str,
        user: str,
        offer: Offer,
        *,
        relay_of: str = "",
        credential: str = "",
    ) -> AnswerParameters: ...

    async def session(self, url: str, session: str) -> dict[str, Any]: ...

    async def close(self, url: str, session: str) -> None: ...


@dataclass(frozen=True)
class MediaEndpoint:
    """`secret` signs session addresses; `ice_servers` gives Link values for a user, "" being a guest."""

    workers: SessionWorkers
    nodes: NodeRegistry
    secret: str
    ice_servers: Callable[[str], tuple[str, ...]] = lambda user: ()

    @staticmethod
    def bearer(request: Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    async def answered(self, work: Coroutine[Any, Any, Response]) -> Response:
        """The response of `work`, or its refusal, readable for pages of other origins in both cases."""
        try:
            response = await work
        except Refusal as refusal:
            response = problem.response(refusal)
        response.headers.update(CORS)
        return response

    async def open(
        self,
        request: Request,
        role: Role,
        room: str,
        track: str,
        user: str,
        worker_url: str | None,
        *,
        relay_of: str = "",
        credential: str = "",
    ) -> Response:
        offer = read_offer(await read_body(request, SDP, OFFER_BYTES_MAX), role)
        node = await self._choose(worker_url)
        parameters = await self.workers.open(
            node.url, role, room, track, user, offer, relay_of=relay_of, credential=credential
        )
        token = self._sign(node.id, parameters.session)
        headers = {"Location": f"{request.url.path}/sessions/{token}", "ETag": self._etag(token)}
        response = Response(write_answer(offer, parameters, role), 201, headers, SDP)
        for server in self.ice_servers(user):
            response.headers.append("Link", server)
        return response

    async def _choose(self, worker_url: str | None) -> Node:
        alive = await self.nodes.alive("media")
        if worker_url is not None:
            alive = [node for node in alive if node.url == worker_url]
        if not alive:
            raise NoMediaWorker(retry_after_s=2)
        return min(alive, key=lambda node: (node.load, node.id))

    # --- the session as a resource

    def _sign(self, worker: str, session: str) -> str:
        where = base64.urlsafe_b64encode(worker.encode()).decode().rstrip("=")
        return f"{where}.{session}.{self._mac(f'{where}.{session}')}"

    def _mac(self, text: str) -> str:
        made = hmac.new(self.secret.encode(), b"media session " + text.encode(), hashlib.sha256)
        return made.hexdigest()[:_SIGNATURE_LENGTH]

    def _etag(self, token: str) -> str:
        return f'"{self._mac(f"etag {token}")[:16]}"'

    async def _locate(self, token: str) -> tuple[str, str]:
        """The worker's address and the session's id; SessionUnknown for what we did not sign, or a worker gone."""
        match = _TOKEN.fullmatch(token)
        if match is None or not hmac.compare_digest(self._mac(f"{match[1]}.{match[2]}"), match[3]):
            raise SessionUnknown
        worker = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)).decode()
        for node in await self.nodes.alive("media"):
            if node.id == worker:
                return node.url, match[2]
        raise SessionUnknown

    async def _end(self, token: str) -> Response:
        # RFC 9725, section 4.2: 200 exactly is what OBS takes for success; If-Match does not matter here.
        url, session = await self._locate(token)
        await self.workers.close(url, session)
        return Response(status_code=200)

    async def _patch(self, token: str, request: Request) -> Response:
        """Trickled candidates are welcome and not needed: we are ICE-lite and learn addresses from checks."""
        body = await read_body(request, FRAGMENT, FRAGMENT_BYTES_MAX)
        url, session = await self._locate(token)
        await self.workers.session(url, session)
        match = request.headers.get("If-Match")
        if match is None:
            raise IfMatchRequired
        if match.strip() == "*":
            raise IceRestartUnsupported
        if match.strip() != self._etag(token):
            raise EtagStale
        if not _FRAGMENT.fullmatch(body):
            raise FragmentMalformed
        return Response(status_code=204)

    def add_session_routes(self, routes: APIRouter, path: str) -> None:
        """OPTIONS, GET and HEAD of the endpoint at `path`, and its sessions."""

        @routes.options(path, include_in_schema=False)
        @routes.options(path + "/sessions/{token}", include_in_schema=False)
        async def options(request: Request) -> Response:
            response = Response(status_code=200, headers={**CORS, **_PREFLIGHT, "Accept-Post": SDP})
            # RFC 9725, section 4.6: for clients that cannot wait for the 201, and not in a preflight.
            if "Access-Control-Request-Method" not in request.headers:
                for server in self.ice_servers(""):
                    response.headers.append("Link", server)
            return response

        @routes.api_route(path, methods=["GET", "HEAD"], include_in_schema=False)
        async def endpoint() -> Response:
            return Response(status_code=200, headers=CORS, media_type=SDP)

        @routes.get(path + "/sessions/{token}", include_in_schema=False)
        async def session(token: str) -> Response:
            async def work() -> Response:
                url, known = await self._locate(token)
                await self.workers.session(url, known)
                return Response(status_code=204)

            return await self.answered(work())

        @routes.patch(path + "/sessions/{token}", response_class=Response)
        async def patch(token: str, request: Request) -> Response:
            return await self.answered(self._patch(token, request))

        @routes.delete(path + "/sessions/{token}", response_class=Response)
        async def end(token: str) -> Response:
            return await self.answered(self._end(token))


async def read_body(request: Request, media_type: str, limit: int) -> bytes:
    """The body, never more of it in memory than `limit` and one portion; it has `BODY_DEADLINE_S` to come."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != media_type:
        raise MediaTypeUnsupported(f"send {media_type}")
    body = b""
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            async for portion in request.stream():
                body += portion
                if len(body) > limit:
                    raise OfferTooLarge if media_type == SDP else FragmentMalformed
    except TimeoutError as error:
        raise OfferMalformed("the body did not come in time") from error
    return body
