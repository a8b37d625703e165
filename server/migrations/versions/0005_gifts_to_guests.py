"""Gifts to guests: the row names whom the sender has meant.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both may be missing, so that SQLite need not make the table anew: its rows never change.
    op.add_column("gifts", sa.Column("asked_for", sa.String(length=32), nullable=True))
    op.add_column("gifts", sa.Column("asked_for_name", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("gifts", "asked_for_name")
    op.drop_column("gifts", "asked_for")
