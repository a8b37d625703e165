"""How many watched a broadcast: at most at one time, and how many different ones.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("peak_viewers", sa.Integer(), nullable=True))
    op.add_column("broadcasts", sa.Column("unique_viewers", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcasts", "unique_viewers")
    op.drop_column("broadcasts", "peak_viewers")
