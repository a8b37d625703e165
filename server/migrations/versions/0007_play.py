"""The catalogue that ops change, and the sums behind contribution lists and fan levels.

Revision 0007, after 0006. The catalogue is filled by whoever reads it first.
"""

import sqlalchemy as sa
from alembic import op

from foundation import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Gifts that were relayed before there were sums.
SUMS = (
    "INSERT INTO gift_totals (room, day, host, sender, sender_name, coins, gifts, first_at_ms, last_at_ms)"
    " SELECT room, accepted_at_ms / 86400000, recipient, sender, MAX(sender_name), SUM(coins), COUNT(*),"
    " MIN(accepted_at_ms), MAX(accepted_at_ms)"
    " FROM gifts WHERE id NOT IN (SELECT gift_id FROM gift_outbox)"
    " GROUP BY room, accepted_at_ms / 86400000, recipient, sender"
)


def upgrade() -> None:
    op.create_table(
        "gift_items",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("emoji", sa.String(length=16), nullable=False),
        sa.Column("animation", sa.String(length=32), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("odds", sa.Text(), nullable=True),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_gift_items_version")),
        sa.CheckConstraint("price > 0", name=op.f("ck_gift_items_price")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_gift_items_level")),
        sa.CheckConstraint(
            "valid_from_ms IS NULL OR valid_until_ms IS NULL OR valid_from_ms < valid_until_ms",
            name=op.f("ck_gift_items_span"),
        ),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_gift_items")),
    )
    op.create_table(
        "gift_totals",
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=32), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("sender_name", sa.String(length=64), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("coins > 0 AND gifts > 0 AND first_at_ms <= last_at_ms", name=op.f("ck_gift_totals_sums")),
        sa.PrimaryKeyConstraint("room", "day", "host", "sender", name=op.f("pk_gift_totals")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_gift_totals_fan", "gift_totals", ["host", "sender"], unique=False)
    op.execute(SUMS)
    for statement in append_only.statements(op.get_bind().dialect.name, ["gift_items"]):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("gift_totals")
    op.drop_table("gift_items")
