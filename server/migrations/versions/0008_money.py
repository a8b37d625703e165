"""Money in and out: purchases of coins, withdrawals, grants, and what sets the ledger right.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from foundation import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("payment_events", "ledger_corrections", "ledger_debts", "ledger_debt_payments")


def upgrade() -> None:
    _purchases()
    _withdrawals()
    _grants()
    _corrections()
    for statement in append_only.statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def _purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("buyer", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=192), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("package", sa.String(length=32), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("pay_at", sa.Text(), nullable=True),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("settled_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("transfer", sa.String(length=40), nullable=True),
        sa.CheckConstraint("coins > 0 AND price > 0", name=op.f("ck_purchases_price")),
        sa.CheckConstraint("state IN ('pending', 'paid', 'held', 'taken-back')", name=op.f("ck_purchases_state")),
        sa.CheckConstraint("state <> 'paid' OR transfer IS NOT NULL", name=op.f("ck_purchases_transfer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("request", name=op.f("uq_purchases_request")),
        sa.UniqueConstraint("transfer", name=op.f("uq_purchases_transfer")),
    )
    op.create_index("ix_purchases_state_id", "purchases", ["state", "id"])
    op.create_table(
        "payment_events",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("purchase", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("heard_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["purchase"], ["purchases.id"], name=op.f("fk_payment_events_purchase_purchases")),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_payment_events")),
    )
    op.create_index(op.f("ix_payment_events_purchase"), "payment_events", ["purchase"])


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("host", sa.String(length=32), nullable=False),
        sa.Column("host_name", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=192), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("diamonds", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("transfer", sa.String(length=40), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paid_by", sa.String(length=32), nullable=True),
        sa.Column("paid_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.CheckConstraint("diamonds > 0", name=op.f("ck_withdrawals_diamonds")),
        sa.CheckConstraint("state IN ('requested', 'approved', 'paid', 'rejected')", name=op.f("ck_withdrawals_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("request", name=op.f("uq_withdrawals_request")),
        sa.UniqueConstraint("transfer", name=op.f("uq_withdrawals_transfer")),
    )
    op.create_index("ix_withdrawals_host_id", "withdrawals", ["host", "id"])
    op.create_index("ix_withdrawals_state_id", "withdrawals", ["state", "id"])


def _grants() -> None:
    op.create_table(
        "coin_grants",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request", sa.String(length=192), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("transfer", sa.String(length=40), nullable=True),
        sa.CheckConstraint("coins > 0", name=op.f("ck_coin_grants_coins")),
        sa.CheckConstraint("state IN ('requested', 'approved', 'rejected')", name=op.f("ck_coin_grants_state")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by OR state = 'rejected'",
            name=op.f("ck_coin_grants_second_operator"),
        ),
        sa.CheckConstraint("(state = 'approved') = (transfer IS NOT NULL)", name=op.f("ck_coin_grants_transfer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coin_grants")),
        sa.UniqueConstraint("request", name=op.f("uq_coin_grants_request")),
        sa.UniqueConstraint("transfer", name=op.f("uq_coin_grants_transfer")),
    )
    op.create_index("ix_coin_grants_state_id", "coin_grants", ["state", "id"])
    op.create_index("ix_coin_grants_asked_by_asked_at_ms", "coin_grants", ["asked_by", "asked_at_ms"])


def _corrections() -> None:
    op.create_table(
        "ledger_corrections",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=192), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_corrections")),
        sa.UniqueConstraint("request", name=op.f("uq_ledger_corrections_request")),
        sa.UniqueConstraint("subject", name=op.f("uq_ledger_corrections_subject")),
    )
    op.create_table(
        "ledger_debts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("transfer", sa.String(length=40), nullable=False),
        sa.Column("correction", sa.String(length=26), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_debts_amount")),
        sa.ForeignKeyConstraint(
            ["correction"], ["ledger_corrections.id"], name=op.f("fk_ledger_debts_correction_ledger_corrections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_debts")),
        sa.UniqueConstraint("transfer", name=op.f("uq_ledger_debts_transfer")),
    )
    op.create_index(op.f("ix_ledger_debts_owner"), "ledger_debts", ["owner"])
    op.create_table(
        "ledger_debt_payments",
        sa.Column("transfer", sa.String(length=40), nullable=False),
        sa.Column("debt", sa.String(length=26), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_debt_payments_amount")),
        sa.ForeignKeyConstraint(["debt"], ["ledger_debts.id"], name=op.f("fk_ledger_debt_payments_debt_ledger_debts")),
        sa.PrimaryKeyConstraint("transfer", name=op.f("pk_ledger_debt_payments")),
    )
    op.create_index(op.f("ix_ledger_debt_payments_debt"), "ledger_debt_payments", ["debt"])


def downgrade() -> None:
    raise NotImplementedError("what was paid is not forgotten")
