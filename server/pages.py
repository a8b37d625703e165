"""The web client: its files, one shell page for every address of the pages, a strict policy."""

import functools
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.away import StoreAway
from foundation.nodes import NodeRegistry
from server.module_graph import needed
from server.static_files import WebFiles

WEB = Path(__file__).resolve().parent.parent / "web"
PAGES = {
    "/": "lobby",
    "/rooms/{room}": "room",
    "/studio": "studio",
    "/studio/key": "key",
    "/login": "login",
    "/reset": "reset",
    "/email": "email",
    "/me": "me",
    "/wallet": "wallet",
    "/admin": "admin",
}
"""By address, the module below ``web/pages`` that draws what is there."""
ENTRY = '<script type="module" src="/static/app.js"></script>'


def content_policy(neighbours: Iterable[str] = ()) -> str:
    """What a page may load and talk to; `neighbours` are origins of the nodes that media requests are sent on to."""
    origins = " ".join(["'self'", *sorted(neighbours)])
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'; connect-src {origins}; "
        "img-src 'self' data: blob:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


POLICY = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
_POLICY = [(name.lower().encode(), value.encode()) for name, value in POLICY.items()]


def install(app: FastAPI, nodes: NodeRegistry | None = None) -> None:
    """Mount the pages on ``app``; call it after every API route. ``nodes`` where several nodes serve one platform."""

    files = WebFiles(WEB)

    def shell(page: str) -> Callable[[], Awaitable[HTMLResponse]]:
        async def opened() -> HTMLResponse:
            headers = {"Cache-Control": "no-cache"}
            if nodes is not None:
                headers["Content-Security-Policy"] = content_policy(await _neighbours(nodes))
            return HTMLResponse(shell_of(page, files.edition.name()), headers=headers)

        return opened

    routes = APIRouter(include_in_schema=False)
    for address, page in PAGES.items():
        routes.add_api_route(address, shell(page), methods=["GET", "HEAD"], response_class=HTMLResponse)
    app.include_router(routes)
    app.mount("/static", files)
    app.add_middleware(WithPolicy)


@functools.lru_cache(maxsize=64)
def shell_of(page: str, edition: str) -> str:
    """The HTML of every page, which names the modules of ``page`` so that a browser asks for all of them at once."""
    modules = needed(WEB / "app.js", WEB / "pages" / f"{page}.js")
    links = "".join(f'    <link rel="modulepreload" href="/static/{each.relative_to(WEB)}">\n' for each in modules)
    shell = (WEB / "index.html").read_text().replace(f"    {ENTRY}\n", f"{links}    {ENTRY}\n")
    return shell.replace('"/static/', f'"/static/{edition}/')


async def _neighbours(nodes: NodeRegistry) -> set[str]:
    """Origins of the nodes that media workers belong to; none while Redis is away."""
    try:
        alive = await nodes.alive("media")
    except StoreAway:
        return set()
    return {str(node.attributes["public"]) for node in alive if "public" in node.attributes}


class WithPolicy:
    """ASGI middleware: every answer says what a page may do, unless it says so itself.

    Plain ASGI: what Starlette offers as a decorator runs each request in a task of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # FastAPI's own pages load their scripts from elsewhere.
        if scope["type"] != "http" or scope["path"].startswith(("/docs", "/redoc")):
            await self._app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                said = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(each for each in _POLICY if each[0] not in said)]
            await send(message)

        await self._app(scope, receive, tell)
