"""The tables of the money. ``transfers``, ``entries`` and ``gifts`` only grow; a mistake is set right by more rows.

Amounts are whole coins or diamonds. An account is ``OWNER:CURRENCY``. A user's balance is kept beside his entries so
that it can be locked and checked; the accounts of the platform have none, for one row that every gift writes would
serialise them all. A gift touches as few pages as it can: rows lie in the order of their making (ids rise), but for one
index of keys, the entries and balances of users. There are no foreign keys between them: a batch writes a gift with all
that belongs to it in one transaction from one staged row, and ``ledger-verify`` looks whether it is so.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from foundation import append_only
from foundation.ids import ID_LENGTH
from foundation.sql import metadata
from gifts.ledger import SYSTEM_OWNERS

ID = String(ID_LENGTH)
TRANSFER = String(40)
OWNER = String(32)
ACCOUNT = String(48)
NAME = String(64)
CURRENCY = String(8)
COUNTED = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

_OF_USERS = " AND ".join(f"account NOT LIKE '{owner}:%'" for owner in SYSTEM_OWNERS)

balances = Table(
    "ledger_balances",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
    CheckConstraint(_OF_USERS, name="account"),
    sqlite_with_rowid=False,
)

gifts = Table(
    "gifts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, nullable=False),
    Column("sender", OWNER, nullable=False),
    Column("sender_name", NAME, nullable=False),
    Column("recipient", OWNER, nullable=False),
    Column("recipient_name", NAME, nullable=False),
    Column("item", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("share_bp", Integer, nullable=False),
    Column("diamonds", BigInteger, nullable=False),
    Column("battle", ID),
    Column("side", String(16)),
    Column("multiplier", Integer, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("accepted_at_ms", BigInteger, nullable=False),
    Column("asked_for", OWNER),  # the guest that it was meant for; the recipient is his host
    Column("asked_for_name", NAME),
    Column("key", String(128), nullable=False),  # the idempotency key, unique for the sender
    Column("content", String(64), nullable=False),  # what was asked for with it
    Column("boost", Integer, nullable=False, server_default="1"),
    Column("win", BigInteger, nullable=False, server_default="0"),  # coins back to the sender
    Column("seed", String(64)),  # hex; with the odds anybody can draw again
    Column("odds", Text),
    CheckConstraint("count > 0 AND price > 0 AND coins = price * count", name="coins"),
    CheckConstraint("share_bp BETWEEN 0 AND 10000 AND diamonds = coins * share_bp / 10000", name="diamonds"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("sender <> recipient", name="sender"),
    CheckConstraint(
        "(battle IS NULL AND side IS NULL AND multiplier = 1 AND score = 0)"
        " OR (battle IS NOT NULL AND side IS NOT NULL AND multiplier > 0 AND score = coins * multiplier * boost)",
        name="score",
    ),
    CheckConstraint("boost > 0 AND win >= 0", name="luck"),
    CheckConstraint("(boost = 1 AND win = 0) OR (seed IS NOT NULL AND odds IS NOT NULL)", name="seed"),
    UniqueConstraint("sender", "key"),
    sqlite_with_rowid=False,
)
Index(
    "ix_gifts_battle",
    gifts.c.battle,
    postgresql_where=gifts.c.battle.is_not(None),
    sqlite_where=gifts.c.battle.is_not(None),
)

transfers = Table(
    "ledger_transfers",
    metadata,
    Column("id", TRANSFER, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("currency", CURRENCY, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("payer", ACCOUNT, nullable=False),
    Column("payee", ACCOUNT, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("gift_id", ID),
    Column("request", String(192)),  # WHO/KEY, of the one transfer of a request that its idempotency hangs on
    Column("content", String(64)),
    Column("corrects", TRANSFER),  # the transfer that this one takes back
    Column("operator", OWNER),
    Column("reason", String(500)),
    CheckConstraint("currency IN ('coin', 'diamond')", name="currency"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("payer <> payee", name="payer"),
    CheckConstraint("payer LIKE '%:' || currency AND payee LIKE '%:' || currency", name="accounts"),
    CheckConstraint("corrects IS NULL OR (operator IS NOT NULL AND reason IS NOT NULL)", name="corrects"),
    sqlite_with_rowid=False,
)
for _column in (transfers.c.request, transfers.c.corrects):  # few transfers have one
    Index(
        f"uq_ledger_transfers_{_column.name}",
        _column,
        unique=True,
        postgresql_where=_column.is_not(None),
        sqlite_where=_column.is_not(None),
    )

entries = Table(
    "ledger_entries",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("transfer", TRANSFER, primary_key=True),
    Column("amount", BigInteger, nullable=False),  # below zero: taken from the account
    CheckConstraint("amount <> 0", name="amount"),
    sqlite_with_rowid=False,
)

windows = Table(
    "scoring_windows",
    metadata,
    Column("battle", ID, primary_key=True),
    Column("recipient", OWNER, primary_key=True),
    Column("side", String(16), nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("rush_from_ms", BigInteger, nullable=False),
    Column("rush_multiplier", Integer, nullable=False),
    Column("rooms", Text, nullable=False),  # JSON array of ids
    Column("closed_at_ms", BigInteger),  # ended earlier than planned
    Column("tallied", Boolean, nullable=False, server_default=false()),
    CheckConstraint("start_ms <= end_ms", name="span"),
    CheckConstraint("rush_multiplier > 0", name="rush_multiplier"),
)
Index(
    "ix_scoring_windows_recipient",
    windows.c.recipient,
    postgresql_where=~windows.c.tallied,
    sqlite_where=~windows.c.tallied,
)

outbox = Table(
    "gift_outbox",
    metadata,
    Column("sequence", COUNTED, primary_key=True, autoincrement=True),
    Column("gift_id", ID, nullable=False),
    Column("rooms", Text, nullable=False),  # JSON array of ids: who shall see it
)

APPEND_ONLY = (transfers, entries, gifts)
append_only.attach(*APPEND_ONLY)
