"""Dying with the parent: PR_SET_PDEATHSIG, so that a ``kill -9`` of a supervisor leaves nothing behind."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it dies.

    A parent that died before this call goes unnoticed: the caller also watches a socket that the parent holds.
    """
    if _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
