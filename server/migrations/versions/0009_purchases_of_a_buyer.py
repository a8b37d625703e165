"""Purchases are listed by their buyer.

Revision 0009, after 0008.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_purchases_buyer_id", "purchases", ["buyer", "id"])


def downgrade() -> None:
    op.drop_index("ix_purchases_buyer_id", table_name="purchases")
