"""The tables of money that comes in, goes out and is set right.

Purchases, withdrawals and grants have a state and are changed; what was said (events) and done (corrections, debts)
only grows, as the ledger does. What moved is in the ledger alone: these rows name its transfers.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from foundation import append_only
from foundation.ids import ID_LENGTH
from foundation.sql import metadata

ID = String(ID_LENGTH)
OWNER = String(32)
TRANSFER = String(40)
STATE = String(16)
REQUEST = String(192)  # WHO/KEY
CONTENT = String(64)

purchases = Table(
    "purchases",
    metadata,
    Column("id", ID, primary_key=True),
    Column("buyer", OWNER, nullable=False),
    Column("request", REQUEST, nullable=False, unique=True),
    Column("content", CONTENT, nullable=False),
    Column("package", String(32), nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),  # minor units
    Column("currency", String(3), nullable=False),  # ISO 4217
    Column("provider", String(32), nullable=False),
    Column("state", STATE, nullable=False),
    Column("pay_at", Text),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("settled_at_ms", BigInteger),
    Column("transfer", TRANSFER, unique=True),
    Column("asked_by", OWNER),  # of ops, for the coins of a payment that is held
    Column("asked_at_ms", BigInteger),
    Column("decided_by", OWNER),
    Column("decided_at_ms", BigInteger),
    Column("reason", Text),
    CheckConstraint("coins > 0 AND price > 0", name="price"),
    CheckConstraint("state IN ('pending', 'paid', 'held', 'taken-back', 'closed')", name="state"),
    CheckConstraint("state <> 'paid' OR transfer IS NOT NULL", name="transfer"),
    CheckConstraint("state <> 'closed' OR (transfer IS NULL AND decided_by IS NOT NULL)", name="closed"),
    CheckConstraint(
        "state = 'closed' OR decided_by IS NULL OR (asked_by IS NOT NULL AND decided_by <> asked_by)",
        name="second_operator",
    ),
    Index("ix_purchases_state_id", "state", "id"),
    Index("ix_purchases_buyer_id", "buyer", "id"),
)

payment_events = Table(
    "payment_events",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("id", String(128), primary_key=True),  # the provider's own
    Column("purchase", ID, ForeignKey("purchases.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("step", STATE, nullable=False),  # what was done with it
    Column("heard_at_ms", BigInteger, nullable=False),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", ID, primary_key=True),
    Column("host", OWNER, nullable=False),
    Column("host_name", String(64), nullable=False),
    Column("request", REQUEST, nullable=False, unique=True),
    Column("content", CONTENT, nullable=False),
    Column("diamonds", BigInteger, nullable=False),
    Column("destination", Text, nullable=False),
    Column("state", STATE, nullable=False),
    Column("transfer", TRANSFER, nullable=False, unique=True),  # the diamonds that are held
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("decided_by", OWNER),
    Column("decided_at_ms", BigInteger),
    Column("reason", Text),  # of a rejection
    Column("paid_by", OWNER),
    Column("paid_at_ms", BigInteger),
    Column("reference", Text),  # of the payment outside
    CheckConstraint("diamonds > 0", name="diamonds"),
    CheckConstraint("state IN ('requested', 'approved', 'paid', 'rejected')", name="state"),
    Index("ix_withdrawals_host_id", "host", "id"),
    Index("ix_withdrawals_state_id", "state", "id"),
)

coin_grants = Table(
    "coin_grants",
    metadata,
    Column("id", ID, primary_key=True),
    Column("recipient", OWNER, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("request", REQUEST, nullable=False, unique=True),
    Column("content", CONTENT, nullable=False),
    Column("state", STATE, nullable=False),
    Column("asked_by", OWNER, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("decided_by", OWNER),
    Column("decided_at_ms", BigInteger),
    Column("refusal", Text),  # why it was rejected
    Column("transfer", TRANSFER, unique=True),
    CheckConstraint("coins > 0", name="coins"),
    CheckConstraint("state IN ('requested', 'approved', 'rejected')", name="state"),
    CheckConstraint("decided_by IS NULL OR decided_by <> asked_by OR state = 'rejected'", name="second_operator"),
    CheckConstraint("(state = 'approved') = (transfer IS NOT NULL)", name="transfer"),
    Index("ix_coin_grants_state_id", "state", "id"),
    Index("ix_coin_grants_asked_by_asked_at_ms", "asked_by", "asked_at_ms"),
)

corrections = Table(
    "ledger_corrections",
    metadata,
    Column("id", ID, primary_key=True),
    Column("subject", String(64), nullable=False, unique=True),  # gift:ID or transfer:ID; each at most once
    Column("request", REQUEST, nullable=False, unique=True),
    Column("content", CONTENT, nullable=False),
    Column("operator", OWNER, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

debts = Table(
    "ledger_debts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner", OWNER, nullable=False, index=True),
    Column("currency", String(8), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("transfer", TRANSFER, nullable=False, unique=True),  # that was to be taken back
    Column("correction", ID, ForeignKey("ledger_corrections.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

debt_payments = Table(
    "ledger_debt_payments",
    metadata,
    Column("transfer", TRANSFER, primary_key=True),
    Column("debt", ID, ForeignKey("ledger_debts.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

APPEND_ONLY = (payment_events, corrections, debts, debt_payments)
append_only.attach(*APPEND_ONLY)
