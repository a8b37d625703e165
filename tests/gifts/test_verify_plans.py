"""How PostgreSQL goes about ``ledger-verify``: no check may look through one table for each row of another."""

from typing import Any

from sqlalchemy import event

from foundation.sql import Database
from gifts.verify import ledger_verify
from server.battles import SettledBattles
from tests.databases import Postgres


async def test_postgresql_holds_whole_tables_against_each_other(postgres: Postgres) -> None:
    """A list that grows beyond its memory would be looked through from its start for each gift: minutes it took."""
    name = await postgres.create()
    database = Database(postgres.url(name))
    said: list[tuple[str, Any]] = []

    def heard(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            said.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    assert (await ledger_verify(database, now_ms=0, results=SettledBattles())).holds
    event.remove(database.engine.sync_engine, "before_cursor_execute", heard)
    assert len(said) > 20
    async with database.read() as transaction:
        await transaction.exec_driver_sql("SET LOCAL enable_nestloop = off")
        for statement, parameters in said:
            lines = await transaction.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plan = "\n".join(line for (line,) in lines)
            assert "SubPlan" not in plan and "Nested Loop" not in plan, f"{statement}\n{plan}"
    await database.close()
    await postgres.drop(name)
