"""Payments that are held: who of ops has decided about them, and the state of those that were closed.

Revision 0010, after 0009. SQLite changes no CHECK of a table, so rows are held aside and the tables made anew around them.
"""

import sqlalchemy as sa
from alembic import op

from foundation import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("payment_events", "purchases")  # as they are dropped: an event names its purchase
KEPT = {
    "purchases": "id, buyer, request, content, package, coins, price, currency, provider, state, pay_at, made_at_ms,"
    " settled_at_ms, transfer",
    "payment_events": "provider, id, purchase, kind, amount, currency, step, heard_at_ms",
}


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")
    for table in TABLES:
        op.drop_table(table)
    _make()
    for table, columns in KEPT.items():
        op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}")
        op.drop_table(f"old_{table}")
    for statement in append_only.statements(op.get_bind().dialect.name, ["payment_events"]):
        op.execute(statement)


def _make() -> None:
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
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("coins > 0 AND price > 0", name=op.f("ck_purchases_price")),
        sa.CheckConstraint(
            "state IN ('pending', 'paid', 'held', 'taken-back', 'closed')", name=op.f("ck_purchases_state")
        ),
        sa.CheckConstraint("state <> 'paid' OR transfer IS NOT NULL", name=op.f("ck_purchases_transfer")),
        sa.CheckConstraint(
            "state <> 'closed' OR (transfer IS NULL AND decided_by IS NOT NULL)", name=op.f("ck_purchases_closed")
        ),
        sa.CheckConstraint(
            "state = 'closed' OR decided_by IS NULL OR (asked_by IS NOT NULL AND decided_by <> asked_by)",
            name=op.f("ck_purchases_second_operator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("request", name=op.f("uq_purchases_request")),
        sa.UniqueConstraint("transfer", name=op.f("uq_purchases_transfer")),
    )
    op.create_index("ix_purchases_state_id", "purchases", ["state", "id"])
    op.create_index("ix_purchases_buyer_id", "purchases", ["buyer", "id"])
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


def downgrade() -> None:
    raise NotImplementedError("what was decided is not forgotten")
