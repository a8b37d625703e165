"""The inner loop of a telling in C, for those who have a compiler; the Python path does the same without.

tell.c      sends the same frames to many sockets in one call, past their transports
build       compiles it into the virtual environment: `python -m streaming.feed.native.build`
library     finds what was built

docs/decisions/0017 has the figures, and what keeps each socket's order.
"""
