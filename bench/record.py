"""How every benchmark writes down what it found: ``bench/results/NAME.json``."""

import datetime
import json
import platform
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """``value`` None: what was to be measured was not there; text: what names the thing that was measured.

    ``target`` None: nothing was promised.
    """

    value: float | str | None
    unit: str
    target: float | None = None


def machine() -> str:
    """This machine in one line: processor, cores, memory, kernel."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    cores = Path("/proc/cpuinfo").read_text().count("processor\t:")
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{processor}, {cores} cores, {memory_kib / 2**20:.0f} GiB, Linux {platform.release()}"


def write(
    name: str,
    figures: dict[str, Figure],
    notes: dict[str, list[str]] | None = None,
    *,
    keep: bool = False,
    told: bool = True,
) -> Path:
    """Write the result and, if ``told``, print it; returns the file.

    ``notes``, by part, say how the figures came about. With ``keep``, what the file has besides ``figures`` stays.
    """
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    before = json.loads(path.read_text()) if keep and path.exists() else {}
    content = {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": before.get("figures", {})
        | {key: {"value": each.value, "unit": each.unit, "target": each.target} for key, each in figures.items()},
    }
    if all_notes := before.get("notes", {}) | (notes or {}):
        content["notes"] = all_notes
    path.write_text(json.dumps(content, indent=2) + "\n")
    for key, each in figures.items() if told else ():
        value = f"{each.value:g}" if isinstance(each.value, int | float) else each.value or "absent"
        print(f"{key:28} {f'{value} {each.unit}':>16}   target {each.target if each.target is not None else '-'}")
    return path
