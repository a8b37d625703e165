"""The database's schema: brought up to date at every start, and held against the tables in the checks."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from foundation.sql import Database

FOLDER = Path(__file__).parent / "migrations"


class OutOfDate(RuntimeError):
    """The tables in the code and the migrations disagree: ``make migration NAME=...``."""


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that this database lacks; one process at a time (the supervisor, or a compose step)."""
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))
        await connection.commit()


async def check(database: Database) -> None:
    """Raise ``OutOfDate`` unless the migrations, run on this database, give just the tables that the code declares."""
    async with database.engine.connect() as connection:
        try:
            await connection.run_sync(lambda sync: command.check(_config(sync)))
        except CommandError as error:
            raise OutOfDate(str(error)) from error


async def make_migration(database: Database, message: str) -> None:
    """Write the next migration file: what the tables in the code have more than the migrations."""
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: _revise(sync, message))


def _revise(connection: Connection, message: str) -> None:
    config = _config(connection)
    number = len(list((FOLDER / "versions").glob("[0-9]*.py"))) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
