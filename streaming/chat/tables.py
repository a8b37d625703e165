"""SQL tables of chat: what a room's host has ruled, who keeps the room for him, who may not speak in it."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table

from foundation.ids import ID_LENGTH
from foundation.sql import metadata

# Every change of a room's order counts its version up: a copy of an earlier one never replaces a later one's.
room_chat = Table(
    "room_chat",
    metadata,
    Column("room", String(ID_LENGTH), ForeignKey("rooms.id"), primary_key=True),
    Column("slow_s", Integer, nullable=False),
    Column("followers_only", Boolean, nullable=False),
    Column("links", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

room_moderators = Table(
    "room_moderators",
    metadata,
    Column("room", String(ID_LENGTH), ForeignKey("rooms.id"), primary_key=True),
    Column("user_id", String(ID_LENGTH), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("named_by", String(ID_LENGTH), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

room_mutes = Table(
    "room_mutes",
    metadata,
    Column("room", String(ID_LENGTH), ForeignKey("rooms.id"), primary_key=True),
    Column("user_id", String(ID_LENGTH), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("muted_by", String(ID_LENGTH), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
