"""What ops may do with money: every act has an operator, a reason and a line in the audit log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query

from accounts.principal import Admin
from gifts.money.collecting import Debts
from gifts.money.corrections import Corrections
from gifts.money.decisions import State, Verb
from gifts.money.grants import Grants, GrantWish
from gifts.money.held import HeldPayments
from gifts.money.purchase import PurchaseState, Ruling
from gifts.money.schema import (
    NAME,
    CollectBody,
    CorrectionAnswer,
    CorrectionBody,
    DebtForOps,
    DebtsPage,
    GrantAnswer,
    GrantBody,
    GrantsPage,
    PaidBody,
    PurchaseForOps,
    PurchasesPage,
    ReasonBody,
    RefundBody,
    WithdrawalForOps,
    WithdrawalsForOps,
    next_before,
)
from gifts.money.topups import TopUps
from gifts.money.withdrawals import Withdrawals

Id = Annotated[str, Path(max_length=40, pattern=NAME)]
Before = Annotated[str | None, Query(max_length=40, pattern=NAME)]
Limit = Annotated[int, Query(ge=1, le=100)]


@dataclass(frozen=True)
class Desk:
    """What the routes of ops call."""

    topups: TopUps
    held: HeldPayments
    withdrawals: Withdrawals
    corrections: Corrections
    debts: Debts
    grants: Grants


def admin_router(desk: Desk) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])
    _money_in(routes, desk)
    _withdrawals(routes, desk)
    _corrections(routes, desk)
    _grants(routes, desk)
    return routes


def _money_in(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/topups")
    async def topups(
        principal: Admin, state: PurchaseState | None = None, before: Before = None, limit: Limit = 50
    ) -> PurchasesPage:
        """Purchases of coins, newest first; ``held`` are those whose payment did not fit."""
        found = await desk.topups.page(state=state, before=before, most=limit + 1)
        return PurchasesPage(
            topups=[PurchaseForOps.of(each) for each in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.post("/topups/{purchase}/credit")
    async def credit(purchase: Id, body: ReasonBody, principal: Admin) -> PurchaseForOps:
        """Ask for the coins of a held payment; another admin gives them."""
        return PurchaseForOps.of(await desk.held.rule(principal.user_id, purchase, Ruling.CREDIT, body.reason))

    @routes.post("/topups/{purchase}/credit/approve")
    async def approve(purchase: Id, principal: Admin) -> PurchaseForOps:
        """Give the coins that another admin has asked for; not to oneself."""
        return PurchaseForOps.of(await desk.held.rule(principal.user_id, purchase, Ruling.APPROVE))

    @routes.post("/topups/{purchase}/close")
    async def close(purchase: Id, body: ReasonBody, principal: Admin) -> PurchaseForOps:
        """Credit nothing for a held payment."""
        return PurchaseForOps.of(await desk.held.rule(principal.user_id, purchase, Ruling.CLOSE, body.reason))


def _withdrawals(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/withdrawals")
    async def withdrawals(
        principal: Admin, state: State | None = None, before: Before = None, limit: Limit = 50
    ) -> WithdrawalsForOps:
        """Of all hosts, newest first."""
        found = await desk.withdrawals.page(state=state, before=before, most=limit + 1)
        return WithdrawalsForOps(
            withdrawals=[WithdrawalForOps.of(each) for each in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.post("/withdrawals/{withdrawal}/approve")
    async def approve(withdrawal: Id, principal: Admin) -> WithdrawalForOps:
        """Let it be paid; nobody does so for himself."""
        return WithdrawalForOps.of(await desk.withdrawals.decide(principal.user_id, withdrawal, Verb.APPROVE, ""))

    @routes.post("/withdrawals/{withdrawal}/reject")
    async def reject(withdrawal: Id, body: ReasonBody, principal: Admin) -> WithdrawalForOps:
        """Give the diamonds back."""
        return WithdrawalForOps.of(
            await desk.withdrawals.decide(principal.user_id, withdrawal, Verb.REJECT, body.reason)
        )

    @routes.post("/withdrawals/{withdrawal}/paid")
    async def paid(withdrawal: Id, body: PaidBody, principal: Admin) -> WithdrawalForOps:
        """It was paid outside, under this reference."""
        return WithdrawalForOps.of(
            await desk.withdrawals.decide(principal.user_id, withdrawal, Verb.PAY, body.reference)
        )


def _corrections(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/gifts/{gift}/refund", status_code=201)
    async def refund(gift: Id, body: RefundBody, principal: Admin) -> CorrectionAnswer:
        """Take a gift back, once: the coins to its sender, the diamonds from who earned them, and a win."""
        return CorrectionAnswer.of(await desk.corrections.refund(principal.user_id, gift, body.reason, body.key))

    @routes.post("/ledger/corrections", status_code=201)
    async def correct(body: CorrectionBody, principal: Admin) -> CorrectionAnswer:
        """Take a top-up or a grant back, once."""
        return CorrectionAnswer.of(
            await desk.corrections.correct(principal.user_id, body.transfer, body.reason, body.key)
        )

    @routes.get("/ledger/debts")
    async def debts(
        principal: Admin,
        user: Annotated[str | None, Query(max_length=32, pattern=NAME)] = None,
        before: Before = None,
        limit: Limit = 50,
    ) -> DebtsPage:
        """What should have been taken back and was not there any more, newest first."""
        found = await desk.debts.page(owner=user, before=before, most=limit + 1)
        return DebtsPage(
            debts=[DebtForOps.of(debt) for debt in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.post("/ledger/debts/{debt}/collect")
    async def collect(debt: Id, body: CollectBody, principal: Admin) -> DebtForOps:
        """Take what the debtor has now, at most what is left."""
        return DebtForOps.of(await desk.debts.collect(principal.user_id, debt, body.key))


def _grants(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/grants", status_code=201)
    async def ask(body: GrantBody, principal: Admin) -> GrantAnswer:
        """Ask for coins for a user; another admin gives them."""
        wish = GrantWish(body.user, body.coins, body.reason, body.key)
        return GrantAnswer.of(await desk.grants.ask(principal.user_id, wish))

    @routes.get("/grants")
    async def grants(
        principal: Admin, state: State | None = None, before: Before = None, limit: Limit = 50
    ) -> GrantsPage:
        """The newest first."""
        found = await desk.grants.page(state=state, before=before, most=limit + 1)
        return GrantsPage(
            grants=[GrantAnswer.of(each) for each in found[:limit]],
            next_before=next_before(found, limit),
        )

    @routes.post("/grants/{grant}/approve")
    async def approve(grant: Id, principal: Admin) -> GrantAnswer:
        """Give the coins; not by who asked for them, nor by who gets them."""
        return GrantAnswer.of(await desk.grants.decide(principal.user_id, grant, Verb.APPROVE))

    @routes.post("/grants/{grant}/reject")
    async def reject(grant: Id, body: ReasonBody, principal: Admin) -> GrantAnswer:
        """Give nothing."""
        return GrantAnswer.of(await desk.grants.decide(principal.user_id, grant, Verb.REJECT, body.reason))
