"""PURE: how ops decide on what waits for them, one table each; what a table does not have is refused.

withdrawal   requested --approve--> approved --pay--> paid
                 `--------reject------'`--reject--> rejected
grant        requested --approve--> approved
                 `--reject--> rejected
"""

from collections.abc import Mapping
from enum import StrEnum

from gifts.money.errors import DecidedAlready


class State(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"


class Verb(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    PAY = "pay"


Table = Mapping[tuple[State, Verb], State]

WITHDRAWAL: Table = {
    (State.REQUESTED, Verb.APPROVE): State.APPROVED,
    (State.REQUESTED, Verb.REJECT): State.REJECTED,
    (State.APPROVED, Verb.REJECT): State.REJECTED,
    (State.APPROVED, Verb.PAY): State.PAID,
}
GRANT: Table = {
    (State.REQUESTED, Verb.APPROVE): State.APPROVED,
    (State.REQUESTED, Verb.REJECT): State.REJECTED,
}


def decided(table: Table, state: State, verb: Verb) -> State:
    """The state after ``verb``; ``DecidedAlready`` when it is not to be done in ``state``."""
    after = table.get((state, verb))
    if after is None:
        raise DecidedAlready(f"it is {state}", state=state)
    return after
