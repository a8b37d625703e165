"""The tables of the play around the money: the catalogue's history, and what was given to whom on which day."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)

from foundation import append_only
from foundation.ids import ID_LENGTH
from foundation.sql import metadata

# A change adds a row; the newest version of an item is the item. So the number of rows says whether anything is new.
items = Table(
    "gift_items",
    metadata,
    Column("id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("emoji", String(16), nullable=False),
    Column("animation", String(32), nullable=False),
    Column("names", Text, nullable=False),  # JSON, by language
    Column("position", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("valid_from_ms", BigInteger),
    Column("valid_until_ms", BigInteger),
    Column("odds", Text),  # as luck.encode writes them
    Column("operator", String(32), nullable=False),  # a user, or the platform for what it began with
    Column("reason", Text, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", "version"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("price > 0", name="price"),
    CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    CheckConstraint("valid_from_ms IS NULL OR valid_until_ms IS NULL OR valid_from_ms < valid_until_ms", name="span"),
)

# What somebody gave to one host in one room on one day (of UTC, counted from 1970): sums of gifts that were relayed.
totals = Table(
    "gift_totals",
    metadata,
    Column("room", String(ID_LENGTH), nullable=False),
    Column("day", Integer, nullable=False),
    Column("host", String(32), nullable=False),
    Column("sender", String(32), nullable=False),
    Column("sender_name", String(64), nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("gifts", BigInteger, nullable=False),
    Column("first_at_ms", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "day", "host", "sender"),
    CheckConstraint("coins > 0 AND gifts > 0 AND first_at_ms <= last_at_ms", name="sums"),
    sqlite_with_rowid=False,
)
Index("ix_gift_totals_fan", totals.c.host, totals.c.sender)

append_only.attach(items)
