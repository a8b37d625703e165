"""Choosing a layer: the extension of WHEP by which a viewer says how large a picture he wants, or none.

draft-ietf-wish-whep-03, section "Video Layer Selection". Its layers are named by `rid`; ours are the same for all
sources, so nobody has to be told which ones there are, and the choice outlasts every switch of the program.
"""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from streaming.media.errors import LayerMalformed
from streaming.media.layer_choice import LayerChoice
from streaming.media_http import CORS, JSON, MediaEndpoint, read_body
from streaming.media_session_routes import PREFLIGHT

LAYER_METHODS = "OPTIONS, POST"
_BYTES_MAX = 1_024


class WantedLayer(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    rid: LayerChoice = LayerChoice.AUTO
    media_id: str = Field("", alias="mediaId", max_length=16)
    """Which media section; there is one picture only."""


async def choose(endpoint: MediaEndpoint, token: str, request: Request) -> Response:
    await endpoint.limits.check_address(request, "change")
    body = await read_body(request, JSON, _BYTES_MAX)
    try:
        wanted = WantedLayer.model_validate_json(body)
    except ValidationError as error:
        raise LayerMalformed(str(error)[:500]) from error
    url, session = await endpoint.names.locate(token, endpoint.nodes)
    await endpoint.workers.choose_layer(url, session, wanted.rid)
    return Response(status_code=200)


def add_layer_route(routes: APIRouter, endpoint: MediaEndpoint, path: str) -> None:
    """Of the sessions at `path`."""
    layer = path + "/sessions/{token}/layer"

    @routes.post(layer, response_class=Response)
    async def choose_layer(token: str, request: Request) -> Response:
        return await endpoint.answered(choose(endpoint, token, request))

    @routes.options(layer, include_in_schema=False)
    async def options_of_a_layer() -> Response:
        return Response(status_code=200, headers={**CORS, **PREFLIGHT, "Accept-Post": JSON})

    @routes.api_route(layer, methods=["GET", "HEAD", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def not_of_a_layer() -> Response:
        raise HTTPException(405, headers={"Allow": LAYER_METHODS, **CORS})
