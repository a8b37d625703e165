"""The internal call that opens sessions: who may make it, and what a wrong one hears."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import aiohttp
import pytest

from foundation.errors import RemoteRefusal
from foundation.internal import HEADER
from streaming.media.answer import AnswerParameters
from streaming.media.offer import Offer, OfferedTrack
from streaming.media.opening import ANSWER, PATH
from tests.streaming.media.rig import TOKEN, Rig, running

TRACK = OfferedTrack("audio", "0", 111, "", (), ())
OFFER = Offer("ufrag", "p" * 22, (("sha-256", ":".join(["AB"] * 32)),), "auto", (TRACK,))
WANTED: dict[str, Any] = {"role": "publish", "room": "r1", "user": "ann", "offer": asdict(OFFER)}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def post(rig: Rig, body: bytes, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession(headers={HEADER: token}) as client,
        client.post(rig.url + PATH, data=body) as answer,
    ):
        return answer.status, json.loads(await answer.read())


async def test_a_session_is_opened_with_what_the_answer_says(rig: Rig) -> None:
    status, content = await post(rig, json.dumps(WANTED).encode())
    answer = ANSWER.validate_python(content)
    assert (status, list(rig.worker.sessions)) == (201, [answer.session])
    assert (answer.port, answer.setup) == (rig.worker.udp_port, "passive")
    assert rig.worker.sessions[answer.session].offer == OFFER


async def test_the_client_and_the_door_agree(rig: Rig) -> None:
    answer = await rig.client.open(rig.url, "publish", "r1", "program", "ann", OFFER, credential="print")
    session = rig.worker.sessions[answer.session]
    assert isinstance(answer, AnswerParameters)
    assert (session.role, session.room, session.user, session.credential) == ("publish", "r1", "ann", "print")
    assert session.offer == OFFER


@pytest.mark.parametrize("token", ["", "another"])
async def test_without_the_secret_nothing_is_opened(rig: Rig, token: str) -> None:
    status, content = await post(rig, json.dumps(WANTED).encode(), token)
    assert (status, content["code"]) == (401, "unauthorised")
    assert not rig.worker.sessions


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (json.dumps({**WANTED, "role": "king"}).encode(), 422),
        (json.dumps({**WANTED, "room": "r" * 65}).encode(), 422),
        (json.dumps({**WANTED, "offer": {}}).encode(), 422),
        (b'"' + b"x" * (200 << 10) + b'"', 413),
    ],
    ids=["nothing", "no JSON", "no object", "no role", "a long room", "no offer", "far too long"],
)
async def test_what_is_not_of_the_form_is_refused(rig: Rig, body: bytes, status: int) -> None:
    found, content = await post(rig, body)
    assert (found, content["status"]) == (status, status)
    assert not rig.worker.sessions


async def test_the_worker_s_own_refusals_come_with_their_code_and_when_to_come_again(rig: Rig) -> None:
    with pytest.raises(RemoteRefusal) as refused:
        await rig.client.open(rig.url, "watch", "nowhere", "program", "", OFFER)
    assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (409, "not-live", 2)


async def test_other_requests_go_on_to_the_other_routes(rig: Rig) -> None:
    assert (await rig.internal.call("GET", f"{rig.url}/internal/rooms"))["sessions"] == 0
    with pytest.raises(RemoteRefusal) as refused:
        await rig.internal.call("PUT", rig.url + PATH)
    assert refused.value.status in (404, 405)
