"""``make bench-feed``: what an event costs in a room of 5,000 sockets, beside socket.io, nchan and a bare loop; then
ours in a flood of chat, in storms of newcomers, and with readers who do not read.

Run it on a quiet machine. A smaller crowd (``--sockets``, ``--seconds``) or some contestants (``--only``) tell
whether it works, and write nothing. ``--part`` runs one part alone and keeps the figures of the others.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.feed.cost import ROUNDS, SECONDS, SOCKETS, Size, costs
from bench.feed.flood import flood
from bench.feed.slow import slow
from bench.feed.storm import storm
from bench.record import Figure, write
from foundation.own_process import go_first

Part = Callable[[Path, Size, set[str] | None], Awaitable[tuple[dict[str, Figure], list[str]]]]


async def ours_alone(
    part: Callable[[Path, Size], Awaitable[tuple[dict[str, Figure], list[str]]]], folder: Path, size: Size
) -> tuple[dict[str, Figure], list[str]]:
    return await part(Path(tempfile.mkdtemp(dir=folder)), size)


PARTS: dict[str, Part] = {
    "crowd": costs,
    "flood": lambda folder, size, only: ours_alone(flood, folder, size),
    "storm": lambda folder, size, only: ours_alone(storm, folder, size),
    "slow": lambda folder, size, only: ours_alone(slow, folder, size),
}
"""In the order in which they run."""


async def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.feed", description=__doc__)
    said.add_argument("--part", choices=list(PARTS), help="measure this part, keep the others' figures")
    said.add_argument("--rounds", type=int, default=ROUNDS)
    said.add_argument("--sockets", type=int, default=SOCKETS)
    said.add_argument("--seconds", type=float, default=SECONDS)
    said.add_argument("--only", choices=("ours", "socketio", "nchan", "bare"), action="append")
    chosen = said.parse_args()
    size = Size(chosen.sockets, chosen.rounds, chosen.seconds)
    whole = chosen.sockets == SOCKETS and chosen.seconds >= SECONDS and not chosen.only
    figures: dict[str, Figure] = {}
    notes: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="ringside-bench-") as folder:
        for name, part in PARTS.items():
            if chosen.part in (None, name):
                print(f"{name}:", flush=True)
                began = time.monotonic()
                found, notes[name] = await part(Path(folder), size, set(chosen.only) if chosen.only else None)
                figures |= found
                print(f"  {time.monotonic() - began:.0f} s", flush=True)
    if whole:
        write("feed", figures, notes, keep=chosen.part is not None)
    else:
        told(figures)


def told(figures: dict[str, Figure]) -> None:
    for name, each in figures.items():
        print(f"{name:34} {each.value if each.value is not None else '-'} {each.unit}")


if __name__ == "__main__":
    go_first()
    asyncio.run(main())
