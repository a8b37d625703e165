"""Settings of the money that comes in and goes out, given to constructors; ``server`` fills them in."""

import re
from dataclasses import dataclass

_PACKAGE = re.compile(r"([a-z0-9-]{1,32}):(\d{1,12}):(\d{1,12}):([A-Z]{3})")


@dataclass(frozen=True)
class Package:
    """So many coins for ``price`` in minor units (cents) of ``currency`` (ISO 4217)."""

    id: str
    coins: int
    price: int
    currency: str

    def __post_init__(self) -> None:
        assert self.coins > 0 and self.price > 0


def package_of(text: str) -> Package:
    """A package as settings have it, ``NAME:COINS:PRICE:CURRENCY``; ``ValueError`` says what is wrong."""
    said = _PACKAGE.fullmatch(text)
    if said is None or not int(said[2]) or not int(said[3]):
        raise ValueError(f"{text!r} is not NAME:COINS:PRICE:CURRENCY, for example small:500:499:EUR")
    return Package(said[1], int(said[2]), int(said[3]), said[4])


PACKAGES = (
    Package("small", 500, 499, "EUR"),
    Package("medium", 1_200, 999, "EUR"),
    Package("large", 6_500, 4_999, "EUR"),
)


@dataclass(frozen=True)
class MoneySettings:
    packages: tuple[Package, ...] = PACKAGES
    provider_s: float = 5.0  # a payment provider that has not answered by then is away
    least_withdrawal: int = 1_000  # diamonds
    most_grant: int = 1_000_000  # coins in one grant
    most_grants_a_day: int = 5_000_000  # coins that one operator may ask for in 24 hours
    csv_page: int = 500  # entries that are read at once for a CSV
