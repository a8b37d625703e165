"""Compile the native fan-out: `python -m streaming.media.native.build`. Without a compiler it says so and ends well."""

import sys

from streaming.media.native.library import FAN_OUT


def build() -> bool:
    """Whether the library is there now."""
    return FAN_OUT.build()


if __name__ == "__main__":
    if not build():
        print("no native fan-out: cc is missing or failed; viewers are served by the Python path", file=sys.stderr)
