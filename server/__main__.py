"""``python -m server COMMAND``: the platform on one machine, one process of it, or a chore."""

import asyncio
import importlib
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import ModuleType

import typer
from pydantic import ValidationError
from rich.console import Console

from foundation.clock import SystemClock
from foundation.sql import Database
from server.log import configure
from server.process import run_until_told, stop_on_signals
from server.self_check import report
from server.self_check.collect import collect
from server.self_check.judge import judge
from server.self_check.kept import keep
from server.settings import SQLITE, Settings

# A visitor wants to see a whole battle, and the next one: unless he has set these himself.
DEMO_BATTLES: dict[str, object] = {"battle_fight_s": 60.0, "battle_victory_s": 15.0}
# On one's own machine coins are bought by pressing a button.
TRYING_OUT: dict[str, object] = {"test_payments": True}

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)
console = Console(highlight=False)


def part(name: str) -> ModuleType:
    """A module of the server, imported when its command runs: how soon a process that died is back hangs on it."""
    return importlib.import_module(f"server.{name}")


@cli.callback()
def prepare() -> None:
    """Ringside: live streaming whose heart is the PK battle."""
    configure(read_settings().log_level)


def read_settings() -> Settings:
    """The settings; what cannot be used is said in words, one line each."""
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(step) for step in fault["loc"]).upper()
            console.print(f"{name} {fault['msg'].removeprefix('Value error, ')}".strip(), style="red")
        raise typer.Exit(2) from None


def unless_set(settings: Settings, values: Mapping[str, object]) -> dict[str, object]:
    """Those of ``values`` that nobody has set himself."""
    return {name: value for name, value in values.items() if name not in settings.model_fields_set}


def check_network(settings: Settings) -> None:
    """Say what is wrong with the network settings; what cannot work stops the start."""
    findings = judge(collect(settings))
    report.at_start(findings, console)
    keep(settings.data_dir, findings)
    if report.stops(findings):
        raise typer.Exit(2)


@cli.command()
def check() -> None:
    """What is wrong with the network settings of this machine, and what could be better."""
    findings = judge(collect(read_settings()))
    report.show(findings, console)
    console.print(f"{len(findings)} findings; {report.PAGE} explains them" if findings else "nothing to say")
    raise typer.Exit(2 if report.stops(findings) else 0)


@cli.command()
def run(https: bool = False) -> None:
    """The whole platform on this machine, until Ctrl-C."""
    settings = read_settings()
    settings = settings.model_copy(update={"https": https or settings.https, **unless_set(settings, TRYING_OUT)})
    check_network(settings)
    asyncio.run(part("machine").run(settings, console))


@cli.command()
def demo() -> None:
    """The platform with two synthetic hosts and bots, until Ctrl-C."""
    settings = read_settings()
    check_network(settings)
    changed = settings.model_copy(update=unless_set(settings, DEMO_BATTLES | TRYING_OUT))
    asyncio.run(part("machine").run(changed, console, demo=True))


@cli.command("api")
def run_api(index: int = 0, listen_fd: int | None = None, port: int | None = None) -> None:
    """One api process: public and admin API, room feed, WHIP and WHEP, the pages."""
    settings = read_settings()
    chosen = settings.port if port is None else port
    run_until_told("api", index, lambda stop: part("api").run(settings, index, stop, listen_fd=listen_fd, port=chosen))


@cli.command("control")
def run_control(index: int = 0) -> None:
    """One control process: broadcast keepers, referees, outbox relay."""
    run_until_told("control", index, lambda stop: part("control").run(read_settings(), index, stop))


@cli.command("media")
def run_media(index: int = 0, listen_fd: int | None = None) -> None:
    """One media worker."""
    settings = read_settings()
    if listen_fd is None:  # the supervisor has checked before it started anybody
        check_network(settings)
    run_until_told("media", index, lambda stop: part("media").run(settings, index, stop, listen_fd=listen_fd))


@cli.command()
def supervise() -> None:
    """The media workers of this machine, each watched and started again: for containers and service managers."""
    settings = read_settings()
    if missing := settings.missing_for_one_part:
        console.print(f"set {' and '.join(missing)}: the other processes have them too", style="red")
        raise typer.Exit(2)
    check_network(settings)
    asyncio.run(supervised(settings))


@cli.command("transcode")
def run_transcode(index: int = 0) -> None:
    """One transcode node."""
    run_until_told("transcode", index, lambda stop: part("transcode").run(read_settings(), index, stop))


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date and open the first admin."""
    settings = read_settings()

    async def work(database: Database) -> None:
        await part("schema").upgrade(database)
        shown_once = await part("machine").first_admin(database, settings.admin_password)
        if shown_once:
            console.print(f"first admin: {part('machine').FIRST_ADMIN}  password: {shown_once}  (shown this once)")

    with_database(settings.database, work)


@cli.command()
def migration(message: str) -> None:
    """Write the next migration file from what the tables say."""

    async def work(database: Database) -> None:
        await part("schema").upgrade(database)
        await part("schema").make_migration(database, message)

    with_database(None, work)


@cli.command()
def check_migrations() -> None:
    """Fail unless the migrations give just the tables that the code declares."""

    async def work(database: Database) -> None:
        await part("schema").upgrade(database)
        await part("schema").check(database)

    with_database(None, work)


@cli.command()
def ledger_verify(drained: bool = False) -> None:
    """Whether every invariant of the money holds, with figures; beside a running platform too. 1 when one does not.

    ``--drained``: the platform is quiet, so nothing may wait for the relay.
    """
    settings = read_settings()
    address = settings.database
    if address.startswith(SQLITE) and not Path(address.removeprefix(SQLITE)).exists():
        console.print(f"there is no database at {address.removeprefix(SQLITE)}", style="red")
        raise typer.Exit(2)

    async def work(database: Database) -> None:
        report = await part("books").verified(database, SystemClock(), drained=drained)
        print(report.text())
        if not report.holds:
            raise typer.Exit(1)

    with_database(address, work)


async def supervised(settings: Settings) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    await part("supervisor").Supervisor(settings, ("media",)).run(stop)


def with_database(url: str | None, work: Callable[[Database], Awaitable[None]]) -> None:
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
