"""Files of the web client: asked about each time (ETag), text packed with gzip once a file, modules uncommented."""

import asyncio
import functools
import gzip
import re
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
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)


def takes_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` header names gzip and does not forbid it (RFC 9110, section 12.5.3)."""
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return not weight or weight.replace(" ", "").removeprefix("q=").rstrip("0.") != ""
    return False


class WebFiles(StaticFiles):
    """Static files that a browser asks about each time: without a build step names carry no hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.split("/")[0] in HIDDEN:
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        if Path(path).suffix not in TEXT:
            return response
        response.headers["Vary"] = "Accept-Encoding"
        # Weak: packed or not, with comments or without, it does the same (RFC 9110, section 8.8.1).
        response.headers["ETag"] = f"W/{response.headers['ETag']}"
        asked = Headers(scope=scope)
        plain = scope["method"] != "GET" or "range" in asked or not takes_gzip(asked.get("accept-encoding", ""))
        return response if plain or not isinstance(response, FileResponse) else await self._pack(response)

    @staticmethod
    async def _pack(response: FileResponse) -> Response:
        body = await asyncio.to_thread(_packed, str(response.path), response.headers["ETag"])
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(body, headers={**headers, "Content-Encoding": "gzip"})


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
