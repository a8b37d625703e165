"""Compile the native fan-out: `python -m streaming.media.native.build`. Without a compiler it says so and ends well."""

import os
import shutil
import subprocess
import sys

from streaming.media.native.library import SOURCE, place

FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")


def build() -> bool:
    """Whether the library is there now; it is compiled once for each version of its source."""
    target = place()
    if target.exists():
        return True
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two who build at once each write a file of their own; the later rename wins, and both are the same.
    unfinished = target.with_suffix(f".{os.getpid()}")
    try:
        subprocess.run([compiler, *FLAGS, "-o", str(unfinished), str(SOURCE)], check=True, timeout=60)
    except (subprocess.SubprocessError, OSError):
        unfinished.unlink(missing_ok=True)
        return False
    unfinished.replace(target)
    return True


if __name__ == "__main__":
    if not build():
        print("no native fan-out: cc is missing or failed; viewers are served by the Python path", file=sys.stderr)
