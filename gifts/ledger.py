"""PURE: the rules of the money. A batch of orders and the books in, one outcome for each order out.

Double entry: a transfer moves an amount of one currency from one account to another and has exactly two entries, equal
and opposite. A gift is two transfers: coins from the sender to the platform, diamonds from the platform to the
recipient, ``floor(coins * share_bp / 10000)`` of them (none at all when that is 0). Users never fall below zero; the
accounts of the platform may, for it is where coins and diamonds come from and go to.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from foundation.errors import Refusal
from gifts.errors import IdempotencyConflict, InsufficientCoins
from gifts.scoring import ScoringWindow

COIN = "coin"
DIAMOND = "diamond"
PLATFORM = "platform"  # takes the coins of gifts, issues the diamonds
GRANTS = "grants"  # issues demo coins
SYSTEM_OWNERS = (PLATFORM, GRANTS)

GIFT_COINS = "gift-coins"
GIFT_DIAMONDS = "gift-diamonds"
STARTER_GRANT = "starter-grant"


def request_of(who: str, key: str) -> str:
    """The name of a request in the ledger: keys are unique for each who asks."""
    return f"{who}/{key}"


def account_of(owner: str, currency: str) -> str:
    return f"{owner}:{currency}"


def earnings(coins: int, share_bp: int) -> int:
    """The diamonds that ``coins`` bring to the recipient."""
    return coins * share_bp // 10_000


@dataclass(frozen=True)
class GiftOrder:
    """A gift that somebody may send, if he has the coins. ``asked_for`` is the person as the client named him.

    Who was named may be a guest; then he is ``guest``, and his host the recipient.
    """

    key: str
    room: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    item: str
    count: int
    price: int
    share_bp: int
    asked_for: str = ""
    guest: str | None = None
    guest_name: str | None = None

    @property
    def coins(self) -> int:
        return self.price * self.count

    @property
    def request(self) -> str:
        return request_of(self.sender, self.key)

    @property
    def content(self) -> str:
        """Equal for two requests that ask for the same; not of the price, which is ours to change."""
        return content_of(self.room, self.item, self.count, self.asked_for)


def content_of(room: str, item: str, count: int, asked_for: str) -> str:
    return hashlib.sha256(json.dumps([room, item, count, asked_for]).encode()).hexdigest()


@dataclass(frozen=True)
class Gift:
    """A gift in the ledger, as its row says for ever. ``balance`` is the sender's, in coins, right after it.

    ``asked_for`` is the guest that it was meant for, if it was; the recipient is then his host, who earns and scores.
    """

    id: str
    room: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    item: str
    count: int
    price: int
    coins: int
    share_bp: int
    diamonds: int
    battle: str | None
    side: str | None
    multiplier: int
    score: int
    balance: int
    accepted_at_ms: int
    asked_for: str | None = None
    asked_for_name: str | None = None

    @property
    def person(self) -> str:
        """Whom the sender has meant."""
        return self.asked_for or self.recipient


@dataclass(frozen=True)
class Transfer:
    """``request`` and ``content`` are on the one transfer of a request that its idempotency hangs on."""

    id: str
    kind: str
    currency: str
    amount: int
    payer: str  # owners, not accounts
    payee: str
    at_ms: int
    gift_id: str | None = None
    request: str | None = None
    content: str | None = None

    def __post_init__(self) -> None:
        assert self.amount > 0 and self.payer != self.payee


@dataclass(frozen=True)
class Posted:
    """A new gift, not yet written: its transfers and the rooms that shall see it."""

    gift: Gift
    transfers: tuple[Transfer, ...]
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What a request did before."""

    content: str
    gift: Gift


@dataclass(frozen=True)
class Replayed:
    gift: Gift


Outcome = Posted | Replayed | Refusal


@dataclass
class Books:
    """What a batch has locked and read. ``decide`` carries it on from order to order."""

    coins: dict[str, int] = field(default_factory=dict)  # of each sender
    known: dict[str, Known] = field(default_factory=dict)  # by request
    windows: dict[str, Sequence[ScoringWindow]] = field(default_factory=dict)  # by recipient


def decide(orders: Sequence[GiftOrder], books: Books, now_ms: int, make_id: Callable[[], str]) -> list[Outcome]:
    """One outcome for each order, in order; an order sees what those before it did. A refusal changes nothing."""
    return [_decide(order, books, now_ms, make_id) for order in orders]


def _decide(order: GiftOrder, books: Books, now_ms: int, make_id: Callable[[], str]) -> Outcome:
    known = books.known.get(order.request)
    if known is not None:
        return replay(known, order.content)
    balance = books.coins.get(order.sender, 0)
    if balance < order.coins:
        return InsufficientCoins(f"{balance} coins are there, {order.coins} are needed", balance=balance)
    gift, rooms = _gift(order, books, now_ms, make_id())
    books.coins[order.sender] = gift.balance
    books.known[order.request] = Known(order.content, gift)
    return Posted(gift, _transfers(order, gift, make_id), rooms)


def replay(known: Known, content: str) -> Replayed | IdempotencyConflict:
    return Replayed(known.gift) if known.content == content else IdempotencyConflict()


def _gift(order: GiftOrder, books: Books, now_ms: int, gift_id: str) -> tuple[Gift, tuple[str, ...]]:
    window = next((each for each in books.windows.get(order.recipient, ()) if each.multiplier_at(now_ms)), None)
    multiplier = window.multiplier_at(now_ms) if window else 1
    gift = Gift(
        id=gift_id,
        room=order.room,
        sender=order.sender,
        sender_name=order.sender_name,
        recipient=order.recipient,
        recipient_name=order.recipient_name,
        item=order.item,
        count=order.count,
        price=order.price,
        coins=order.coins,
        share_bp=order.share_bp,
        diamonds=earnings(order.coins, order.share_bp),
        battle=window.battle_id if window else None,
        side=window.side if window else None,
        multiplier=multiplier,
        score=order.coins * multiplier if window else 0,
        balance=books.coins[order.sender] - order.coins,
        accepted_at_ms=now_ms,
        asked_for=order.guest,
        asked_for_name=order.guest_name,
    )
    seen_in = tuple(dict.fromkeys((order.room, *window.rooms))) if window else (order.room,)
    return gift, seen_in


def _transfers(order: GiftOrder, gift: Gift, make_id: Callable[[], str]) -> tuple[Transfer, ...]:
    coins = Transfer(
        id=make_id(),
        kind=GIFT_COINS,
        currency=COIN,
        amount=gift.coins,
        payer=gift.sender,
        payee=PLATFORM,
        at_ms=gift.accepted_at_ms,
        gift_id=gift.id,
        request=order.request,
        content=order.content,
    )
    if not gift.diamonds:
        return (coins,)
    diamonds = Transfer(
        id=make_id(),
        kind=GIFT_DIAMONDS,
        currency=DIAMOND,
        amount=gift.diamonds,
        payer=PLATFORM,
        payee=gift.recipient,
        at_ms=gift.accepted_at_ms,
        gift_id=gift.id,
    )
    return (coins, diamonds)
