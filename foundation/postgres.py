"""PostgreSQL that keeps silent: no connection of SQLAlchemy's waits for it longer than it is told to.

A statement without an answer, or one that nobody waits for any more, ends its connection at once, without a farewell
that would not be answered either; and the idle connections of the pool are not trusted any more.
"""

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError

from foundation.scripts import DURABLE

CONNECT_S = 2.0
FREE_S = 5.0  # a connection of the pool is waited for so long
FAREWELL_S = 0.2
# Locks of a transaction whose process is cut off from PostgreSQL are given back after this time. Who reads all of the
# books may think about them for longer.
IDLE_MS = 10_000
AWAY = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Closed in good manners, or soon."""

    async def close(self, *, timeout: float | None = None) -> None:
        try:
            await super().close(timeout=FAREWELL_S)
        except TimeoutError:
            self.terminate()


def options(pool_size: int, answer_s: float | None) -> dict[str, Any]:
    """For ``create_async_engine``. A statement is given up after ``answer_s``; None: never."""
    settings = DURABLE if answer_s is None else {**DURABLE, "idle_in_transaction_session_timeout": str(IDLE_MS)}
    return {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": FREE_S,
        "connect_args": {
            "timeout": CONNECT_S,
            "command_timeout": answer_s,
            "connection_class": Connection,
            "server_settings": settings,
        },
    }


def watch(engine: Engine) -> None:
    """Give up silent connections, and call what is an absence of the server an ``OperationalError``."""
    event.listen(engine, "handle_error", _failed)


def _failed(failed: ExceptionContext) -> DBAPIError | None:
    error, known = failed.original_exception, failed.sqlalchemy_exception
    if isinstance(error, TimeoutError) or not isinstance(error, Exception):
        failed.is_disconnect = failed.invalidate_pool_on_disconnect = True
        if failed.connection is not None and not failed.connection.invalidated:
            failed.connection.connection.driver_connection.terminate()  # type: ignore[union-attr]
    elif isinstance(known, DBAPIError) and isinstance(error.__cause__, AWAY):
        return OperationalError(known.statement, known.params, error, connection_invalidated=failed.is_disconnect)
    return None
