"""A C file of ours: compiled once into the environment that runs, and loaded by cffi through its ABI.

Nothing but ``cc`` and libc is needed, no Python headers. What was built is named by its source, so a stale library is
never loaded. Whoever uses one has a path in Python too, for machines without a compiler.
"""

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cffi import FFI

FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
COMPILING_S = 60


@dataclass(frozen=True)
class Native:
    source: Path
    declarations: str
    """What it has, for cffi."""

    def place(self) -> Path:
        """The library's file, whether it was built or not."""
        version = hashlib.sha256(self.source.read_bytes()).hexdigest()[:16]
        name = f"{self.source.stem}-{platform.machine()}-{version}.so"
        return Path(sys.prefix) / "lib" / "ringside" / name

    def build(self) -> bool:
        """Whether the library is there now; it is compiled once for each version of its source."""
        target = self.place()
        if target.exists():
            return True
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        # Two who build at once each write a file of their own; the later rename wins, and both are the same.
        unfinished = target.with_suffix(f".{os.getpid()}")
        command = [compiler, *FLAGS, "-o", str(unfinished), str(self.source)]
        try:
            subprocess.run(command, check=True, timeout=COMPILING_S)
        except (subprocess.SubprocessError, OSError):
            unfinished.unlink(missing_ok=True)
            return False
        unfinished.replace(target)
        return True

    def load(self) -> tuple[FFI, Any] | None:
        """cffi and the library; None when it was not built."""
        return _loaded(self)


@functools.cache
def _loaded(native: Native) -> tuple[FFI, Any] | None:
    if not native.place().exists():
        return None
    ffi = FFI()
    ffi.cdef(native.declarations)
    return ffi, ffi.dlopen(str(native.place()))
