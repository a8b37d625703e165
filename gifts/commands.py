"""Gifts over the room's feed: ``gift.send``. Implements ``streaming.feed_port.FeedCommand`` without importing it."""

from pydantic import ValidationError

from accounts.principal import Principal
from foundation.errors import Malformed
from gifts.schema import GiftAnswer, GiftCommandBody
from gifts.service import GiftService, SendGift


class GiftSendCommand:
    """``{"gift", "count", "to"?, "key"}``; the reply has the members of the HTTP answer."""

    type = "gift.send"
    deadline_s: float | None = None  # the service answers in time

    def __init__(self, service: GiftService) -> None:
        self._service = service

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        try:
            wish = GiftCommandBody.model_validate(body)
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
            raise Malformed("; ".join(faults)[:500]) from None
        sent = await self._service.send(principal, room, SendGift(wish.gift, wish.count, wish.to, wish.key))
        return GiftAnswer.of(sent.gift).model_dump()
