"""The tables of moderation. ``audit_log`` is append-only: the database itself refuses to change or delete a row."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from foundation import append_only
from foundation.ids import ID_LENGTH
from foundation.sql import metadata

sanctions = Table(
    "sanctions",
    metadata,
    Column("sanction_id", String(ID_LENGTH), primary_key=True),
    Column("user_id", String(ID_LENGTH), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("imposed_by", String(ID_LENGTH), nullable=False),
    Column("imposed_at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("lifted_by", String(ID_LENGTH)),
    Column("lifted_at_ms", BigInteger),
    Index("ix_sanctions_user_id_sanction_id", "user_id", "sanction_id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    # SQLite numbers rows by itself only in a column of exactly this type.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(96), nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", Text),  # JSON, keys sorted
    Column("after", Text),
    Index("ix_audit_log_actor_number", "actor", "number"),
    Index("ix_audit_log_subject_number", "subject", "number"),
    sqlite_autoincrement=True,
)

append_only.attach(audit_log)
