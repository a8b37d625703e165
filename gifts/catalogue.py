"""The gifts that there are: pure facts and a look-up. Prices are in coins, a level is how loud the gift is (1..5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One gift of the catalogue. ``animation`` is the key of the page's animation; ``names`` are (language, name)."""

    id: str
    price: int  # coins a piece
    level: int
    emoji: str
    animation: str
    names: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return dict(self.names)["en"]


def _item(item: str, price: int, level: int, emoji: str, animation: str, en: str, zh: str) -> Item:
    return Item(item, price, level, emoji, animation, (("en", en), ("zh", zh)))


# Prices are even, so that a host who gets half is never rounded down to less than half.
ITEMS = (
    _item("heart", 2, 1, "\N{SPARKLING HEART}", "float", "Heart", "小心心"),
    _item("rose", 10, 1, "\N{ROSE}", "float", "Rose", "玫瑰"),
    _item("coffee", 50, 2, "\N{HOT BEVERAGE}", "pop", "Coffee", "咖啡"),
    _item("cake", 100, 2, "\N{SHORTCAKE}", "pop", "Cake", "蛋糕"),
    _item("boxing-glove", 200, 3, "\N{BOXING GLOVE}", "punch", "Boxing glove", "拳击手套"),
    _item("fireworks", 500, 3, "\N{FIREWORKS}", "burst", "Fireworks", "烟花"),
    _item("rocket", 1000, 4, "\N{ROCKET}", "launch", "Rocket", "火箭"),
    _item("crown", 5000, 5, "\N{CROWN}", "rain", "Crown", "皇冠"),
)


class Catalogue:
    """What can be sent, in the order in which it is shown."""

    def __init__(self, items: Iterable[Item] = ITEMS) -> None:
        self._items = {item.id: item for item in items}

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def find(self, item: str) -> Item | None:
        return self._items.get(item)
