"""Accounts over HTTP."""

from fastapi import APIRouter, Request, Response

from accounts.principal import Signed, bearer
from accounts.schema import Credentials, SessionBody, StreamKeyBody, StreamKeyState
from accounts.service import Accounts, Doorkeeper
from accounts.stream_keys import StreamKeys
from foundation.address import subject_of
from foundation.errors import Unauthorised

# A token or a key is for the one who asked, and for no cache on the way (RFC 6749, section 5.1).
_UNCACHED = {"Cache-Control": "no-store"}


def router(accounts: Accounts, stream_keys: StreamKeys, doorkeeper: Doorkeeper) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["accounts"])

    @routes.post("/accounts", status_code=201)
    async def sign_up(body: Credentials, request: Request, response: Response) -> SessionBody:
        """Open an account. The answer is a session, as if one had logged in."""
        response.headers.update(_UNCACHED)
        return SessionBody.of(await accounts.sign_up(body.name, body.password, *_from(request)))

    @routes.post("/sessions", status_code=201)
    async def log_in(body: Credentials, request: Request, response: Response) -> SessionBody:
        response.headers.update(_UNCACHED)
        return SessionBody.of(await accounts.log_in(body.name, body.password, *_from(request)))

    @routes.post("/sessions/refresh", status_code=201)
    async def refresh(request: Request, response: Response) -> SessionBody:
        """The next token for a token that is still valid."""
        token = bearer(request)
        if token is None:
            raise Unauthorised
        response.headers.update(_UNCACHED)
        return SessionBody.of(await accounts.refresh(token, *_from(request)))

    @routes.delete("/sessions", status_code=204)
    async def sign_out_everywhere(principal: Signed) -> None:
        """Revoke every token of the caller, this one too."""
        await accounts.sign_out_everywhere(principal.user_id)

    @routes.post("/stream-key", status_code=201)
    async def rotate_stream_key(principal: Signed, response: Response) -> StreamKeyBody:
        """Make the caller's stream key; one that he had before is worth nothing from now on."""
        await doorkeeper.admit(principal.user_id)
        response.headers.update(_UNCACHED)
        return StreamKeyBody(key=await stream_keys.rotate(principal.user_id))

    @routes.get("/stream-key")
    async def stream_key(principal: Signed) -> StreamKeyState:
        return StreamKeyState(made_at_ms=await stream_keys.made_at(principal.user_id))

    return routes


def _from(request: Request) -> tuple[str, str]:
    """The network address that asks, and what calls itself so."""
    return subject_of(request.client.host if request.client else None), request.headers.get("User-Agent", "")
