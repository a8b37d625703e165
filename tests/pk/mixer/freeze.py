"""Stop one thread of a running process, as a debugger does (ptrace(2)), and leave the others running."""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SEIZE, _INTERRUPT = 0x4206, 0x4207
_ALL = 0x40000000  # __WALL: threads that are no children too
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_DEADLINE_S = 30.0


def thread_called(name: str, pid: int) -> int:
    """The thread of ``pid`` that has given itself this name; those that it has started since have inherited it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return min(int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)


@contextmanager
def stopped_thread(thread: int) -> Iterator[None]:
    """Stop ``thread`` until its process has been killed, which must happen within the block."""
    stopped, errors = threading.Event(), list[OSError]()

    def trace() -> None:  # all of it by one thread: the tracer
        try:
            for request in (_SEIZE, _INTERRUPT):
                if _LIBC.ptrace(request, thread, None, None):
                    raise OSError(ctypes.get_errno(), "ptrace")
        except OSError as error:
            errors.append(error)
            return
        finally:
            stopped.set()
        with suppress(ChildProcessError):
            while True:
                _, status = os.waitpid(thread, _ALL)
                if not os.WIFSTOPPED(status):
                    return

    tracer = threading.Thread(target=trace, daemon=True)
    tracer.start()
    stopped.wait(_DEADLINE_S)
    if errors:
        raise errors[0]
    yield
    tracer.join(_DEADLINE_S)
