"""E-mail addresses and forgotten passwords over HTTP. Tokens stand in bodies: addresses are logged on the way."""

from fastapi import APIRouter, Request

from accounts.emails import Emails
from accounts.password_resets import PasswordResets
from accounts.principal import Signed
from accounts.schema import EmailWanted, MailTokenBody, NewPassword, ResetWanted
from foundation.address import subject_of


def recovery_router(resets: PasswordResets, emails: Emails) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["accounts"])

    @routes.post("/password-resets", status_code=202)
    async def ask_for_reset(body: ResetWanted, request: Request) -> None:
        """Have a letter sent to the account's address. The same answer whether there is such an account or not."""
        await resets.ask(body.account, _subject(request))

    @routes.put("/password", status_code=204)
    async def reset_password(body: NewPassword, request: Request) -> None:
        """Set the password with the token of that letter; every sign-in of the account ends."""
        await resets.complete(body.token, body.password, _subject(request))

    @routes.put("/me/email", status_code=202)
    async def want_email(principal: Signed, body: EmailWanted, request: Request) -> None:
        """Have a letter sent to the address, which counts when its token was used; null: have none any more."""
        await emails.want(principal.user_id, body.email, body.password, _subject(request))

    @routes.post("/email-confirmations", status_code=204)
    async def confirm_email(body: MailTokenBody, request: Request) -> None:
        await emails.confirm(body.token, _subject(request))

    return routes


def _subject(request: Request) -> str:
    return subject_of(request.client.host if request.client else None)
