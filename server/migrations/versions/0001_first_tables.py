"""The first tables.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

from foundation import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What only grows: the database itself refuses to change a row.
APPEND_ONLY = ("ledger_transfers", "ledger_entries", "gifts", "audit_log")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("password_hash", sa.String(length=160), nullable=False),
        sa.Column("roles", sa.String(length=64), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("tokens_since", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_name_key")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_changed_at_ms"), ["changed_at_ms"], unique=False)

    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index("ix_audit_log_actor_number", ["actor", "number"], unique=False)
        batch_op.create_index("ix_audit_log_subject_number", ["subject", "number"], unique=False)

    op.create_table(
        "battles",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("invited_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("prepared_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("starts_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ends_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_battles")),
    )
    with op.batch_alter_table("battles", schema=None) as batch_op:
        batch_op.create_index(
            "ix_battles_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("closed_at_ms IS NULL"),
            postgresql_where=sa.text("closed_at_ms IS NULL"),
        )

    op.create_table(
        "fences",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fences")),
    )
    op.create_table(
        "gifts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("sender_name", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("recipient_name", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("diamonds", sa.BigInteger(), nullable=False),
        sa.Column("battle", sa.String(length=26), nullable=True),
        sa.Column("side", sa.String(length=16), nullable=True),
        sa.Column("multiplier", sa.Integer(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(battle IS NULL AND side IS NULL AND multiplier = 1 AND score = 0) OR (battle IS NOT NULL AND side IS NOT NULL AND multiplier > 0 AND score = coins * multiplier)",
            name=op.f("ck_gifts_score"),
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_gifts_balance")),
        sa.CheckConstraint("count > 0 AND price > 0 AND coins = price * count", name=op.f("ck_gifts_coins")),
        sa.CheckConstraint("sender <> recipient", name=op.f("ck_gifts_sender")),
        sa.CheckConstraint(
            "share_bp BETWEEN 0 AND 10000 AND diamonds = coins * share_bp / 10000", name=op.f("ck_gifts_diamonds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gifts")),
    )
    with op.batch_alter_table("gifts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_gifts_battle",
            ["battle"],
            unique=False,
            postgresql_where=sa.text("battle IS NOT NULL"),
            sqlite_where=sa.text("battle IS NOT NULL"),
        )

    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.CheckConstraint("currency IN ('coin', 'diamond')", name=op.f("ck_ledger_accounts_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("owner", "currency", name=op.f("uq_ledger_accounts_owner_currency")),
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("host_user", sa.String(length=26), nullable=False),
        sa.Column("host_name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("host_user", name=op.f("uq_rooms_host_user")),
    )
    op.create_table(
        "sanctions",
        sa.Column("sanction_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("imposed_by", sa.String(length=26), nullable=False),
        sa.Column("imposed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(length=26), nullable=True),
        sa.Column("lifted_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_sanctions")),
    )
    with op.batch_alter_table("sanctions", schema=None) as batch_op:
        batch_op.create_index("ix_sanctions_user_id_sanction_id", ["user_id", "sanction_id"], unique=False)

    op.create_table(
        "scoring_windows",
        sa.Column("battle", sa.String(length=26), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("rush_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("rush_multiplier", sa.Integer(), nullable=False),
        sa.Column("rooms", sa.Text(), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("tallied", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("rush_multiplier > 0", name=op.f("ck_scoring_windows_rush_multiplier")),
        sa.CheckConstraint("start_ms <= end_ms", name=op.f("ck_scoring_windows_span")),
        sa.PrimaryKeyConstraint("battle", "recipient", name=op.f("pk_scoring_windows")),
    )
    with op.batch_alter_table("scoring_windows", schema=None) as batch_op:
        batch_op.create_index(
            "ix_scoring_windows_recipient",
            ["recipient"],
            unique=False,
            postgresql_where=sa.text("NOT tallied"),
            sqlite_where=sa.text("tallied = 0"),
        )

    op.create_table(
        "battle_results",
        sa.Column("battle_id", sa.String(length=26), nullable=False),
        sa.Column("winner", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.Column("mvp", sa.String(length=26), nullable=True),
        sa.Column("settled_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_battle_results_battle_id_battles")),
        sa.PrimaryKeyConstraint("battle_id", name=op.f("pk_battle_results")),
    )
    op.create_table(
        "battle_sides",
        sa.Column("battle_id", sa.String(length=26), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("host_user", sa.String(length=26), nullable=False),
        sa.Column("host_name", sa.String(length=64), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["battle_id"], ["battles.id"], name=op.f("fk_battle_sides_battle_id_battles")),
        sa.PrimaryKeyConstraint("battle_id", "seat", name=op.f("pk_battle_sides")),
    )
    with op.batch_alter_table("battle_sides", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_battle_sides_host_user"), ["host_user"], unique=False)
        batch_op.create_index(
            "uq_battle_sides_open_room",
            ["room"],
            unique=True,
            sqlite_where=sa.text("open = 1"),
            postgresql_where=sa.text("open = 1"),
        )

    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("room", sa.String(length=26), nullable=False),
        sa.Column("host_user", sa.String(length=26), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_broadcasts_room_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_room_started_at_ms", ["room", "started_at_ms"], unique=False)

    op.create_table(
        "gift_outbox",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("gift_id", sa.String(length=26), nullable=False),
        sa.Column("rooms", sa.Text(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["gift_id"], ["gifts.id"], name=op.f("fk_gift_outbox_gift_id_gifts")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_gift_outbox")),
        sa.UniqueConstraint("gift_id", name=op.f("uq_gift_outbox_gift_id")),
    )
    with op.batch_alter_table("gift_outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_gift_outbox_unsent",
            ["sequence"],
            unique=False,
            postgresql_where=sa.text("sent_at_ms IS NULL"),
            sqlite_where=sa.text("sent_at_ms IS NULL"),
        )

    op.create_table(
        "ledger_balances",
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ledger_balances_amount")),
        sa.ForeignKeyConstraint(
            ["account"], ["ledger_accounts.id"], name=op.f("fk_ledger_balances_account_ledger_accounts")
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_ledger_balances")),
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=48), nullable=False),
        sa.Column("payee", sa.String(length=48), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("gift_id", sa.String(length=26), nullable=True),
        sa.Column("request", sa.String(length=192), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=True),
        sa.CheckConstraint("currency IN ('coin', 'diamond')", name=op.f("ck_ledger_transfers_currency")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_transfers_amount")),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_ledger_transfers_payer")),
        sa.ForeignKeyConstraint(["gift_id"], ["gifts.id"], name=op.f("fk_ledger_transfers_gift_id_gifts")),
        sa.ForeignKeyConstraint(
            ["payee"], ["ledger_accounts.id"], name=op.f("fk_ledger_transfers_payee_ledger_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["payer"], ["ledger_accounts.id"], name=op.f("fk_ledger_transfers_payer_ledger_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sa.UniqueConstraint("gift_id", "currency", name=op.f("uq_ledger_transfers_gift_id_currency")),
        sa.UniqueConstraint("request", name=op.f("uq_ledger_transfers_request")),
    )
    op.create_table(
        "stream_keys",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["accounts.user_id"], name=op.f("fk_stream_keys_user_id_accounts")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_stream_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_stream_keys_key_hash")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("transfer", sa.String(length=26), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(leg = 0 AND amount < 0) OR (leg = 1 AND amount > 0)", name=op.f("ck_ledger_entries_leg")),
        sa.ForeignKeyConstraint(
            ["account"], ["ledger_accounts.id"], name=op.f("fk_ledger_entries_account_ledger_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["transfer"], ["ledger_transfers.id"], name=op.f("fk_ledger_entries_transfer_ledger_transfers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("transfer", "leg", name=op.f("uq_ledger_entries_transfer_leg")),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entries_account", ["account", "id"], unique=False)

    for statement in append_only.statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away: drop the database instead")
