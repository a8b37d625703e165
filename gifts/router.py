"""HTTP: the catalogue, the own wallet, sending a gift."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from accounts.principal import Signed
from gifts.schema import GiftAnswer, GiftBody, WalletAnswer
from gifts.schema_catalogue import CatalogueAnswer, ItemAnswer
from gifts.service import GiftService, SendGift
from gifts.wallet import MOST_ENTRIES

REPLAYED = "Idempotent-Replayed"

RoomId = Annotated[str, Path(min_length=1, max_length=64)]
# A missing key is judged by the service, which has a code for it.
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=1024)]


def router(service: GiftService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["gifts"])

    @routes.get("/gifts")
    async def gifts() -> CatalogueAnswer:
        """What may be sent now; everybody may see it."""
        items = [ItemAnswer.of(item) for item in service.available()]
        return CatalogueAnswer(gifts=items, most_count=service.settings.max_count, combo_ms=service.settings.combo_ms)

    @routes.post("/rooms/{room}/gifts", status_code=201)
    async def send(room: RoomId, body: GiftBody, principal: Signed, response: Response, key: Key = "") -> GiftAnswer:
        """Send a gift. A repeated request with the same ``Idempotency-Key`` is answered alike and charged once."""
        sent = await service.send(principal, room, SendGift(body.gift, body.count, body.to, key))
        if sent.replayed:
            response.headers[REPLAYED] = "true"
        return GiftAnswer.of(sent.gift)

    @routes.get("/wallet")
    async def wallet(
        principal: Signed,
        before: Annotated[str | None, Query(max_length=40, pattern=r"^[0-9A-Za-z_-]+$")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 50,
    ) -> WalletAnswer:
        """The caller's balances and entries, newest first; ``next_before`` asks for the next page."""
        return WalletAnswer.of(await service.wallet(principal.user_id, before=before, most=limit))

    return routes
