"""The fan-out's inner loop in C, for those who have a compiler; the Python path does the same without.

fan_out.c   copy, patch, protect and send one burst for many viewers: one call instead of four a packet
build       compiles it into the virtual environment: `python -m streaming.media.native.build`
library     finds what was built

Nothing but libc is needed: no Python headers (cffi loads it by its ABI), no libsrtp (pylibsrtp's own is called through
a pointer). docs/decisions/0008 has the figures.
"""
