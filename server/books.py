"""The books of the platform, held against everything that is kept beside them."""

from foundation.clock import Clock
from foundation.sql import Database
from gifts.verify import Report, ledger_verify
from server.battles import SettledBattles


async def verified(database: Database, clock: Clock, *, drained: bool = False) -> Report:
    """Every invariant of the money, the results of battles too; ``drained``: nothing may wait for the relay either."""
    return await ledger_verify(database, now_ms=clock.now_ms(), drained=drained, results=SettledBattles())
