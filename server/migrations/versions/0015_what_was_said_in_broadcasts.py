"""How much was said and liked in a broadcast.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("messages", sa.BigInteger(), nullable=True))
    op.add_column("broadcasts", sa.Column("likes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcasts", "likes")
    op.drop_column("broadcasts", "messages")
