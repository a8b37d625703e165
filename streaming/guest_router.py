"""Guests over HTTP: apply for a seat beside the host, answer, mute, leave; and the host's screen beside his camera."""

from fastapi import APIRouter

from accounts.principal import PerhapsSigned, Signed
from streaming.guest_schema import Application
from streaming.guest_service import GuestService


def router(guests: GuestService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms/{room}", tags=["guests"])

    @routes.post("/guests", status_code=201)
    async def apply(room: str, principal: Signed, body: Application | None = None) -> dict[str, object]:
        """The caller asks the host for a seat on his stage."""
        return await guests.apply(principal, room, True if body is None else body.picture)

    @routes.get("/guests")
    async def seen(room: str, principal: PerhapsSigned) -> dict[str, object]:
        """Those on stage and the caller; the host and moderators see all."""
        await guests.check_known(room)
        return {"guests": await guests.guests(room, principal)}

    @routes.post("/guests/{user}/approve", status_code=204)
    async def approve(room: str, user: str, principal: Signed) -> None:
        await guests.approve(principal, room, user)

    @routes.post("/guests/{user}/decline", status_code=204)
    async def decline(room: str, user: str, principal: Signed) -> None:
        await guests.decline(principal, room, user)

    @routes.post("/guests/{user}/mute", status_code=204)
    async def mute(room: str, user: str, principal: Signed) -> None:
        """The host silences a guest for everybody, or the guest himself."""
        await guests.mute(principal, room, user, True)

    @routes.post("/guests/{user}/unmute", status_code=204)
    async def unmute(room: str, user: str, principal: Signed) -> None:
        await guests.mute(principal, room, user, False)

    @routes.delete("/guests/{user}", status_code=204)
    async def remove(room: str, user: str, principal: Signed) -> None:
        """The host sends a guest away, a guest leaves, or an applicant takes his application back."""
        await guests.remove(principal, room, user)

    @routes.put("/screen", status_code=204)
    async def share_screen(room: str, principal: Signed) -> None:
        """The host may publish his screen beside his camera."""
        await guests.share_screen(principal, room)

    @routes.delete("/screen", status_code=204)
    async def end_screen(room: str, principal: Signed) -> None:
        await guests.end_screen(principal, room)

    return routes
