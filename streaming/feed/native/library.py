"""The compiled telling, and its declarations for cffi's ABI mode."""

from pathlib import Path

from foundation.native import Native

DECLARATIONS = """
struct rs_rest { int32_t place; int32_t taken; };
int rs_tell(const int *fds, int count, const char *frames, size_t length, struct rs_rest *rests);
"""
TELL = Native(Path(__file__).with_name("tell.c"), DECLARATIONS)
load = TELL.load
