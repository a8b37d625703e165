"""The till of development: who has bought something presses a button, and the test provider says that he has paid."""

from foundation.clock import Clock
from gifts.money.errors import ProviderUnknown
from gifts.money.purchase import PaymentEvent, PaymentKind, Purchase
from gifts.money.test_provider import TestProvider
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks


class Till:
    """``provider`` is None where real money is taken: then there is no such till."""

    def __init__(self, topups: TopUps, webhooks: Webhooks, clock: Clock, provider: TestProvider | None) -> None:
        self._topups = topups
        self._webhooks = webhooks
        self._clock = clock
        self._provider = provider

    @property
    def open(self) -> bool:
        return self._provider is not None

    async def pay(self, buyer: str, purchase: str) -> Purchase:
        """The buyer's own purchase, paid. It goes the whole way: signed, and heard as a webhook."""
        if self._provider is None:
            raise ProviderUnknown
        mine = await self._topups.one(buyer, purchase)
        said = PaymentEvent(f"paid-{mine.id}", PaymentKind.PAID, mine.id, mine.price, mine.currency)
        await self._webhooks.hear(self._provider.name, *self._provider.signed(said, self._clock.now_ms()))
        return await self._topups.one(buyer, purchase)
