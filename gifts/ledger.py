"""PURE: the rules of the money. A batch of orders and the books in, one outcome for each order out.

Double entry: a transfer moves an amount of one currency from one account to another and has exactly two entries, equal
and opposite. A gift is two transfers: coins from the sender to the platform, diamonds from the platform to the
recipient, ``floor(coins * share_bp / 10000)`` of them (none at all when that is 0); and a third one when something was
won: coins from the platform back to the sender. Users never fall below zero; the accounts of the platform may, for it
is where coins and diamonds come from and go to.

A key is remembered for ever, and answered for a week: the same wish is told what it was told before, another wish is a
conflict, and who asks later is told that the key has expired. Nothing of this debits twice.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from foundation.errors import Refusal
from gifts import luck
from gifts.errors import IdempotencyConflict, InsufficientCoins, KeyExpired
from gifts.luck import PLAIN, Draw
from gifts.scoring import ScoringWindow

COIN = "coin"
DIAMOND = "diamond"
PLATFORM = "platform"  # takes the coins of gifts, issues the diamonds
GRANTS = "grants"  # issues coins that nobody has paid for
TOPUPS = "topups"  # issues coins that somebody has paid for
PAYOUTS = "payouts"  # takes the diamonds that are paid out
SYSTEM_OWNERS = (PLATFORM, GRANTS, TOPUPS, PAYOUTS)

GIFT_COINS = "gift-coins"
GIFT_DIAMONDS = "gift-diamonds"
GIFT_WIN = "gift-win"
STARTER_GRANT = "starter-grant"

# The transfers of a gift are named after it.
COINS_OF_GIFT = "c"
DIAMONDS_OF_GIFT = "d"
WIN_OF_GIFT = "w"

KEY_KEPT_MS = 7 * 86_400_000

Key = tuple[str, str]  # who asks, and the key that he made up


def request_of(who: str, key: str) -> str:
    """The name of the request of a transfer: keys are unique for each who asks."""
    return f"{who}/{key}"


def account_of(owner: str, currency: str) -> str:
    return f"{owner}:{currency}"


def earnings(coins: int, share_bp: int) -> int:
    """The diamonds that ``coins`` bring to the recipient."""
    return coins * share_bp // 10_000


@dataclass(frozen=True)
class GiftOrder:
    """A gift that somebody may send, if he has the coins. ``asked_for`` is the person as the client named him.

    Who was named may be a guest; then he is ``guest``, and his host the recipient. Of a gift with ``odds``
    (``gifts.luck``) something is drawn with ``seed``, which nobody knows before.
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
    odds: str | None = None
    seed: str | None = None

    @property
    def coins(self) -> int:
        return self.price * self.count

    @property
    def request(self) -> Key:
        return self.sender, self.key

    @property
    def content(self) -> str:
        """Equal for two requests that ask for the same; not of the price, which is ours to change."""
        return content_of(self.room, self.item, self.count, self.asked_for)


@lru_cache(4096)  # a storm says few things, and says them often
def content_of(room: str, item: str, count: int, asked_for: str) -> str:
    return hashlib.sha256(json.dumps([room, item, count, asked_for]).encode()).hexdigest()


class Gift(NamedTuple):
    """A gift in the ledger, as its row says for ever, in the order of the row's columns.

    ``balance`` is the sender's, in coins, right after it.
    ``asked_for`` is the guest that it was meant for, if it was; the recipient is then his host, who earns and scores.
    ``boost`` and ``win`` (coins back to the sender) were drawn by the platform from ``odds`` with ``seed``.
    """

    id: str
    room: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    item: str
    count: int  # type: ignore[assignment]  # of pieces; tuple's own count is nothing that anybody asks for
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
    key: str = ""
    content: str = ""
    boost: int = 1
    win: int = 0
    seed: str | None = None
    odds: str | None = None

    @property
    def person(self) -> str:
        """Whom the sender has meant."""
        return self.asked_for or self.recipient


@dataclass(frozen=True)
class Transfer:
    """Any transfer but a gift's. ``request`` and ``content`` carry its idempotency (see ``request_of``).

    One that takes back another names it in ``corrects``, and has the operator and his reason.
    """

    id: str
    kind: str
    currency: str
    amount: int
    payer: str  # owners, not accounts
    payee: str
    at_ms: int
    request: str | None = None
    content: str | None = None
    gift_id: str | None = None
    corrects: str | None = None
    operator: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        assert self.amount > 0 and self.payer != self.payee


@dataclass(frozen=True)
class Posted:
    """A new gift, not yet written, and the rooms that shall see it."""

    gift: Gift
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Replayed:
    gift: Gift


Outcome = Posted | Replayed | Refusal


@dataclass
class Books:
    """What a batch has locked and read. ``decide`` carries it on from order to order."""

    coins: dict[str, int] = field(default_factory=dict)  # of each sender
    known: dict[Key, Gift] = field(default_factory=dict)  # what a request did before
    windows: dict[str, Sequence[ScoringWindow]] = field(default_factory=dict)  # by recipient


def decide(orders: Sequence[GiftOrder], books: Books, now_ms: int, make_id: Callable[[], str]) -> list[Outcome]:
    """One outcome for each order, in order; an order sees what those before it did. A refusal changes nothing."""
    return [_decide(order, books, now_ms, make_id) for order in orders]


def _decide(order: GiftOrder, books: Books, now_ms: int, make_id: Callable[[], str]) -> Outcome:
    known = books.known.get(order.request)
    if known is not None:
        return replay(known, order.content, now_ms)
    balance = books.coins.get(order.sender, 0)
    if balance < order.coins:
        return InsufficientCoins(f"{balance} coins are there, {order.coins} are needed", balance=balance)
    gift, rooms = _gift(order, books, now_ms, make_id())
    books.coins[order.sender] = gift.balance
    books.known[order.request] = gift
    return Posted(gift, rooms)


def replay(known: Gift, content: str, now_ms: int) -> Replayed | IdempotencyConflict | KeyExpired:
    """What is said to a request whose key has made ``known``."""
    if now_ms - known.accepted_at_ms > KEY_KEPT_MS:
        return KeyExpired()
    return Replayed(known) if known.content == content else IdempotencyConflict()


def _gift(order: GiftOrder, books: Books, now_ms: int, gift_id: str) -> tuple[Gift, tuple[str, ...]]:
    window = next((each for each in books.windows.get(order.recipient, ()) if each.multiplier_at(now_ms)), None)
    multiplier = window.multiplier_at(now_ms) if window else 1
    drawn = _draw(order, gift_id)
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
        score=order.coins * multiplier * drawn.boost if window else 0,
        balance=books.coins[order.sender] - order.coins + drawn.win,
        accepted_at_ms=now_ms,
        asked_for=order.guest,
        asked_for_name=order.guest_name,
        key=order.key,
        content=order.content,
        boost=drawn.boost,
        win=drawn.win,
        seed=order.seed,
        odds=order.odds,
    )
    seen_in = tuple(dict.fromkeys((order.room, *window.rooms))) if window else (order.room,)
    return gift, seen_in


def _draw(order: GiftOrder, gift_id: str) -> Draw:
    if order.odds is None or order.seed is None:
        return PLAIN
    return luck.draw(luck.decode(order.odds), order.seed, gift_id, order.coins)
