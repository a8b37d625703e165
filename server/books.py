"""The books of the platform, held against everything that is kept beside them."""

from foundation.sql import Database
from gifts.verify import Report, ledger_verify
from server.battles import SettledBattles


async def verified(database: Database) -> Report:
    """Every invariant of the money, the results of battles too."""
    return await ledger_verify(database, results=SettledBattles())
