"""Findings for a terminal or a log: one paragraph each, what stops the start in red."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from server.self_check.finding import Finding, Level

_STYLE = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "dim"}
PAGE = "docs/networking.md"


def stops(findings: Sequence[Finding]) -> bool:
    return any(finding.level is Level.ERROR for finding in findings)


def at_start(findings: Sequence[Finding], console: Console) -> None:
    """Errors and warnings; notes are for who asks."""
    show([finding for finding in findings if finding.level is not Level.NOTE], console)


def show(findings: Sequence[Finding], console: Console) -> None:
    for finding in findings:
        line = Text(f"{finding.level.value} {finding.code}: ", style=_STYLE[finding.level])
        console.print(line.append(finding.text, style="default"), soft_wrap=True)
