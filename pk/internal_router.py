"""The internal HTTP of control: commands for the referees of this process, from our own processes only.

Why HTTP and not an inbox in Redis: a command has one addressee and needs an answer, and what is refused must be
refused to him who asked. An order that was never answered leaves nothing behind that somebody would find later.
"""

from typing import Any

import orjson
from fastapi import APIRouter, Depends

from foundation.clock import Clock
from foundation.errors import NotFound
from foundation.internal import guard
from moderation.audit import AuditEntry
from pk.office import Office
from pk.saved import dump, load
from pk.schema import OPERATOR_END, Opening, Order, command_of
from pk.state import State


def internal_router(office: Office, clock: Clock, token: str) -> APIRouter:
    """POST ``/internal/battles`` and ``/internal/battles/{battle}/{verb}``; both answer ``{"state": ...}``."""
    routes = APIRouter(prefix="/internal/battles", dependencies=[Depends(guard(token))])

    @routes.post("")
    async def open_battle(body: Opening) -> dict[str, Any]:
        return _answer(await office.open(load(orjson.dumps(body.state))))

    @routes.post("/{battle}/{verb}")
    async def command(battle: str, verb: str, body: Order) -> dict[str, Any]:
        event = command_of(verb, body)
        if event is None:
            raise NotFound
        audit = None
        if verb == OPERATOR_END:
            audit = AuditEntry(body.user, "battle.end", f"battle:{battle}", body.reason or "", clock.now_ms())
        return _answer(await office.command(battle, event, audit))

    return routes


def _answer(state: State) -> dict[str, Any]:
    return {"state": orjson.loads(dump(state))}
