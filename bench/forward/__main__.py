"""``make bench-forward``, or with ``--only PART`` one part of it, which keeps the figures of the others."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.forward.capacity import capacity, storm
from bench.forward.cost import ROUNDS, costs
from bench.forward.pictures import pictures
from bench.record import Figure, write
from foundation.own_process import go_first

Part = Callable[[Path], Awaitable[tuple[dict[str, Figure], list[str]]]]


def parts(rounds: int) -> dict[str, Part]:
    """In the order in which they run; ``ours`` is a part of ``cost`` and runs only when it is asked for."""
    return {
        "cost": lambda folder: costs(folder, rounds),
        "ours": lambda folder: costs(folder, rounds, {"ours", "python"}),
        "capacity": capacity,
        "storm": storm,
        "pictures": pictures,
    }


async def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.forward", description=__doc__)
    said.add_argument("--only", choices=sorted(parts(1)), action="append", help="measure this part, keep the others")
    said.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = said.parse_args()
    figures: dict[str, Figure] = {}
    notes: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="ringside-bench-") as folder:
        for name, part in parts(chosen.rounds).items():
            if name not in (chosen.only or ("cost", "capacity", "storm", "pictures")):
                continue
            print(f"{name}:", flush=True)
            began = time.monotonic()
            found, notes[name] = await part(Path(folder))
            figures |= found
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
    write("forward", figures, notes=notes, keep=bool(chosen.only))


if __name__ == "__main__":
    go_first()
    asyncio.run(main())
