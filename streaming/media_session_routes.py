"""The session as an HTTP resource: PATCH for ICE, DELETE for the end, and what an endpoint answers besides POST."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from streaming.media.errors import EtagStale, IfMatchRequired
from streaming.media.fragment import FRAGMENT_BYTES_MAX, read_fragment
from streaming.media_http import CORS, FRAGMENT, SDP, MediaEndpoint, read_body

PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
}
ENDPOINT_METHODS = "GET, HEAD, OPTIONS, POST"
SESSION_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH"


async def patch(endpoint: MediaEndpoint, token: str, request: Request) -> Response:
    """An ICE restart, or trickled candidates, which are welcome and not needed (RFC 9725, sections 4.3.2 and 4.3.3).

    What makes it a restart is a user fragment that is new, not the condition: `*` only says "whatever is there".
    """
    await endpoint.limits.check_address(request, "change")
    body = await read_body(request, FRAGMENT, FRAGMENT_BYTES_MAX)
    url, session = await endpoint.names.locate(token, endpoint.nodes)
    state = await endpoint.workers.session(url, session)
    match = request.headers.get("If-Match")
    if match is None:
        raise IfMatchRequired
    fragment = read_fragment(body)
    wanted = [each.strip() for each in match.split(",")]
    anything = "*" in wanted or '"*"' in wanted  # the RFC's own example has quotes
    if not anything and endpoint.names.etag(token, state["ufrag"]) not in wanted:
        raise EtagStale
    if fragment.ufrag is None or fragment.password is None or fragment.ufrag == state["peer_ufrag"]:
        return Response(status_code=204)
    seen = None if anything else state["ufrag"]
    restarted = await endpoint.workers.restart_ice(url, session, seen, fragment.ufrag, fragment.password)
    headers = {"ETag": endpoint.names.etag(token, restarted["ufrag"])}
    return Response(restarted["fragment"], 200, headers, FRAGMENT)


async def end(endpoint: MediaEndpoint, token: str, request: Request) -> Response:
    # RFC 9725, section 4.2: 200 exactly is what OBS takes for success; If-Match does not matter here.
    await endpoint.limits.check_address(request, "change")
    url, session = await endpoint.names.locate(token, endpoint.nodes)
    await endpoint.workers.close(url, session)
    return Response(status_code=200)


async def tell_options(endpoint: MediaEndpoint, request: Request) -> Response:
    """With ICE servers for clients that cannot wait for the 201, but not in a preflight (RFC 9725, section 4.6)."""
    response = Response(status_code=200, headers={**PREFLIGHT, "Accept-Post": SDP})
    servers = () if "Access-Control-Request-Method" in request.headers else endpoint.ice_servers("")
    if servers:
        await endpoint.limits.check_address(request, "change")
    for server in servers:
        response.headers.append("Link", server)
    return response


def add_session_routes(routes: APIRouter, endpoint: MediaEndpoint, path: str) -> None:
    """OPTIONS, GET and HEAD of the endpoint at `path`, and its sessions."""
    sessions = path + "/sessions/{token}"

    @routes.options(path, include_in_schema=False)
    async def options(request: Request) -> Response:
        return await endpoint.answered(tell_options(endpoint, request))

    @routes.options(sessions, include_in_schema=False)
    async def options_of_a_session() -> Response:
        return Response(status_code=200, headers={**CORS, **PREFLIGHT, "Accept-Post": SDP})

    @routes.api_route(path, methods=["GET", "HEAD"], include_in_schema=False)
    async def look() -> Response:
        return Response(status_code=200, headers=CORS, media_type=SDP)

    @routes.api_route(sessions, methods=["GET", "HEAD"], include_in_schema=False)
    async def session(token: str) -> Response:
        async def work() -> Response:
            url, known = await endpoint.names.locate(token, endpoint.nodes)
            await endpoint.workers.session(url, known)
            return Response(status_code=204)

        return await endpoint.answered(work())

    @routes.patch(sessions, response_class=Response)
    async def change(token: str, request: Request) -> Response:
        return await endpoint.answered(patch(endpoint, token, request))

    @routes.delete(sessions, response_class=Response)
    async def leave(token: str, request: Request) -> Response:
        return await endpoint.answered(end(endpoint, token, request))

    # The framework's own 405 names the methods of one route only.
    @routes.api_route(path, methods=["PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def not_of_an_endpoint() -> Response:
        raise HTTPException(405, headers={"Allow": ENDPOINT_METHODS, **CORS})

    @routes.api_route(sessions, methods=["PUT", "POST"], include_in_schema=False)
    async def not_of_a_session() -> Response:
        raise HTTPException(405, headers={"Allow": SESSION_METHODS, **CORS})
