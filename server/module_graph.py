"""Which modules a page imports before it can be drawn, read from the files themselves.

Without a build step a browser learns of a module only from the one that imports it: a chain of requests as deep
as the imports are. The shell names them all at once (HTML Standard, section 4.6.6.12, ``modulepreload``).
"""

import re
from pathlib import Path

# What is imported at once; ``import(...)`` is fetched when there is use for it.
_IMPORTED = re.compile(r"""^(?:import|export)\b[^'"();]*?['"](\.{1,2}/[^'"]+\.js)['"]""", re.MULTILINE)


def imported(module: Path) -> list[Path]:
    """The files that ``module`` imports at once, in its own order."""
    return [(module.parent / name).resolve() for name in _IMPORTED.findall(module.read_text())]


def needed(*entries: Path) -> list[Path]:
    """``entries`` and everything that they import, directly or not; the nearest first, each once."""
    found = dict.fromkeys(entry.resolve() for entry in entries)
    waiting = list(found)
    while waiting:
        news = [each for module in waiting for each in imported(module) if each not in found]
        waiting = list(dict.fromkeys(news))
        found.update(dict.fromkeys(waiting))
    return list(found)
