"""The payment provider: where a payer goes, and whether a word that claims to be the provider's is his.

A real one is a class beside ``test_provider.py`` with these two methods; ``server/money.py`` registers it by its name.
It never touches the ledger: what its word does is decided in ``purchase.py`` and done in ``webhooks.py``.
"""

from collections.abc import Mapping
from typing import Protocol

from gifts.money.purchase import PaymentEvent, Purchase


class PaymentProvider(Protocol):
    @property
    def name(self) -> str:
        """Stands in the address of the webhook, in rows and in the audit log; never changed."""

    async def start(self, purchase: Purchase) -> str:
        """Where the payer goes, an address. Asked again for the same purchase it starts no second payment.

        ``Unavailable`` when the provider cannot say; a deadline is the caller's.
        """

    def verify(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> PaymentEvent:
        """What the provider says in a webhook. Names of ``headers`` are in lower case.

        ``WebhookForged`` when it is not his, ``WebhookTooOld`` when it was signed too long ago to be believed again,
        ``Malformed`` when it cannot be read. An event has the same ``id`` each time that it is told.
        """
