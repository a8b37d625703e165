"""What a user reads of his own money: balances and his entries, newest first."""

from dataclasses import dataclass

from sqlalchemy import select

from foundation.sql import Database
from gifts.ledger import COIN, DIAMOND, account_of
from gifts.tables import balances, entries, gifts, transfers

MOST_ENTRIES = 100


@dataclass(frozen=True)
class WalletEntry:
    """One movement; ``id`` is its transfer, ``amount`` below zero left the wallet, ``item`` and on are of its gift."""

    id: str
    at_ms: int
    kind: str
    currency: str
    amount: int
    gift_id: str | None
    item: str | None
    count: int | None
    sender_name: str | None
    recipient_name: str | None


@dataclass(frozen=True)
class WalletPage:
    """``next_before`` is None on the last page."""

    coins: int
    diamonds: int
    entries: tuple[WalletEntry, ...]
    next_before: str | None


class SqlWallets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, user: str, *, before: str | None = None, most: int = 50) -> WalletPage:
        """Balances now and at most ``most`` entries older than entry ``before``, in one view of the ledger."""
        own = [account_of(user, COIN), account_of(user, DIAMOND)]
        query = (
            select(
                entries.c.transfer.label("id"),
                transfers.c.at_ms,
                transfers.c.kind,
                transfers.c.currency,
                entries.c.amount,
                transfers.c.gift_id,
                gifts.c.item,
                gifts.c.count,
                gifts.c.sender_name,
                gifts.c.recipient_name,
            )
            .join(transfers, transfers.c.id == entries.c.transfer)
            .join(gifts, gifts.c.id == transfers.c.gift_id, isouter=True)
            .where(entries.c.account.in_(own))
            .order_by(entries.c.transfer.desc())
            .limit(min(most, MOST_ENTRIES) + 1)
        )
        if before is not None:
            query = query.where(entries.c.transfer < before)
        async with self._database.read() as transaction:
            held = await transaction.execute(select(balances).where(balances.c.account.in_(own)))
            amounts = {row.account: row.amount for row in held}
            found = [WalletEntry(**row) for row in (await transaction.execute(query)).mappings()]
        shown = found[: min(most, MOST_ENTRIES)]
        return WalletPage(
            coins=amounts.get(own[0], 0),
            diamonds=amounts.get(own[1], 0),
            entries=tuple(shown),
            next_before=shown[-1].id if len(found) > len(shown) else None,
        )
