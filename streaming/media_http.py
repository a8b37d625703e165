"""What WHIP and WHEP have in common: offers in, answers out, and the way to the node where a room has its home.

Sessions as resources are in `streaming.media_sessions`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import Request, Response

from foundation import problem
from foundation.errors import Refusal
from foundation.nodes import Living, Node, NodeRegistry
from streaming.media.answer import AnswerParameters, write_answer
from streaming.media.errors import (
    FragmentMalformed,
    LayerMalformed,
    MediaTypeUnsupported,
    NoMediaWorker,
    NotAcceptable,
    OfferMalformed,
    OfferTooLarge,
)
from streaming.media.layer_choice import LayerChoice
from streaming.media.offer import OFFER_BYTES_MAX, Offer, Role, read_offer
from streaming.media_handover import Handover, hand_over, take_over
from streaming.media_limits import SessionLimits
from streaming.media_sessions import SessionNames

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
JSON = "application/json"
LAYER_LINK = "urn:ietf:params:whep:ext:core:layer"
TOO_LONG = {SDP: OfferTooLarge, FRAGMENT: FragmentMalformed, JSON: LayerMalformed}
BODY_DEADLINE_S = 10.0
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After",
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

    async def restart_ice(
        self, url: str, session: str, seen_ufrag: str | None, peer_ufrag: str, peer_password: str
    ) -> dict[str, Any]: ...

    async def choose_layer(self, url: str, session: str, layer: LayerChoice) -> None: ...

    async def close(self, url: str, session: str) -> None: ...


@dataclass(frozen=True)
class MediaEndpoint:
    """`secret` signs session addresses; `ice_servers` gives Link values for a user, "" being a guest."""

    workers: SessionWorkers
    nodes: NodeRegistry
    secret: str
    limits: SessionLimits
    ice_servers: Callable[[str], tuple[str, ...]] = lambda user: ()
    public_url: str = ""
    """Under which clients reach this node. Rooms whose home announces another one are handed over to it."""
    recent: Living | None = None
    """What `nodes` said a moment ago, for viewers, who may be a crowd; None: `nodes`."""

    @property
    def names(self) -> SessionNames:
        return SessionNames(self.secret)

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

    async def handed_over(self, request: Request, role: Role, room: str, track: str) -> Handover | None:
        """Whom another node has sent here with `?grant=`; None: who comes by himself."""
        await self.limits.check_address(request, "open")
        token = request.query_params.get("grant")
        if token is None:
            return None
        now_ms, home = self.limits.now_ms(), self.public_url
        found = take_over(self.secret, token, role=role, room=room, track=track, home=home, now_ms=now_ms)
        await self.limits.use(found)
        return found

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
        handed_over: bool = False,
    ) -> Response:
        """201 with the answer, or 307 to the node where the room's home is. Who was handed over is never sent on."""
        if not handed_over:
            await self.limits.check_user(user)
        if not accepts_sdp(request.headers.get("Accept", "")):
            raise NotAcceptable
        body = await read_body(request, SDP, OFFER_BYTES_MAX)
        node = await self._choose(role, worker_url)
        home = str(node.attributes.get("public", ""))
        if home and home != self.public_url and not handed_over:
            now_ms = self.limits.now_ms()
            named = {"role": role, "room": room, "track": track, "user": user, "credential": credential}
            token = hand_over(self.secret, **named, home=home, now_ms=now_ms)
            return Response(status_code=307, headers={"Location": f"{home}{request.url.path}?grant={quote(token)}"})
        offer = read_offer(body, role)
        parameters = await self.workers.open(
            node.url, role, room, track, user, offer, relay_of=relay_of, credential=credential
        )
        token = self.names.sign(node.id, parameters.session)
        headers = {
            "Location": f"{request.url.path}/sessions/{token}",
            "ETag": self.names.etag(token, parameters.ufrag),
        }
        response = Response(write_answer(offer, parameters, role), 201, headers, SDP)
        for server in self.ice_servers(user):
            response.headers.append("Link", server)
        if role == "watch" and offer.track("video") is not None:
            response.headers.append("Link", f'<{headers["Location"]}/layer>; rel="{LAYER_LINK}"')
        return response

    async def _choose(self, role: Role, worker_url: str | None) -> Node:
        nodes = self.recent if self.recent is not None and role == "watch" else self.nodes
        alive = await nodes.alive("media")
        if worker_url is not None:
            alive = [node for node in alive if node.url == worker_url]
        if not alive:
            # A home that is away is back within seconds, here or elsewhere; where nobody is, it may take longer.
            raise NoMediaWorker(retry_after_s=1 if worker_url is not None else 2)
        return min(alive, key=lambda node: (node.load, node.id))


def accepts_sdp(accept: str) -> bool:
    """Whether an Accept header (RFC 9110, section 12.5.1) allows application/sdp; none at all allows everything."""
    if not accept.strip():
        return True
    for each in accept.lower().split(","):
        media_range, *parameters = (part.strip() for part in each.split(";"))
        refused = any(parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for parameter in parameters)
        if media_range in (SDP, "application/*", "*/*") and not refused:
            return True
    return False


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
                    raise TOO_LONG[media_type]
    except TimeoutError as error:
        raise OfferMalformed("the body did not come in time") from error
    return body
