"""SQL tables of streaming: rooms, and each broadcast from its start on."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from foundation.sql import metadata

rooms = Table(
    "rooms",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("host_user", String(26), nullable=False, unique=True),
    Column("host_name", String(64), nullable=False),
    Column("title", String(120), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("room", String(26), ForeignKey("rooms.id"), nullable=False),
    Column("host_user", String(26), nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, nullable=True),
    Column("end_reason", String(16), nullable=True),
    Column("peak_viewers", Integer, nullable=True),
    Column("unique_viewers", Integer, nullable=True),
    Column("messages", BigInteger, nullable=True),
    Column("likes", BigInteger, nullable=True),
    Index("ix_broadcasts_room_started_at_ms", "room", "started_at_ms"),
)
