"""The web client: static files with revalidation, one shell page for every address of the pages, a strict policy."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent.parent / "web"
PAGES = ("/", "/rooms/{room}", "/studio", "/login", "/admin")
# What is for developers of the pages only.
HIDDEN = ("tests", "node_modules", "package.json", "package-lock.json", "tsconfig.json", ".npmrc")

POLICY = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}


class Revalidated(StaticFiles):
    """Static files that a browser asks about each time (ETag): without a build step names carry no hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.split("/")[0] in HIDDEN:
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def install(app: FastAPI) -> None:
    """Mount the pages on ``app``; call it after every API route."""
    routes = APIRouter(include_in_schema=False)
    for page in PAGES:
        routes.add_api_route(page, _shell, methods=["GET", "HEAD"], response_class=FileResponse)
    app.include_router(routes)
    app.mount("/static", Revalidated(directory=WEB))
    app.middleware("http")(_with_policy)


async def _shell() -> FileResponse:
    return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})


async def _with_policy(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await proceed(request)
    if not request.url.path.startswith(("/docs", "/redoc")):  # FastAPI's own pages load their scripts from elsewhere
        for name, value in POLICY.items():
            response.headers.setdefault(name, value)
    return response
