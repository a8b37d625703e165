"""HTTP: buying coins, paying out diamonds, statements."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse

from accounts.principal import Signed
from gifts.money.collecting import Debts
from gifts.money.csv_lines import Cell, lines
from gifts.money.earnings import MOST_DAYS, Earnings
from gifts.money.schema import (
    NAME,
    EarningsAnswer,
    EarningsDayAnswer,
    HeardAnswer,
    OwnDebtAnswer,
    OwnDebtsPage,
    OwnPurchasesPage,
    PackageAnswer,
    PackagesAnswer,
    PurchaseAnswer,
    StatementAnswer,
    TestPayBody,
    TopUpBody,
    WithdrawalAnswer,
    WithdrawalBody,
    WithdrawalsPage,
    next_before,
)
from gifts.money.statements import MOST_ENTRIES, Line, Span, Statements
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.money.withdrawals import Withdrawals, WithdrawalWish

Id = Annotated[str, Path(max_length=40, pattern=NAME)]
Currency = Literal["coin", "diamond"]
Moment = Annotated[int | None, Query(ge=0, le=2**47)]
Before = Annotated[str | None, Query(max_length=40, pattern=NAME)]
Limit = Annotated[int, Query(ge=1, le=MOST_ENTRIES)]

CSV_HEAD = (
    "time", "id", "kind", "currency", "amount", "balance", "gift", "count", "room", "from", "to", "guest",
    "corrects", "corrected by", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Counter:
    """What the routes of money call."""

    topups: TopUps
    webhooks: Webhooks
    till: Till
    withdrawals: Withdrawals
    statements: Statements
    earnings: Earnings
    debts: Debts
    csv_page: int


def router(counter: Counter) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["money"])
    _buying(routes, counter)
    _paying_out(routes, counter)
    _reading(routes, counter)
    return routes


def _buying(routes: APIRouter, counter: Counter) -> None:
    @routes.get("/topups/packages")
    async def packages() -> PackagesAnswer:
        """What coins cost; everybody may see it."""
        sold = [PackageAnswer(**vars(package)) for package in counter.topups.packages]
        return PackagesAnswer(packages=sold, open=counter.topups.provider is not None, test=counter.till.open)

    @routes.post("/topups", status_code=201)
    async def buy(body: TopUpBody, principal: Signed) -> PurchaseAnswer:
        """Begin to buy a package; the payer goes to ``pay_at``. The same key is the same purchase."""
        return PurchaseAnswer.of(await counter.topups.begin(principal.user_id, body.package, body.key))

    @routes.get("/topups")
    async def all_bought(principal: Signed, before: Before = None, limit: Limit = 50) -> OwnPurchasesPage:
        """The caller's own purchases, newest first."""
        found = await counter.topups.page(buyer=principal.user_id, before=before, most=limit + 1)
        return OwnPurchasesPage(
            topups=[PurchaseAnswer.of(each) for each in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.get("/topups/{purchase}")
    async def bought(purchase: Id, principal: Signed) -> PurchaseAnswer:
        """The caller's own purchase, as it is now."""
        return PurchaseAnswer.of(await counter.topups.one(principal.user_id, purchase))

    @routes.post("/payments/{provider}/webhook")
    async def webhook(provider: Id, request: Request) -> HeardAnswer:
        """For payment providers: signed by them, and heard once."""
        return HeardAnswer(done=await counter.webhooks.hear(provider, request.headers, await request.body()))

    @routes.post("/payments/test/pay")
    async def pay(body: TestPayBody, principal: Signed) -> PurchaseAnswer:
        """In development: pay the caller's own purchase."""
        return PurchaseAnswer.of(await counter.till.pay(principal.user_id, body.purchase))


def _paying_out(routes: APIRouter, counter: Counter) -> None:
    @routes.post("/withdrawals", status_code=201)
    async def ask(body: WithdrawalBody, principal: Signed) -> WithdrawalAnswer:
        """Ask for diamonds to be paid out; they leave the wallet at once and wait for ops."""
        wish = WithdrawalWish(body.diamonds, body.destination, body.key)
        return WithdrawalAnswer.of(await counter.withdrawals.ask(principal, wish))

    @routes.get("/withdrawals")
    async def asked(principal: Signed, before: Before = None, limit: Limit = 50) -> WithdrawalsPage:
        """The caller's own, newest first."""
        found = await counter.withdrawals.page(host=principal.user_id, before=before, most=limit + 1)
        return WithdrawalsPage(
            least=counter.withdrawals.least,
            withdrawals=[WithdrawalAnswer.of(each) for each in found[:limit]],
            next_before=next_before(found, limit),
        )


def _reading(routes: APIRouter, counter: Counter) -> None:
    @routes.get("/wallet/debts")
    async def debts(principal: Signed, before: Before = None, limit: Limit = 50) -> OwnDebtsPage:
        """What the caller still owes, newest first."""
        found = await counter.debts.page(owner=principal.user_id, paid=False, before=before, most=limit + 1)
        return OwnDebtsPage(
            debts=[OwnDebtAnswer.of(debt) for debt in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.get("/wallet/statement")
    async def statement(
        principal: Signed,
        currency: Currency = "coin",
        from_ms: Moment = None,
        to_ms: Moment = None,
        before: Before = None,
        limit: Limit = 50,
    ) -> StatementAnswer:
        """The caller's entries in one currency, newest first, each with the balance after it."""
        span = Span(currency, from_ms, to_ms, before)
        return StatementAnswer.of(await counter.statements.page(principal.user_id, span, most=limit))

    @routes.get("/wallet/statement.csv", response_class=StreamingResponse)
    async def as_csv(
        principal: Signed, currency: Currency = "coin", from_ms: Moment = None, to_ms: Moment = None
    ) -> StreamingResponse:
        """The same as a file."""
        span = Span(currency, from_ms, to_ms)
        name = f"ringside-{currency}s.csv"
        return StreamingResponse(
            _csv(counter, principal.user_id, span),
            media_type="text/csv; charset=utf-8; header=present",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    @routes.get("/wallet/earnings")
    async def earnings(principal: Signed, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30) -> EarningsAnswer:
        """The caller's diamonds by day (UTC)."""
        found = await counter.earnings.by_day(principal.user_id, days)
        return EarningsAnswer(days=[EarningsDayAnswer.of(day) for day in found])


async def _csv(counter: Counter, user: str, span: Span) -> AsyncIterator[str]:
    yield lines([CSV_HEAD])
    async for page in counter.statements.pages(user, span, most=counter.csv_page):
        yield lines(_rows(span.currency, page.lines))


def _rows(currency: str, entries: Iterable[Line]) -> Iterable[tuple[Cell, ...]]:
    for line in entries:
        gift = line.gift
        of_gift: tuple[Cell, ...] = (None,) * 6
        if gift is not None:
            room = gift.room_title or gift.room
            of_gift = (gift.name, gift.count, room, gift.sender_name, gift.recipient_name, gift.guest_name)
        at = datetime.fromtimestamp(line.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        ends = (line.corrects, line.corrected_by, line.reason)
        yield (at, line.id, line.kind, currency, line.amount, line.balance, *of_gift, *ends)
