"""The disk whose fsync fails: a library in C (``sick_disk.c``), compiled when it is wanted and loaded before libc."""

import ctypes
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("sick_disk.c")
FOR_EVER = 10**9


class NoCompiler(RuntimeError):
    """Neither cc nor gcc is on PATH."""


def compiled(folder: Path) -> Path:
    """The library, for ``LD_PRELOAD``."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("cc or gcc is needed to make a disk sick")
    library = folder / "sick_disk.so"
    command = [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return library


class Disk:
    """This process' own, when it was started with the library; without it, it is always well and says nothing."""

    def __init__(self) -> None:
        everything = ctypes.CDLL(None)
        self._library = everything if hasattr(everything, "sick_disk_fail") else None
        if self._library is not None:
            for name in ("sick_disk_failed", "sick_disk_dirty"):
                getattr(self._library, name).restype = ctypes.c_long

    @property
    def can_fail(self) -> bool:
        return self._library is not None

    def fail(self, after: int, times: int) -> None:
        """Of the syncs to come, ``after`` go well and then ``times`` fail."""
        assert self._library is not None
        self._library.sick_disk_fail(ctypes.c_long(after), ctypes.c_long(times))

    @property
    def failed(self) -> int:
        return int(self._library.sick_disk_failed()) if self._library is not None else 0

    @property
    def unsynced(self) -> int:
        """Writes to a write-ahead log since it was last synced."""
        return int(self._library.sick_disk_dirty()) if self._library is not None else 0
