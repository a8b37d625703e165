"""Host settings in SQL: table ``battle_settings``, a row for everybody who has changed his."""

from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.ids import ID_LENGTH
from foundation.sql import Database, metadata
from pk.host_settings import Hosts, HostSettings

battle_settings = Table(
    "battle_settings",
    metadata,
    Column("user_id", String(ID_LENGTH), primary_key=True),
    Column("invitations", String(16), nullable=False),
    Column("auto_accept", String(16), nullable=False),
)


class SqlHostSettings:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite_insert if database.is_sqlite else pg_insert

    async def of(self, user: str) -> HostSettings:
        query = select(battle_settings).where(battle_settings.c.user_id == user)
        async with self._database.read() as transaction:
            row = (await transaction.execute(query)).one_or_none()
        return HostSettings() if row is None else HostSettings(Hosts(row.invitations), Hosts(row.auto_accept))

    async def put(self, user: str, settings: HostSettings) -> None:
        chosen = {"invitations": settings.invitations, "auto_accept": settings.auto_accept}
        statement = self._insert(battle_settings).values(user_id=user, **chosen)
        async with self._database.write() as transaction:
            await transaction.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=chosen))
