"""Blocks and follows, and what hosts decide about invitations.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relations",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("relation", sa.String(length=8), nullable=False),
        sa.Column("other", sa.String(length=26), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.user_id"], name=op.f("fk_relations_user_id_accounts")),
        sa.ForeignKeyConstraint(["other"], ["accounts.user_id"], name=op.f("fk_relations_other_accounts")),
        sa.PrimaryKeyConstraint("user_id", "relation", "other", name=op.f("pk_relations")),
    )
    op.create_table(
        "battle_settings",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("invitations", sa.String(length=16), nullable=False),
        sa.Column("auto_accept", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_battle_settings")),
    )


def downgrade() -> None:
    op.drop_table("battle_settings")
    op.drop_table("relations")
