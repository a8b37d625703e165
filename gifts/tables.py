"""The tables of the money. ``transfers``, ``entries`` and ``gifts`` only grow; a mistake is set right by more rows.

Amounts are whole coins or diamonds. A user's balance is kept beside his entries so that it can be locked and checked;
the accounts of the platform have none, for one row that every gift writes would serialise them all.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from foundation import append_only
from foundation.ids import ID_LENGTH
from foundation.sql import metadata

ID = String(ID_LENGTH)
OWNER = String(32)
ACCOUNT = String(48)
NAME = String(64)
CURRENCY = String(8)
COUNTED = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER key

_KNOWN_CURRENCY = "currency IN ('coin', 'diamond')"

accounts = Table(
    "ledger_accounts",
    metadata,
    Column("id", ACCOUNT, primary_key=True),  # OWNER:CURRENCY
    Column("owner", OWNER, nullable=False),
    Column("currency", CURRENCY, nullable=False),
    Column("system", Boolean, nullable=False),
    CheckConstraint(_KNOWN_CURRENCY, name="currency"),
    UniqueConstraint("owner", "currency"),
)

balances = Table(
    "ledger_balances",
    metadata,
    Column("account", ACCOUNT, ForeignKey("ledger_accounts.id"), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
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
    CheckConstraint("count > 0 AND price > 0 AND coins = price * count", name="coins"),
    CheckConstraint("share_bp BETWEEN 0 AND 10000 AND diamonds = coins * share_bp / 10000", name="diamonds"),
    CheckConstraint("balance >= 0", name="balance"),
    CheckConstraint("sender <> recipient", name="sender"),
    CheckConstraint(
        "(battle IS NULL AND side IS NULL AND multiplier = 1 AND score = 0)"
        " OR (battle IS NOT NULL AND side IS NOT NULL AND multiplier > 0 AND score = coins * multiplier)",
        name="score",
    ),
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
    Column("id", ID, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("currency", CURRENCY, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("payer", ACCOUNT, ForeignKey("ledger_accounts.id"), nullable=False),
    Column("payee", ACCOUNT, ForeignKey("ledger_accounts.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("gift_id", ID, ForeignKey("gifts.id")),
    # Of the one transfer of a request that carries its idempotency; the others of that request have none.
    Column("request", String(192), unique=True),  # WHO/KEY; one column, for a batch looks up many at once
    Column("content", String(64)),
    CheckConstraint(_KNOWN_CURRENCY, name="currency"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("payer <> payee", name="payer"),
    UniqueConstraint("gift_id", "currency"),
)

entries = Table(
    "ledger_entries",
    metadata,
    Column("id", COUNTED, primary_key=True, autoincrement=True),
    Column("transfer", ID, ForeignKey("ledger_transfers.id"), nullable=False),
    Column("leg", SmallInteger, nullable=False),  # 0 takes from the payer, 1 gives to the payee
    Column("account", ACCOUNT, ForeignKey("ledger_accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("(leg = 0 AND amount < 0) OR (leg = 1 AND amount > 0)", name="leg"),
    UniqueConstraint("transfer", "leg"),
    Index("ix_ledger_entries_account", "account", "id"),
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
    Column("gift_id", ID, ForeignKey("gifts.id"), nullable=False, unique=True),
    Column("rooms", Text, nullable=False),  # JSON array of ids: who shall see it
    Column("sent_at_ms", BigInteger),
)
Index(
    "ix_gift_outbox_unsent",
    outbox.c.sequence,
    postgresql_where=outbox.c.sent_at_ms.is_(None),
    sqlite_where=outbox.c.sent_at_ms.is_(None),
)

APPEND_ONLY = (transfers, entries, gifts)
append_only.attach(*APPEND_ONLY)
