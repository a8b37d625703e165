"""Bodies of requests and answers."""

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from gifts.ledger import Gift
from gifts.wallet import WalletPage

_STRICT = ConfigDict(extra="forbid")


class GiftBody(BaseModel):
    """``count`` is judged by the service, which has a code for it. ``to`` None: the room's host."""

    model_config = _STRICT

    gift: str = Field(min_length=1, max_length=64)
    count: StrictInt = 1
    to: str | None = Field(None, max_length=64)


class GiftCommandBody(GiftBody):
    """Over the feed there are no headers: the idempotency key is a member."""

    key: str = Field(max_length=128)


class GiftAnswer(BaseModel):
    """``balance`` is the sender's, right after this gift and what it won; ``score`` is None outside a battle.

    ``boost`` and ``win`` (coins back) were drawn with ``seed``, which is None when nothing was.
    ``to`` earns it; ``guest`` is the guest of his that it was meant for, or None.
    """

    gift_id: str
    room: str
    gift: str
    count: int
    coins: int
    to: str
    guest: str | None
    battle: str | None
    side: str | None
    multiplier: int
    boost: int
    score: int | None
    win: int
    seed: str | None
    balance: int
    accepted_at_ms: int

    @classmethod
    def of(cls, gift: Gift) -> "GiftAnswer":
        return cls(
            gift_id=gift.id,
            room=gift.room,
            gift=gift.item,
            count=gift.count,
            coins=gift.coins,
            to=gift.recipient,
            guest=gift.asked_for,
            battle=gift.battle,
            side=gift.side,
            multiplier=gift.multiplier,
            boost=gift.boost,
            score=gift.score if gift.battle else None,
            win=gift.win,
            seed=gift.seed,
            balance=gift.balance,
            accepted_at_ms=gift.accepted_at_ms,
        )


class EntryAnswer(BaseModel):
    """``amount`` is negative when it left the wallet."""

    id: str
    at_ms: int
    kind: str
    currency: str
    amount: int
    gift_id: str | None
    gift: str | None
    count: int | None
    sender_name: str | None
    recipient_name: str | None


class WalletAnswer(BaseModel):
    coins: int
    diamonds: int
    entries: list[EntryAnswer]
    next_before: str | None

    @classmethod
    def of(cls, page: WalletPage) -> "WalletAnswer":
        return cls(
            coins=page.coins,
            diamonds=page.diamonds,
            entries=[
                EntryAnswer(
                    id=entry.id,
                    at_ms=entry.at_ms,
                    kind=entry.kind,
                    currency=entry.currency,
                    amount=entry.amount,
                    gift_id=entry.gift_id,
                    gift=entry.item,
                    count=entry.count,
                    sender_name=entry.sender_name,
                    recipient_name=entry.recipient_name,
                )
                for entry in page.entries
            ],
            next_before=page.next_before,
        )
