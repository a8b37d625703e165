"""Where the compiled fan-out lies, and its declarations for cffi's ABI mode."""

import functools
import hashlib
import platform
import sys
from pathlib import Path
from typing import Any

from cffi import FFI

SOURCE = Path(__file__).with_name("fan_out.c")

DECLARATIONS = """
struct rs_viewer {
    void *session; uint32_t tag; uint32_t address_length; uint8_t address[28];
    uint16_t number[2]; uint32_t timestamp[2];
};
struct rs_train { const uint8_t *bytes; const uint16_t *sizes; const uint8_t *kinds; int32_t count; };
struct rs_tally { uint64_t sent; uint64_t lost; uint64_t refused; uint64_t unsealed; int32_t unsegmented; };
void rs_fan_out(int fd, void *protect, struct rs_viewer **viewers, int count, const struct rs_train *trains,
                int length, int segments, struct rs_tally *tally);
"""


def place() -> Path:
    """The library's file, in the environment that runs; named by its source, so a stale one is never loaded."""
    version = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    return Path(sys.prefix) / "lib" / "ringside" / f"fan_out-{platform.machine()}-{version}.so"


@functools.cache
def load() -> tuple[FFI, Any] | None:
    """cffi and the library; None when it was not built."""
    if not place().exists():
        return None
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    return ffi, ffi.dlopen(str(place()))
