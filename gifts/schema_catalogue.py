"""Bodies of the catalogue: as everybody sees it, and as ops change it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from gifts import luck
from gifts.catalogue import Item
from gifts.catalogue_service import Listed
from gifts.luck import Chance, Odds
from gifts.store_sql_catalogue import Version

ITEM_ID = r"[a-z0-9][a-z0-9-]{0,63}"
MOST_PRICE = 1_000_000  # so that no gift's coins leave the whole numbers that JavaScript has
LATEST_MS = 2**53 - 1

_STRICT = ConfigDict(extra="forbid")
Moment = Annotated[StrictInt, Field(ge=0, le=LATEST_MS)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Za-z]{2,4})?$")]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class ChanceBody(BaseModel):
    model_config = _STRICT

    weight: StrictInt
    boost: StrictInt = 1
    win: StrictInt = 0

    @classmethod
    def of(cls, odds: Odds) -> list["ChanceBody"]:
        return [cls(weight=chance.weight, boost=chance.boost, win=chance.win) for chance in odds]


class ItemWanted(BaseModel):
    """All members of an item that ops decide. ``names`` has at least an English one."""

    model_config = _STRICT

    price: StrictInt = Field(ge=1, le=MOST_PRICE)
    level: StrictInt = Field(ge=1, le=5)
    emoji: str = Field(min_length=1, max_length=16)
    animation: str = Field(pattern=r"^[a-z][a-z-]{0,31}$")
    names: dict[Language, Name] = Field(max_length=32)
    order: StrictInt = Field(0, ge=-1_000_000, le=1_000_000_000)
    enabled: bool = True
    valid_from_ms: Moment | None = None
    valid_until_ms: Moment | None = None
    odds: list[ChanceBody] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _coherent(self) -> "ItemWanted":
        if "en" not in self.names:
            raise ValueError("names: an English name is needed")
        if (self.valid_from_ms or 0) >= (LATEST_MS + 1 if self.valid_until_ms is None else self.valid_until_ms):
            raise ValueError("valid_until_ms: it would be over before it begins")
        if self.odds is not None and (fault := luck.fault_of(self._odds(self.odds))) is not None:
            raise ValueError(f"odds: {fault}")
        return self

    @staticmethod
    def _odds(said: list[ChanceBody]) -> Odds:
        return tuple(Chance(chance.weight, chance.boost, chance.win) for chance in said)

    def item(self, item: str, version: int) -> Item:
        return Item(
            id=item,
            price=self.price,
            level=self.level,
            emoji=self.emoji,
            animation=self.animation,
            names=tuple(self.names.items()),
            order=self.order,
            enabled=self.enabled,
            valid_from_ms=self.valid_from_ms,
            valid_until_ms=self.valid_until_ms,
            odds=None if self.odds is None else self._odds(self.odds),
            version=version,
        )


class NewItem(ItemWanted):
    id: str = Field(pattern=f"^{ITEM_ID}$")


class ItemChange(ItemWanted):
    """``version`` is the one that is changed; another one is there: 409."""

    version: StrictInt = Field(ge=1, le=2**31 - 2)


class Withdrawal(BaseModel):
    model_config = _STRICT

    version: StrictInt = Field(ge=1, le=2**31 - 2)
    reason: Reason


class ItemAnswer(BaseModel):
    """``odds`` is null for a gift of which nothing is drawn."""

    id: str
    price: int
    level: int
    emoji: str
    animation: str
    names: dict[str, str]
    valid_until_ms: int | None
    odds: list[ChanceBody] | None
    version: int

    @classmethod
    def of(cls, item: Item) -> "ItemAnswer":
        return cls(
            id=item.id,
            price=item.price,
            level=item.level,
            emoji=item.emoji,
            animation=item.animation,
            names=dict(item.names),
            valid_until_ms=item.valid_until_ms,
            odds=None if item.odds is None else ChanceBody.of(item.odds),
            version=item.version,
        )


class CatalogueAnswer(BaseModel):
    """With the bounds of giving: ``most_count`` pieces in one gift, ``combo_ms`` between two of a combo."""

    gifts: list[ItemAnswer]
    most_count: int
    combo_ms: int


class ItemVersion(ItemAnswer):
    """An item as ops made it. What comes back and how often it counts on average is in basis points; null: no odds."""

    order: int
    enabled: bool
    valid_from_ms: int | None
    expected_return_bp: int | None
    expected_boost_bp: int | None


class ManagedItem(ItemVersion):
    available: bool  # now

    @classmethod
    def managed(cls, listed: Listed) -> "ManagedItem":
        return cls.model_validate({**_members(listed.item), "available": listed.available})


class ManagedCatalogue(BaseModel):
    gifts: list[ManagedItem]


class VersionAnswer(BaseModel):
    """``gift`` as it was made by ``operator`` (the platform's own are by ``platform``)."""

    gift: ItemVersion
    operator: str
    reason: str
    at_ms: int

    @classmethod
    def of(cls, version: Version) -> "VersionAnswer":
        gift = ItemVersion.model_validate(_members(version.item))
        return cls(gift=gift, operator=version.operator, reason=version.reason, at_ms=version.at_ms)


class HistoryAnswer(BaseModel):
    """Newest first; ``next`` is the ``before`` of the page that follows, or null."""

    versions: list[VersionAnswer]
    next: int | None


def _members(item: Item) -> dict[str, object]:
    return {
        **ItemAnswer.of(item).model_dump(),
        "order": item.order,
        "enabled": item.enabled,
        "valid_from_ms": item.valid_from_ms,
        "expected_return_bp": None if item.odds is None else luck.expected_return_bp(item.odds),
        "expected_boost_bp": None if item.odds is None else luck.expected_boost_bp(item.odds),
    }
