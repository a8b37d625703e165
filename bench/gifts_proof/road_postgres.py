"""The road of a gift where the ledger is in PostgreSQL: every connection that ``asyncpg`` opens tells it of its
statements, those of SQLAlchemy by the engine's own event.
"""

from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import event

from bench.gifts_proof.road import Road
from foundation.sql import Database

BEGIN = "BEGIN"  # a read says at which level of isolation, and is nobody's transaction about money


def lead(road: Road, database: Database) -> None:
    """All connections of this process from now on; SQLAlchemy's only when they are those of ``database``."""
    road.begin = BEGIN

    class Connection(asyncpg.Connection):  # type: ignore[misc]  # it says nothing about its types
        async def execute(self, query: str, *values: Any, **named: Any) -> Any:
            return await self._told(query, super().execute, query, *values, **named)

        async def fetch(self, query: str, *values: Any, **named: Any) -> Any:
            return await self._told(query, super().fetch, query, *values, **named)

        async def copy_records_to_table(self, table_name: str, **named: Any) -> Any:
            return await self._told(f"COPY {table_name}", super().copy_records_to_table, table_name, **named)

        async def _told(self, statement: str, say: Callable[..., Any], *values: Any, **named: Any) -> Any:
            statement = statement.rstrip(";")
            road.before(statement)
            answer = await say(*values, **named)
            road.after(statement)
            return answer

    connect = asyncpg.connect

    async def connected(*arguments: Any, **named: Any) -> Any:
        return await connect(*arguments, **{"connection_class": Connection} | named)

    def said(connection: object, cursor: object, statement: str, *rest: object) -> None:
        road.before(statement)

    asyncpg.connect = connected
    event.listen(database.engine.sync_engine, "before_cursor_execute", said)
