"""What a process tells the Linux kernel of itself (prctl(2)): its name, and that it ends with its parent."""

import ctypes
import os
import signal
from collections.abc import Callable

FIRST, LAST = -10, 19  # nice values
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_LIBC = ctypes.CDLL(None, use_errno=True)


def call_myself(name: str) -> None:
    """The name that ``ps``, ``top`` and ``pkill`` show, of the calling thread; 15 bytes at most."""
    _prctl(_PR_SET_NAME, name.encode()[:15])


def go_first() -> bool:
    """Ask the scheduler to prefer this process and its threads to come: media that waits for a core is late for ever.

    Needs CAP_SYS_NICE (root, or a container that grants it); False, and nothing changed, without.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
    except PermissionError:
        return False
    return True


def go_last() -> None:
    """Have the scheduler prefer everybody else to this thread and its threads to come.

    There is no way back without CAP_SYS_NICE. On Linux each thread has a nice value of its own (setpriority(2)).
    """
    os.setpriority(os.PRIO_PROCESS, 0, LAST)


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send ``how`` to this process when the thread that started it ends.

    A parent that ended before this call goes unnoticed: see ``bound_to_me``, or watch a socket that the parent holds.
    """
    _prctl(_PR_SET_PDEATHSIG, how)


def bound_to_me(how: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn``: the child gets ``how`` when this process ends, also if it ended meanwhile."""
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(how)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _prctl(option: int, value: int | bytes) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")
