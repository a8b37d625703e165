"""A lean ledger: accounts are text, transfers of a gift are named after it, idempotency is on the gift's own row.

Revision 0006, after 0005. Rows only grow, so they are held aside, and the tables are made anew around them.
"""

import sqlalchemy as sa
from alembic import op

from foundation import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_transfers", "ledger_entries", "gifts")
OLD = ("ledger_entries", "gift_outbox", "ledger_transfers", "ledger_balances", "ledger_accounts", "gifts")

# What each new table takes from the old ones. The transfers of a gift were named by chance.
NAMED = "CASE t.kind WHEN 'gift-coins' THEN t.gift_id || 'c' WHEN 'gift-diamonds' THEN t.gift_id || 'd' ELSE t.id END"
KEPT = (
    "id, room, sender, sender_name, recipient, recipient_name, item, count, price, coins, share_bp, diamonds, battle,"
    " side, multiplier, score, balance, accepted_at_ms, asked_for, asked_for_name"
)
COPIES = (
    "INSERT INTO ledger_balances (account, amount) SELECT account, amount FROM old_ledger_balances ORDER BY account",
    f"INSERT INTO gifts ({KEPT}, key, content) SELECT {', '.join('g.' + name for name in KEPT.split(', '))},"
    " substr(t.request, length(g.sender) + 2), t.content"
    " FROM old_gifts g JOIN old_ledger_transfers t ON t.gift_id = g.id AND t.kind = 'gift-coins' ORDER BY g.id",
    "INSERT INTO ledger_transfers (id, kind, currency, amount, payer, payee, at_ms, gift_id, request, content)"
    f" SELECT {NAMED}, t.kind, t.currency, t.amount, t.payer, t.payee, t.at_ms, t.gift_id,"
    " CASE WHEN t.gift_id IS NULL THEN t.request END, CASE WHEN t.gift_id IS NULL THEN t.content END"
    " FROM old_ledger_transfers t ORDER BY t.id",
    f"INSERT INTO ledger_entries (account, transfer, amount) SELECT e.account, {NAMED}, e.amount"
    " FROM old_ledger_entries e JOIN old_ledger_transfers t ON t.id = e.transfer ORDER BY e.account, e.id",
    "INSERT INTO gift_outbox (gift_id, rooms) SELECT gift_id, rooms FROM old_gift_outbox"
    " WHERE sent_at_ms IS NULL ORDER BY sequence",
)


def upgrade() -> None:
    for table in OLD:
        op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")
    for table in OLD:
        op.drop_table(table)
    _make()
    for copy in COPIES:
        op.execute(copy)
    for table in OLD:
        op.drop_table(f"old_{table}")
    for statement in append_only.statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def _make() -> None:
    op.create_table(
        "ledger_balances",
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ledger_balances_amount")),
        sa.CheckConstraint(
            "account NOT LIKE 'platform:%' AND account NOT LIKE 'grants:%' AND account NOT LIKE 'topups:%'"
            " AND account NOT LIKE 'payouts:%'",
            name=op.f("ck_ledger_balances_account"),
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_ledger_balances")),
        sqlite_with_rowid=False,
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
        sa.Column("asked_for", sa.String(length=32), nullable=True),
        sa.Column("asked_for_name", sa.String(length=64), nullable=True),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("boost", sa.Integer(), server_default="1", nullable=False),
        sa.Column("win", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("odds", sa.Text(), nullable=True),
        sa.CheckConstraint("count > 0 AND price > 0 AND coins = price * count", name=op.f("ck_gifts_coins")),
        sa.CheckConstraint(
            "share_bp BETWEEN 0 AND 10000 AND diamonds = coins * share_bp / 10000", name=op.f("ck_gifts_diamonds")
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_gifts_balance")),
        sa.CheckConstraint("sender <> recipient", name=op.f("ck_gifts_sender")),
        sa.CheckConstraint(
            "(battle IS NULL AND side IS NULL AND multiplier = 1 AND score = 0)"
            " OR (battle IS NOT NULL AND side IS NOT NULL AND multiplier > 0 AND score = coins * multiplier * boost)",
            name=op.f("ck_gifts_score"),
        ),
        sa.CheckConstraint("boost > 0 AND win >= 0", name=op.f("ck_gifts_luck")),
        sa.CheckConstraint(
            "(boost = 1 AND win = 0) OR (seed IS NOT NULL AND odds IS NOT NULL)", name=op.f("ck_gifts_seed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gifts")),
        sa.UniqueConstraint("sender", "key", name=op.f("uq_gifts_sender_key")),
        sqlite_with_rowid=False,
    )
    _partial("ix_gifts_battle", "gifts", "battle", unique=False)
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.String(length=48), nullable=False),
        sa.Column("payee", sa.String(length=48), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("gift_id", sa.String(length=26), nullable=True),
        sa.Column("request", sa.String(length=192), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=True),
        sa.Column("corrects", sa.String(length=40), nullable=True),
        sa.Column("operator", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("currency IN ('coin', 'diamond')", name=op.f("ck_ledger_transfers_currency")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_transfers_amount")),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_ledger_transfers_payer")),
        sa.CheckConstraint(
            "payer LIKE '%:' || currency AND payee LIKE '%:' || currency", name=op.f("ck_ledger_transfers_accounts")
        ),
        sa.CheckConstraint(
            "corrects IS NULL OR (operator IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_ledger_transfers_corrects"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sqlite_with_rowid=False,
    )
    _partial("uq_ledger_transfers_request", "ledger_transfers", "request", unique=True)
    _partial("uq_ledger_transfers_corrects", "ledger_transfers", "corrects", unique=True)
    op.create_table(
        "ledger_entries",
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("transfer", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount")),
        sa.PrimaryKeyConstraint("account", "transfer", name=op.f("pk_ledger_entries")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gift_outbox",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("gift_id", sa.String(length=26), nullable=False),
        sa.Column("rooms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_gift_outbox")),
    )


def _partial(name: str, table: str, column: str, *, unique: bool) -> None:
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], unique=unique, postgresql_where=there, sqlite_where=there)


def downgrade() -> None:
    raise NotImplementedError("what the ledger says now does not fit into the former tables")
