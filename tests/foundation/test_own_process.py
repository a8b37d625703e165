"""The kernel knows a process's name, and ends it with its parent."""

import os
import select
import subprocess
import sys

NAMED = """
from pathlib import Path
from foundation.own_process import call_myself
call_myself("rs-a-name-that-is-long")
print(Path("/proc/self/comm").read_text().strip())
"""

# A parent that starts a child bound to it, says the child's pid, and waits to be killed.
PARENT = """
import subprocess, sys
from foundation.own_process import bound_to_me
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, preexec_fn=bound_to_me())
print(child.pid, flush=True)
input()
"""


def test_a_process_shows_the_name_that_it_gave_itself() -> None:
    said = subprocess.run([sys.executable, "-c", NAMED], capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout == "rs-a-name-that-\n"


def test_a_child_ends_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    watch = os.pidfd_open(child)
    try:
        parent.kill()
        parent.communicate(timeout=30)
        # A pidfd becomes readable when its process has ended.
        assert select.select([watch], [], [], 20)[0], "the child outlived its parent"
    finally:
        os.close(watch)
