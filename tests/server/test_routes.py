"""How requests are led to those who answer them."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts


def called(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for below in dependant.dependencies:
        yield from called(below)


def test_no_request_is_sent_through_a_thread(app: FastAPI) -> None:
    """What is no coroutine is run in a pool of threads, which costs a request more than all the rest of it."""
    routes = [each.route for each in iter_route_contexts(app.routes) if isinstance(each.route, APIRoute)]
    assert len(routes) > 50
    plain = {call for route in routes for call in called(route.dependant) if not inspect.iscoroutinefunction(call)}
    assert plain == set()
