"""What hosts rule in the chat of their rooms, who keeps it for them, and who may not speak.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room_chat",
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("slow_s", sa.Integer(), nullable=False),
        sa.Column("followers_only", sa.Boolean(), nullable=False),
        sa.Column("links", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_room_chat_room_rooms")),
        sa.PrimaryKeyConstraint("room", name=op.f("pk_room_chat")),
    )
    op.create_table(
        "room_moderators",
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("named_by", sa.String(length=26), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_room_moderators_room_rooms")),
        sa.PrimaryKeyConstraint("room", "user_id", name=op.f("pk_room_moderators")),
    )
    op.create_table(
        "room_mutes",
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("muted_by", sa.String(length=26), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_room_mutes_room_rooms")),
        sa.PrimaryKeyConstraint("room", "user_id", name=op.f("pk_room_mutes")),
    )


def downgrade() -> None:
    op.drop_table("room_mutes")
    op.drop_table("room_moderators")
    op.drop_table("room_chat")
