"""A port mapping between peers and the worker: answers name the port outside."""

import httpx2

from tests.streaming.media.peer import offer_text
from tests.streaming.media.rig import quick, running


async def test_answers_name_the_announced_port_and_the_worker_listens_on_its_own() -> None:
    async with running(quick(announced_port=4_999)) as rig, httpx2.AsyncClient(trust_env=False) as client:
        headers = {"Content-Type": "application/sdp", "Authorization": "Bearer ann"}
        answer = await client.post(f"{rig.url}/whip/r1", content=offer_text("sendonly"), headers=headers)
        assert answer.status_code == 201
        assert " 127.0.0.1 4999 typ host" in answer.text and "m=video 4999 " in answer.text
        assert rig.worker.udp_port != 4_999
