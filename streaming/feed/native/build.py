"""Compile the native telling: `python -m streaming.feed.native.build`. Without a compiler it says so and ends well."""

import sys

from streaming.feed.native.library import TELL


def build() -> bool:
    """Whether the library is there now."""
    return TELL.build()


if __name__ == "__main__":
    if not build():
        print("no native telling: cc is missing or failed; rooms are told by the Python path", file=sys.stderr)
