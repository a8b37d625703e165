"""Which statements are held by HTTP (and a host's picture) alone, and so can be put to any server."""

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from tests.conformance import test_clients, test_whep, test_whip

MODULES = (test_whip, test_whep, test_clients)
NEEDED = {"client", "live"}


def _asked_for(test: Callable[..., Any]) -> set[str]:
    """The fixtures of a test: its parameters without the parametrized ones."""
    given: set[str] = set()
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names = mark.args[0]
            given |= set(names.replace(",", " ").split() if isinstance(names, str) else names)
    return set(inspect.signature(test).parameters) - given


def _of(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, test in vars(module).items():
        if name.startswith("test_") and inspect.iscoroutinefunction(test) and "client" in _asked_for(test) <= NEEDED:
            yield name, test


def over_http() -> dict[str, Callable[..., Any]]:
    """By name."""
    return {name: test for module in MODULES for name, test in _of(module)}
