"""Two checks of ``ledger-verify``: the totals are those of the gifts, and what was drawn follows from its seed."""

from typing import Any

from sqlalchemy import FromClause, Select, String, func, literal, or_, select

from foundation.sql import Transaction
from gifts import luck
from gifts.checks import MOST_EXAMPLES, Check, judged, number
from gifts.luck import PLAIN, Draw
from gifts.money.tables import corrections
from gifts.spans import DAY_MS
from gifts.tables import gifts, outbox
from gifts.tables_play import totals
from gifts.totals_corrected import of_gift

PAGE = 500  # drawing keeps everybody else of the process waiting


async def totals_are_gifts(transaction: Transaction) -> Check:
    """What lies in the totals and what lies in the outbox is, together, every gift once that was not taken back."""
    day = gifts.c.accepted_at_ms // DAY_MS
    of_gifts = (
        select(
            gifts.c.room,
            day.label("day"),
            gifts.c.recipient.label("host"),
            gifts.c.sender,
            func.sum(gifts.c.coins).label("coins"),
            func.count().label("gifts"),
            func.min(gifts.c.accepted_at_ms).label("first_at_ms"),
            func.max(gifts.c.accepted_at_ms).label("last_at_ms"),
        )
        # Not "NOT IN": PostgreSQL looks through the whole list for each gift when it has grown beyond its memory.
        .join(outbox, outbox.c.gift_id == gifts.c.id, isouter=True)
        .join(corrections, of_gift(), isouter=True)
        .where(outbox.c.gift_id.is_(None), corrections.c.id.is_(None))
        .group_by(gifts.c.room, day, gifts.c.recipient, gifts.c.sender)
        .subquery()
    )
    kept = select(*(totals.c[column.name] for column in of_gifts.c))
    summed = select(*of_gifts.c)
    off = kept.except_(summed).subquery(), summed.except_(kept).subquery()
    query = _named(off[0]).union(_named(off[1]))
    lines = await number(transaction, select(func.count()).select_from(totals))
    check = await judged(transaction, "totals = gifts", lines, query)
    coins = await number(transaction, select(func.sum(totals.c.coins)))
    return Check(check.name, check.looked_at, check.wrong, check.examples, (("coins_in_totals", coins),))


def _named(lines: FromClause) -> Select[Any]:
    day = lines.c.day.cast(String)
    space = literal(" ")
    return select(lines.c.room + space + day + space + lines.c.host + space + lines.c.sender)


async def draws_are_seeds(transaction: Transaction) -> Check:
    """Every gift with odds is drawn again; one without has drawn nothing."""
    drawn = or_(gifts.c.odds.is_not(None), gifts.c.seed.is_not(None), gifts.c.boost != 1, gifts.c.win != 0)
    query = select(gifts.c.id, gifts.c.coins, gifts.c.boost, gifts.c.win, gifts.c.seed, gifts.c.odds).where(drawn)
    looked_at, won, off, after = 0, 0, list[str](), ""
    while rows := (await transaction.execute(query.where(gifts.c.id > after).order_by(gifts.c.id).limit(PAGE))).all():
        for row in rows:
            looked_at += 1
            won += row.win
            if not _sound(row.id, row.coins, Draw(row.boost, row.win), row.seed, row.odds):
                off.append(row.id)
        after = rows[-1].id
    figures = (("coins_won", won),)
    return Check("draw = its seed", looked_at, len(off), tuple(off[:MOST_EXAMPLES]), figures)


def _sound(gift_id: str, coins: int, said: Draw, seed: str | None, odds: str | None) -> bool:
    if seed is None or odds is None:
        return seed is None and odds is None and said == PLAIN
    return luck.draw(luck.decode(odds), seed, gift_id, coins) == said
