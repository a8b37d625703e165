"""A payment provider for development: its payers pay with a button, and its webhook is signed as a real one's is.

The signature is the header ``Ringside-Signature: t=MILLISECONDS,v1=HEX``: HMAC-SHA256 over ``t.BODY`` with a secret of
this installation. The body is JSON: ``id``, ``kind``, ``purchase``, ``amount``, ``currency``.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from foundation.errors import Malformed
from gifts.money.errors import WebhookForged, WebhookTooOld
from gifts.money.purchase import PaymentEvent, PaymentKind, Purchase

BELIEVED_MS = 5 * 60_000
SIGNATURE = "ringside-signature"

_SIGNED = re.compile(r"t=(\d{1,15}),v1=([0-9a-f]{64})")


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=128, pattern=r"^[\x21-\x7e]+$")
    kind: PaymentKind
    purchase: str = Field(max_length=26, pattern=r"^[0-9a-z-]+$")
    amount: StrictInt = Field(ge=0, le=2**53)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class TestProvider:
    """``secret`` signs; who knows it can make coins."""

    __test__ = False  # for pytest, which takes the name for a suite

    name = "test"

    def __init__(self, secret: bytes) -> None:
        assert secret
        self._secret = secret

    async def start(self, purchase: Purchase) -> str:
        return f"/wallet?pay={purchase.id}"

    def verify(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> PaymentEvent:
        said = _SIGNED.fullmatch(headers.get(SIGNATURE, ""))
        if said is None or not hmac.compare_digest(self._signature(said[1], body), said[2]):
            raise WebhookForged
        if abs(now_ms - int(said[1])) > BELIEVED_MS:
            raise WebhookTooOld
        try:
            event = _Event.model_validate_json(body)
        except ValidationError as error:
            raise Malformed(str(error.errors()[0]["msg"])) from None
        return PaymentEvent(event.id, event.kind, event.purchase, event.amount, event.currency)

    def signed(self, event: PaymentEvent, now_ms: int) -> tuple[dict[str, str], bytes]:
        """Headers and body of the webhook that says ``event``."""
        body = _Event(**vars(event)).model_dump_json().encode()
        return {SIGNATURE: f"t={now_ms},v1={self._signature(str(now_ms), body)}"}, body

    def _signature(self, at: str, body: bytes) -> str:
        return hmac.new(self._secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
