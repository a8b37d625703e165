"""E-mail addresses of accounts and what people say about themselves, tokens that go out by mail, and sign-ins that can be ended one by one.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("accounts", sa.Column("about", sa.String(length=160), server_default="", nullable=False))
    op.create_index("uq_accounts_email", "accounts", ["email"], unique=True)
    op.create_table(
        "mail_tokens",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.user_id"], name=op.f("fk_mail_tokens_user_id_accounts")),
        sa.PrimaryKeyConstraint("user_id", "purpose", name=op.f("pk_mail_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mail_tokens_token_hash")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.user_id"], name=op.f("fk_sign_ins_user_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"])
    op.create_index(op.f("ix_sign_ins_ended_at_ms"), "sign_ins", ["ended_at_ms"])


def downgrade() -> None:
    op.drop_table("sign_ins")
    op.drop_table("mail_tokens")
    op.drop_index("uq_accounts_email", "accounts")
    op.drop_column("accounts", "about")
    op.drop_column("accounts", "email")
