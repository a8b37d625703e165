"""Where the crowd meets a contestant: the same for all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.feed.crowd import Manners


@dataclass(frozen=True)
class Place:
    """A server that listens on 127.0.0.1:``port``. ``way``: how events are posted (``bench.feed.posting``)."""

    port: int
    pids: list[int]
    """Its processes, whose time and memory are counted."""
    manners: Manners
    way: dict[str, str]
    paths: Callable[[int], list[str]]
    """Where so many sockets ask to be let in, one path each."""
    beside: dict[str, int] = field(default_factory=dict)
    """Processes that work for it on the load's core: told in a note, not counted."""
