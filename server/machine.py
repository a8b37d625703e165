"""``make run``: the whole platform on one machine, started in order and stopped together."""

import asyncio
import contextlib
import fcntl
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
from pydantic import SecretStr
from rich.console import Console

from accounts.passwords import Passwords
from accounts.ranks import FIRST_ADMIN, Ranks
from accounts.rules import AccountRules
from accounts.standing import Standings
from accounts.standing_keeper import StandingKeeper
from accounts.store_sql import SqlAccounts
from accounts.store_sql_sign_ins import SqlSignIns
from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from foundation.sql import Database
from moderation import audit
from server import schema, valkey
from server.certificate import lan_address, self_signed
from server.demo import Demo
from server.http import listen
from server.process import stop_on_signals
from server.settings import Settings
from server.supervisor import Supervisor

READY_S = 60.0


class AlreadyRunning(RuntimeError):
    """Another Ringside of this machine uses the same data folder."""


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder; the lock goes with the process, so a kill leaves nothing to clean up."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another Ringside uses {folder}; stop it, or set DATA_DIR") from None
        yield


async def first_admin(database: Database, password: SecretStr | None) -> str | None:
    """Open the account of the first admin; returns the password to show once, None when the admin was there already."""
    store = SqlAccounts(database, audit.record)
    rules = AccountRules()
    clock = SystemClock()
    keeper = StandingKeeper(store, SqlSignIns(database), Standings(rules.token_life_s * 1000), MemoryBus(), clock)
    chosen = password.get_secret_value() if password else secrets.token_urlsafe(12)
    passwords = Passwords()
    try:
        made = await Ranks(store, passwords, keeper, clock).ensure_admin(chosen)
    finally:
        await passwords.close()
    return chosen if made and password is None else None


async def run(settings: Settings, console: Console, *, demo: bool = False) -> None:
    """Start everything, print where it is, and wait for SIGINT or SIGTERM."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    with only_one(settings.data_dir):
        folder = settings.data_dir.absolute() / "valkey"
        resolved = settings.resolved(settings.redis_url or valkey.prepare(folder))
        console.print("preparing the database")
        database = Database(resolved.database)
        await schema.upgrade(database)
        shown_once = await first_admin(database, settings.admin_password)
        await database.close()
        if settings.https:
            await asyncio.to_thread(self_signed, resolved.data_dir)
        listener = listen(settings.host, settings.port)
        supervisor = Supervisor(resolved, listener=listener)
        if settings.redis_url is None:
            supervisor.add_valkey(folder)
        console.print("starting " + ", ".join(supervisor.names))
        async with asyncio.TaskGroup() as group:
            group.create_task(supervisor.run(stop))
            group.create_task(_announce(resolved, listener, shown_once, console, stop))
            if demo:
                group.create_task(Demo(resolved, console, local_address(resolved, listener)).run(stop))
        console.print("stopped")


def local_address(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.https else "http"
    return f"{scheme}://localhost:{listener.getsockname()[1]}"


async def ready(address: str, stop: asyncio.Event) -> bool:
    """Wait until the api answers and a media worker is there; False when told to stop or after ``READY_S``."""
    # The certificate is our own and self-signed: there is nothing to verify it against.
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=1) as client:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                while not stop.is_set():
                    with contextlib.suppress(httpx2.HTTPError):
                        if (await client.get(f"{address}/readyz")).status_code == 200:
                            return True
                    await asyncio.sleep(0.1)
    return False


async def _announce(
    settings: Settings, listener: socket.socket, shown_once: str | None, console: Console, stop: asyncio.Event
) -> None:
    address = local_address(settings, listener)
    if not await ready(address, stop):
        if not stop.is_set():
            console.print(f"not ready after {READY_S:.0f} s; the log above says why", style="red")
        return
    console.print(f"\n  Ringside is on   {address}", style="bold green")
    if settings.https:
        console.print(f"  in your network  https://{lan_address()}:{listener.getsockname()[1]}  (self-signed)")
    if shown_once:
        console.print(f"  first admin      {FIRST_ADMIN}  password  {shown_once}   (shown this once)")
    console.print("  Ctrl-C stops everything\n")
