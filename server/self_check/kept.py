"""The last self-check of this machine, kept beside its data: it is made before the workers start, who tell of it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ValidationError

from server.self_check.finding import Finding

log = structlog.get_logger(__name__)

NAME = "self-check.json"


class FindingBody(BaseModel):
    level: Literal["error", "warning", "note"]
    code: str
    """A heading of docs/networking.md."""
    text: str


class SelfCheckBody(BaseModel):
    """As an operator sees it: all findings, notes too, the most serious first."""

    checked_at_ms: int | None = None
    """None: nothing is known of a check."""
    findings: list[FindingBody] = []


def keep(folder: Path, findings: Sequence[Finding]) -> None:
    """Write them into ``folder``; a folder that cannot be written to only costs the operator's view of them."""
    said = [FindingBody(level=each.level.value, code=each.code, text=each.text) for each in findings]
    body = SelfCheckBody(checked_at_ms=time.time_ns() // 1_000_000, findings=said)
    unfinished = folder / f"{NAME}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(body.model_dump_json())
        unfinished.replace(folder / NAME)
    except OSError as error:
        log.warning("the self-check could not be kept", error=str(error))


def kept(folder: Path) -> SelfCheckBody:
    try:
        return SelfCheckBody.model_validate_json((folder / NAME).read_text())
    except (OSError, ValidationError):
        return SelfCheckBody()
