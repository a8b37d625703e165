"""Files of the web client: text packed with gzip once a file, modules uncommented.

Without a build step no name carries a hash, so a file is asked about each time (ETag). Pages ask for it below the name
of the whole edition instead (``/static/e-HASH/app.js``), and then may keep it for ever: what a module imports is
relative, and so of the same edition. Another edition's name gives what is here now, which nobody may keep; so does
this one's for a file that was replaced a moment ago.
"""

import asyncio
import contextlib
import functools
import gzip
import hashlib
import os
import re
import time
from pathlib import Path

from fastapi import Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Scope

# What is for developers of the pages only.
HIDDEN = ("tests", "node_modules", "package.json", "package-lock.json", "tsconfig.json", ".npmrc")
TEXT = frozenset((".js", ".css", ".json", ".svg", ".html"))
EFFORT = 9  # once a file, so that the last percent is cheap
AS_THEY_CAME = "vendor"  # with their licences
FOR_EVER = "public, max-age=31536000, immutable"
LOOK_AGAIN_S = 1.0
_EDITION = re.compile("e-[0-9a-f]{16}")
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)


def takes_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` header names gzip and does not forbid it (RFC 9110, section 12.5.3)."""
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return not weight or weight.replace(" ", "").removeprefix("q=").rstrip("0.") != ""
    return False


class Edition:
    """What all files of a folder together are called: something else as soon as one of them is something else."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._looked_s = -LOOK_AGAIN_S
        self._seen: dict[str, tuple[int, int]] = {}  # file -> when it was written, its size
        self._name = f"e-{'0' * 16}"  # nobody's

    def name(self) -> str:
        """At most ``LOOK_AGAIN_S`` old; the same on every machine that has the same files."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = now_s
            with contextlib.suppress(FileNotFoundError):  # it went while we looked: the next look is soon
                seen = self._look()
                if seen != self._seen:
                    self._name, self._seen = self._digest(seen), seen
        return self._name

    def has(self, file: str, edition: str) -> bool:
        """Whether ``file`` is still that of ``edition``, the present one: what was read of it just now is that too."""
        try:
            at = os.stat(self._directory / file)
        except OSError:
            return False
        return edition == self._name and self._seen.get(file) == (at.st_mtime_ns, at.st_size)

    def _look(self) -> dict[str, tuple[int, int]]:
        found = {}
        for folder, folders, files in os.walk(self._directory):
            if folder == str(self._directory):
                folders[:] = [each for each in folders if each not in HIDDEN]
            for name in files:
                path = os.path.join(folder, name)
                at = os.stat(path)
                found[os.path.relpath(path, self._directory)] = at.st_mtime_ns, at.st_size
        return found

    def _digest(self, seen: dict[str, tuple[int, int]]) -> str:
        sum_ = hashlib.sha256()
        for name, (_, size) in sorted(seen.items()):
            sum_.update(f"{name} {size} ".encode())
            sum_.update((self._directory / name).read_bytes())
        return f"e-{sum_.hexdigest()[:16]}"


class WebFiles(StaticFiles):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self.edition = Edition(directory)
        self._at_hand: tuple[str, dict[str, Response]] = ("", {})  # an edition, and what was asked for of it, packed

    async def get_response(self, path: str, scope: Scope) -> Response:
        edition, _, below = path.partition("/")
        if _EDITION.fullmatch(edition) is None:
            return await self._to_be_asked_for_again(path, scope)
        if edition != self.edition.name():
            return await self._to_be_asked_for_again(below, scope)
        if self._at_hand[0] != edition:
            self._at_hand = edition, {}
        packed = self._at_hand[1]
        wants_it_packed = _takes_packed(scope)
        if wants_it_packed and below in packed:
            return packed[below]
        response = await self._file(below, scope)
        # After it was read: a file replaced since the last look is another edition's, whose name is not known yet.
        kept = response.status_code < 400 and self.edition.has(below, edition)
        response.headers["Cache-Control"] = FOR_EVER if kept else "no-cache"
        if kept and wants_it_packed and "Content-Encoding" in response.headers:
            packed[below] = response
        return response

    async def _to_be_asked_for_again(self, path: str, scope: Scope) -> Response:
        response = await self._file(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def _file(self, path: str, scope: Scope) -> Response:
        if path.split("/")[0] in HIDDEN:
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        if Path(path).suffix not in TEXT:
            return response
        response.headers["Vary"] = "Accept-Encoding"
        # Weak: packed or not, with comments or without, it does the same (RFC 9110, section 8.8.1).
        response.headers["ETag"] = f"W/{response.headers['ETag']}"
        return await self._pack(response) if isinstance(response, FileResponse) and _takes_packed(scope) else response

    @staticmethod
    async def _pack(response: FileResponse) -> Response:
        body = await asyncio.to_thread(_packed, str(response.path), response.headers["ETag"])
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(body, headers={**headers, "Content-Encoding": "gzip"})


def _takes_packed(scope: Scope) -> bool:
    asked = Headers(scope=scope)
    return scope["method"] == "GET" and "range" not in asked and takes_gzip(asked.get("accept-encoding", ""))


def without_comments(module: str) -> str:
    """``module`` without the comments that have lines of their own, a third of what is sent; lines keep their numbers.

    What stands in a template stays: it lies between two backticks.
    """
    kept: list[str] = []
    ticks = at = 0
    for comment in _COMMENT.finditer(module):
        before = module[at : comment.start()]
        ticks += before.count("`")
        kept += [before, comment[0] if ticks % 2 else "\n" * comment[0].count("\n")]
        ticks += kept[-1].count("`")
        at = comment.end()
    return "".join([*kept, module[at:]])


@functools.lru_cache(maxsize=1024)
def _packed(path: str, tag: str) -> bytes:
    """``tag`` is the file's: another one and it is packed again."""
    file = Path(path)
    if file.suffix == ".js" and AS_THEY_CAME not in file.parts:
        return gzip.compress(without_comments(file.read_text()).encode(), EFFORT, mtime=0)
    return gzip.compress(file.read_bytes(), EFFORT, mtime=0)
