"""What every process does before its work begins."""

import subprocess
import sys

STARTED = """
import gc
import server.api
from server.process import run_until_told

async def main(stop):
    print(gc.get_freeze_count(), len(gc.get_objects()))

run_until_told("test", 0, main)
"""


def test_a_collection_does_not_look_at_what_was_imported() -> None:
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True, timeout=60)
    frozen, looked_at = map(int, said.stdout.split())
    assert frozen > 20 * looked_at
