"""PURE: the gifts that there are, and which of them may be sent now.

Prices are in coins, a level is how loud the gift is (1..5). Ops change the catalogue (``catalogue_service``); the items
that stand here are what a new platform begins with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from gifts.luck import Chance, Odds


@dataclass(frozen=True)
class Item:
    """One gift of the catalogue. ``animation`` is the key of the page's animation; ``names`` are (language, name).

    It may be sent from ``valid_from_ms`` on and before ``valid_until_ms`` (None: without a limit), while ``enabled``.
    ``odds`` is None for a gift of which nothing is drawn. ``version`` counts its changes, from 1.
    """

    id: str
    price: int  # coins a piece
    level: int
    emoji: str
    animation: str
    names: tuple[tuple[str, str], ...]
    order: int = 0  # the lowest is shown first
    enabled: bool = True
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    odds: Odds | None = None
    version: int = 1

    @property
    def name(self) -> str:
        return dict(self.names)["en"]

    def available_at(self, now_ms: int) -> bool:
        begun = self.valid_from_ms is None or self.valid_from_ms <= now_ms
        over = self.valid_until_ms is not None and self.valid_until_ms <= now_ms
        return self.enabled and begun and not over


def _item(
    item: str, price: int, level: int, emoji: str, animation: str, en: str, zh: str, odds: Odds | None = None
) -> Item:
    # Ordered by price, with room between two for what ops put there.
    return Item(item, price, level, emoji, animation, (("en", en), ("zh", zh)), order=price * 10, odds=odds)


_CLOVER = (Chance(900), Chance(60, win=2), Chance(30, win=5), Chance(9, win=10), Chance(1, win=40))
_HORN = (Chance(70), Chance(22, boost=2), Chance(7, boost=5), Chance(1, boost=10))

# Prices are even, so that a host who gets half is never rounded down to less than half.
ITEMS = (
    _item("heart", 2, 1, "\N{SPARKLING HEART}", "float", "Heart", "小心心"),
    _item("rose", 10, 1, "\N{ROSE}", "float", "Rose", "玫瑰"),
    _item("clover", 20, 1, "\N{FOUR LEAF CLOVER}", "float", "Lucky clover", "幸运草", _CLOVER),
    _item("coffee", 50, 2, "\N{HOT BEVERAGE}", "pop", "Coffee", "咖啡"),
    _item("cake", 100, 2, "\N{SHORTCAKE}", "pop", "Cake", "蛋糕"),
    _item("boxing-glove", 200, 3, "\N{BOXING GLOVE}", "punch", "Boxing glove", "拳击手套"),
    _item("horn", 300, 3, "\N{POSTAL HORN}", "burst", "Battle horn", "战号", _HORN),
    _item("fireworks", 500, 3, "\N{FIREWORKS}", "burst", "Fireworks", "烟花"),
    _item("rocket", 1000, 4, "\N{ROCKET}", "launch", "Rocket", "火箭"),
    _item("crown", 5000, 5, "\N{CROWN}", "rain", "Crown", "皇冠"),
)


class Catalogue:
    """All gifts that there are, in the order in which they are shown, also those that cannot be sent now."""

    def __init__(self, items: Iterable[Item] = ITEMS) -> None:
        self._items = {item.id: item for item in sorted(items, key=lambda item: (item.order, item.id))}

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def find(self, item: str) -> Item | None:
        return self._items.get(item)

    def available(self, now_ms: int) -> list[Item]:
        """What may be sent now."""
        return [item for item in self if item.available_at(now_ms)]


class Shelf(Protocol):
    """Where the catalogue as it is now is found; ``catalogue_keeper`` keeps one up to date."""

    @property
    def catalogue(self) -> Catalogue: ...


@dataclass(frozen=True)
class BuiltIn:
    """The shelf that never changes: for tools and tests."""

    catalogue: Catalogue = field(default_factory=Catalogue)
