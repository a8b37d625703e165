"""What the ledger must say, kept the simplest way: dicts of numbers."""

from dataclasses import dataclass, field

from gifts import luck
from gifts.ledger import GiftOrder
from gifts.luck import PLAIN, Draw

USERS = ("vera", "wang", "xeno")
HOSTS = ("anna", "bo")
SHARE_BP = 4000
WEEK_MS = 7 * 86_400_000


@dataclass
class Model:
    """What must be true, kept the simplest way."""

    coins: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))
    diamonds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOSTS, 0))
    owed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))  # wins that were spent, in coins
    done: dict[str, tuple[GiftOrder, int, int]] = field(default_factory=dict)  # by key: order, balance, stamp
    drawn: dict[str, Draw] = field(default_factory=dict)  # by key
    taken_back: set[str] = field(default_factory=set)  # keys
    battle: str | None = None
    end_ms: int = 0
    rush_ms: int = 0
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # keys, in order of commitment

    def send(self, each: GiftOrder, now_ms: int, gift: str) -> str:
        """``gift`` is the id that it has in the ledger, if it is there: the draw hangs on it."""
        if each.key in self.done:
            known, _, stamp = self.done[each.key]
            if now_ms - stamp > WEEK_MS:
                return "key-expired"
            return "replayed" if known.content == each.content else "idempotency-conflict"
        if self.coins[each.sender] < each.coins:
            return "insufficient-coins"
        drawn = luck.draw(luck.decode(each.odds), str(each.seed), gift, each.coins) if each.odds else PLAIN
        self.drawn[each.key] = drawn
        self.coins[each.sender] += drawn.win - each.coins
        self.diamonds[each.recipient] += each.coins * SHARE_BP // 10_000
        self.done[each.key] = (each, self.coins[each.sender], now_ms)
        self.shown.append(each.key)
        if self.battle is not None and now_ms < self.end_ms:
            times = 2 if now_ms >= self.rush_ms else 1
            self.scores[self.battle][each.recipient] += each.coins * times * drawn.boost
        return "sent"

    def take_back(self, key: str) -> None:
        each = self.done[key][0]
        self.taken_back.add(key)
        held, won = self.coins[each.sender] + each.coins, self.drawn[key].win
        self.coins[each.sender] = max(0, held - won)
        self.owed[each.sender] += max(0, won - held)
        self.diamonds[each.recipient] -= each.coins * SHARE_BP // 10_000
