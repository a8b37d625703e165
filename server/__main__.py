"""``python -m server COMMAND``: the platform on one machine, one process of it, or a chore."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

import typer
from rich.console import Console

from foundation.sql import Database
from server import machine, schema
from server.log import configure
from server.settings import SQLITE, Settings

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)
console = Console(highlight=False)


@cli.callback()
def prepare() -> None:
    """Ringside: live streaming whose heart is the PK battle."""
    configure(Settings().log_level)


@cli.command()
def run(https: bool = False) -> None:
    """The whole platform on this machine, until Ctrl-C."""
    settings = Settings()
    asyncio.run(machine.run(settings.model_copy(update={"https": https or settings.https}), console))


@cli.command()
def demo() -> None:
    """The platform with two synthetic hosts and bots, until Ctrl-C."""
    asyncio.run(machine.run(Settings(), console, demo=True))


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    with_database(Settings().database, schema.upgrade)


@cli.command()
def migration(message: str) -> None:
    """Write the next migration file from what the tables say."""

    async def work(database: Database) -> None:
        await schema.upgrade(database)
        await schema.make_migration(database, message)

    with_database(None, work)


@cli.command()
def check_migrations() -> None:
    """Fail unless the migrations give just the tables that the code declares."""

    async def work(database: Database) -> None:
        await schema.upgrade(database)
        await schema.check(database)

    with_database(None, work)


def with_database(url: str | None, work: "Work") -> None:
    """Run ``work`` on the database at ``url``; None: on an empty SQLite file that is thrown away."""

    async def opened(address: str) -> None:
        database = Database(address)
        try:
            await work(database)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(opened(url or f"{SQLITE}{Path(folder) / 'empty.db'}"))


if __name__ == "__main__":
    cli()
