"""A user's own sign-ins over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from accounts.principal import Signed
from accounts.schema import SignInBody, SignInsBody
from accounts.service import Accounts
from accounts.sign_in_service import SignIns


def sign_in_router(accounts: Accounts, sign_ins: SignIns) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/me/sessions", tags=["accounts"])

    @routes.get("")
    async def mine(principal: Signed) -> SignInsBody:
        """Where the caller is signed in, the latest first."""
        found = await sign_ins.of(await accounts.account(principal.user_id))
        return SignInsBody(sessions=[SignInBody.of(each, principal.session) for each in found])

    @routes.delete("", status_code=204)
    async def end_others(principal: Signed) -> None:
        """End all sign-ins of the caller but this one."""
        await sign_ins.end_others(principal.user_id, principal.session)

    @routes.delete("/current", status_code=204)
    async def log_out(principal: Signed) -> None:
        """End the caller's sign-in; its tokens, and the sockets that came with them, are over within a second."""
        if principal.session:  # a token of an earlier version names none, and runs out by itself
            await sign_ins.end(principal.user_id, principal.session)

    @routes.delete("/{session}", status_code=204)
    async def end(principal: Signed, session: Annotated[str, Path(max_length=64)]) -> None:
        await sign_ins.end(principal.user_id, session)

    return routes
