"""RFC 9457 problem documents: the one form in which this platform says no over HTTP."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from foundation.errors import Malformed, Refusal, Unavailable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


# Narrower than ``foundation.away``: what else goes wrong inside a request is a fault of ours and shows as one (500).
_AWAY = (RedisError, OperationalError, InterfaceError, PoolTimeout, ConnectionError, TimeoutError)


class StoreIsAway(Unavailable):
    code, title = "store-away", "A database does not answer at the moment"


def document(refusal: Refusal) -> dict[str, object]:
    """The members of the problem: type, title, status, detail, code, and the refusal's extra members."""
    return {
        "type": f"urn:ringside:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        **refusal.extra,
    }


def response(refusal: Refusal) -> JSONResponse:
    headers = {} if refusal.retry_after_s is None else {"Retry-After": str(refusal.retry_after_s)}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(document(refusal), refusal.status, headers, media_type=MEDIA_TYPE)


async def _refused(request: Request, exception: Exception) -> JSONResponse:
    assert isinstance(exception, Refusal)
    return response(exception)


async def _away(request: Request, exception: Exception) -> JSONResponse:
    log.warning("a store is away", path=request.url.path, error=repr(exception))
    return response(StoreIsAway(retry_after_s=1))


async def _malformed(request: Request, exception: Exception) -> JSONResponse:
    assert isinstance(exception, RequestValidationError)
    faults = [
        {"where": ".".join(str(step) for step in fault["loc"]), "what": fault["msg"]} for fault in exception.errors()
    ]
    return response(
        Malformed("; ".join(f"{fault['where']}: {fault['what']}" for fault in faults)[:500], faults=faults[:20])
    )


async def _http(request: Request, exception: Exception) -> JSONResponse:
    assert isinstance(exception, HTTPException)
    refusal = Refusal(str(exception.detail))
    code = {404: "not-found", 405: "method-not-allowed"}.get(exception.status_code, "refused")
    body = {**document(refusal), "status": exception.status_code, "code": code, "type": f"urn:ringside:problem:{code}"}
    return JSONResponse(body, exception.status_code, exception.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make ``app`` answer refusals, validation faults and plain HTTP errors as problem documents."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    for kind in _AWAY:
        app.add_exception_handler(kind, _away)
