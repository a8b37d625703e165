"""Rematches: a battle may follow another one.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An index and no constraint: SQLite would have to make the table anew, and rows of others point to it.
    op.add_column("battles", sa.Column("previous", sa.String(length=26), nullable=True))
    op.create_index("uq_battles_previous", "battles", ["previous"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_battles_previous", table_name="battles")
    op.drop_column("battles", "previous")
