"""Coins that ops give: one admin asks, another one gives. Neither gets around the limits, nor grants to himself."""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, func, insert, select, text, update

from foundation.clock import Clock
from foundation.errors import Refusal
from foundation.ids import RisingIds, new_id
from foundation.sql import Database, Transaction
from gifts.ledger import COIN, GRANTS, Transfer, request_of
from gifts.money import kinds
from gifts.money.decisions import GRANT, State, Verb, decided
from gifts.money.errors import GrantsExhausted, GrantTooLarge, GrantUnknown, OwnGrant
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.settings import MoneySettings
from gifts.money.tables import coin_grants
from gifts.money.writing import once
from gifts.posting import balance_of, post
from moderation.audit import AuditEntry, append

DAY_MS = 86_400_000

# Requests of one operator take turns: two at once must not both find the same coins left, nor the same key unused.
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:operator, 1))")


@dataclass(frozen=True)
class Grant:
    """``refusal`` is why it was rejected."""

    id: str
    recipient: str
    coins: int
    reason: str
    state: State
    asked_by: str
    asked_at_ms: int
    decided_by: str | None = None
    decided_at_ms: int | None = None
    refusal: str | None = None
    transfer: str | None = None


@dataclass(frozen=True)
class GrantWish:
    recipient: str
    coins: int
    reason: str
    key: str


class People(Protocol):
    """Who is there; ``server`` implements it on top of the accounts."""

    async def check(self, user: str) -> None:
        """Return when there is such a user, refuse otherwise."""


class Grants:
    def __init__(self, database: Database, clock: Clock, people: People, settings: MoneySettings) -> None:
        self._database = database
        self._clock = clock
        self._people = people
        self._settings = settings
        self._ids = RisingIds()

    async def ask(self, operator: str, wish: GrantWish) -> Grant:
        """A grant that waits for a second operator. The same key with the same wish is the same grant."""
        checked(wish.key)
        try:
            await self._admit(operator, wish)
        except Refusal as refusal:
            return await self._answered_before(operator, wish, refusal)
        return await once(lambda: self._ask(operator, wish))

    async def decide(self, operator: str, grant: str, verb: Verb, note: str = "") -> Grant:
        """Who asked may take his own request back, but not approve it; nor may who gets the coins."""
        return await once(lambda: self._decide(operator, grant, verb, note))

    async def _decide(self, operator: str, grant: str, verb: Verb, note: str) -> Grant:
        asked = coin_grants.c.id == grant
        async with self._database.write() as transaction:
            row = (await transaction.execute(select(coin_grants).where(asked).with_for_update())).one_or_none()
            if row is None:
                raise GrantUnknown
            before = _grant(row)
            if verb is Verb.APPROVE and operator in (before.asked_by, before.recipient):
                raise OwnGrant
            state = decided(GRANT, before.state, verb)
            if state is State.APPROVED:
                await balance_of(transaction, before.recipient, COIN)  # held before the stamp
            now_ms = self._clock.now_ms()
            changed = {"state": state, "decided_by": operator, "decided_at_ms": now_ms}
            if state is State.APPROVED:
                transfer = self._transfer(before, operator, now_ms)
                await post(transaction, [transfer])
                changed |= {"transfer": transfer.id}
            else:
                changed |= {"refusal": note}
            await transaction.execute(update(coin_grants).where(asked).values(changed))
            await append(transaction, _entry(before, state, operator, verb, note or before.reason, now_ms))
            return _grant((await transaction.execute(select(coin_grants).where(asked))).one())

    async def page(self, *, state: State | None, before: str | None, most: int) -> list[Grant]:
        """The newest first."""
        query = select(coin_grants).order_by(coin_grants.c.id.desc()).limit(most)
        if state is not None:
            query = query.where(coin_grants.c.state == state)
        if before is not None:
            query = query.where(coin_grants.c.id < before)
        async with self._database.read() as transaction:
            return [_grant(row) for row in await transaction.execute(query)]

    async def _admit(self, operator: str, wish: GrantWish) -> None:
        most = self._settings.most_grant
        if not 0 < wish.coins <= most:
            raise GrantTooLarge(f"1 to {most} coins", most=most)
        if wish.recipient == operator:
            raise OwnGrant
        await self._people.check(wish.recipient)

    async def _answered_before(self, operator: str, wish: GrantWish, refusal: Refusal) -> Grant:
        """A retry is answered as the first time, though one grant may have fewer coins now."""
        async with self._database.read() as transaction:
            known = await self._known(transaction, operator, wish)
        if known is None:
            raise refusal
        return known

    async def _known(self, transaction: Transaction, operator: str, wish: GrantWish) -> Grant | None:
        request = coin_grants.c.request == request_of(operator, wish.key)
        known = (await transaction.execute(select(coin_grants).where(request))).one_or_none()
        if known is None:
            return None
        may_be_answered(known.content, known.asked_at_ms, _content(wish), self._clock.now_ms())
        return _grant(known)

    async def _ask(self, operator: str, wish: GrantWish) -> Grant:
        now_ms = self._clock.now_ms()
        async with self._database.write() as transaction:
            if transaction.dialect.name == "postgresql":
                await transaction.execute(_TURN, {"operator": operator})
            known = await self._known(transaction, operator, wish)
            if known is not None:
                return known
            await self._check_day(transaction, operator, wish.coins, now_ms)
            made = Grant(
                id=new_id(),
                recipient=wish.recipient,
                coins=wish.coins,
                reason=wish.reason,
                state=State.REQUESTED,
                asked_by=operator,
                asked_at_ms=now_ms,
            )
            row = {**vars(made), "request": request_of(operator, wish.key), "content": _content(wish)}
            await transaction.execute(insert(coin_grants).values(row))
            await append(transaction, _entry(made, State.REQUESTED, operator, "ask", wish.reason, now_ms))
        return made

    async def _check_day(self, transaction: Transaction, operator: str, coins: int, now_ms: int) -> None:
        lately = select(func.coalesce(func.sum(coin_grants.c.coins), 0)).where(
            coin_grants.c.asked_by == operator,
            coin_grants.c.asked_at_ms > now_ms - DAY_MS,
            coin_grants.c.state != State.REJECTED,
        )
        left = self._settings.most_grants_a_day - int((await transaction.execute(lately)).scalar_one())
        if coins > left:
            raise GrantsExhausted(f"{max(left, 0)} coins are left for now", left=max(left, 0))

    def _transfer(self, grant: Grant, operator: str, now_ms: int) -> Transfer:
        return Transfer(
            id=self._ids.make(now_ms),
            kind=kinds.GRANT,
            currency=COIN,
            amount=grant.coins,
            payer=GRANTS,
            payee=grant.recipient,
            at_ms=now_ms,
            request=request_of(GRANTS, f"grant/{grant.id}"),
            operator=operator,
            reason=grant.reason,
        )


def _content(wish: GrantWish) -> str:
    return content_of(wish.recipient, wish.coins, wish.reason)


def _grant(row: Row[Any]) -> Grant:
    columns = {name: value for name, value in row._mapping.items() if name not in ("request", "content")}
    return Grant(**(columns | {"state": State(row.state)}))


def _entry(grant: Grant, state: State, operator: str, verb: str, reason: str, now_ms: int) -> AuditEntry:
    return AuditEntry(
        actor=operator,
        action=f"grant.{verb}",
        subject=f"grant:{grant.id}",
        reason=reason,
        at_ms=now_ms,
        before={"state": grant.state, "asked_by": grant.asked_by},
        after={"state": state, "user": grant.recipient, "coins": grant.coins},
    )
