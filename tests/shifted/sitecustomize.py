"""Put on PYTHONPATH by a test: the wall clock of each process of the platform is off, by its kind.

``SHIFTED_CLOCKS="control=30 api=-30"``: seconds. CLOCK_MONOTONIC is left as it is, as on a machine whose clock was
never set. What a process starts has its clock, unless it is of another kind. ``datetime.now`` is not shifted: nothing
but certificates reads it (``tests/architecture``).
"""

import os
import sys
import time
from itertools import pairwise

_SHIFTS = dict(each.split("=") for each in os.environ.get("SHIFTED_CLOCKS", "").split())


def _kind() -> str:
    words = sys.orig_argv
    for word, following in pairwise(words):
        if word == "server" and following in _SHIFTS:
            return following
        if word == "server.warm":
            return "media"
    return os.environ.get("SHIFTED_KIND", "")


def _shift(seconds: float) -> None:
    real_time, real_ns, nanoseconds = time.time, time.time_ns, round(seconds * 1e9)
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_ns() + nanoseconds


if _SHIFTS:
    _found = _kind()
    if _found in _SHIFTS:
        os.environ["SHIFTED_KIND"] = _found
        _shift(float(_SHIFTS[_found]))
