"""Standings of hosts, and what each battle did to them.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_standings",
        sa.Column("host_user", sa.String(length=26), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("battles", sa.Integer(), nullable=False),
        sa.Column("wins", sa.Integer(), nullable=False),
        sa.Column("draws", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("best_streak", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host_user", name=op.f("pk_host_standings")),
    )
    op.create_table(
        "battle_ratings",
        sa.Column("host_user", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("battle_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("rating_before", sa.Integer(), nullable=False),
        sa.Column("rating_after", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_battle_ratings_battle_id_battles")),
        sa.PrimaryKeyConstraint("host_user", "number", name=op.f("pk_battle_ratings")),
    )
    op.create_index("uq_battle_ratings_battle", "battle_ratings", ["battle_id", "host_user"], unique=True)


def downgrade() -> None:
    op.drop_table("battle_ratings")
    op.drop_table("host_standings")
