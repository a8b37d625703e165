"""What was seen of one battle: enough to judge it, and to understand a wrong one."""

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.proof.ears import Told
from bench.proof.plan import Plan, Wish

Scores = dict[str, int]


@dataclass(frozen=True)
class Answer:
    """What became of a wish: ``status`` 201 with ``body``, or why it was refused; 0: never answered."""

    wish: Wish
    key: str
    status: int
    body: dict[str, Any]
    asked_s: float
    answered_s: float
    attempts: int


@dataclass(frozen=True)
class Look:
    """What was shown in a moment of quiet, and what had been answered by then."""

    at_s: float
    feeds: list[Scores]
    board: Scores | None
    acknowledged: list[str]  # ids of gifts


@dataclass(frozen=True)
class Row:
    """A gift as it stands in the ledger."""

    id: str
    key: str
    recipient: str
    coins: int
    multiplier: int
    score: int
    battle: str | None
    side: str | None
    at_ms: int


@dataclass
class Evidence:
    """Times of what was done to it are seconds of the machine's clock, which is the platform's too."""

    plan: Plan
    battle: str
    hosts: list[str]  # users, red first
    starts_at_ms: int = 0
    ends_at_ms: int = 0
    final: dict[str, Any] = field(default_factory=dict)  # the battle's body at its end
    answers: list[Answer] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    board: Scores | None = None
    told: list[list[Told]] = field(default_factory=list)  # by room
    empty_s: list[float] = field(default_factory=list)  # by room, when a newcomer was last told that there is no battle
    shown: list[list[tuple[float, str]]] = field(default_factory=list)  # by room, what its program showed from when on
    mixer_killed_s: float | None = None
    killed_s: float | None = None
    restored_ms: dict[str, float] = field(default_factory=dict)  # after FLUSHALL, by what it is
    ledger: str = ""
    ledger_holds: bool = False
    mixers_left: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
