"""A worker that was told to stop: it leaves the placement, people move to another one, and the picture goes on."""

import asyncio

from streaming.events import CameraStarted, MediaMoving
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import BLUE, RED, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import quick, running, until


async def test_the_host_moves_first_and_his_viewers_keep_the_picture_until_he_is_elsewhere() -> None:
    async with running(quick(drain_ms=8_000)) as old, running(quick(worker_id="media-1@127.0.0.1"), beside=old) as new:
        old.door.homes["r1"] = old.url
        ann = await Peer().connect(f"{old.url}/whip/r1", token="ann")
        await ann.stream(encode_colour(RED, 5), encode_tone(440, 5))
        bob = await Peer().connect(f"{old.url}/whep/r1")
        await bob.seen(5)
        draining = asyncio.create_task(old.worker.drain())
        await until(lambda: old.told(MediaMoving), "the host is asked to move")
        assert [(fact.room, fact.whom) for fact in old.told(MediaMoving) if isinstance(fact, MediaMoving)] == [
            ("r1", "host")
        ]
        assert [node.id for node in await old.nodes.alive("media")] == ["media-1@127.0.0.1"], "withdrawn"
        await ann.stream(encode_colour(BLUE, 5), encode_tone(440, 5))
        await bob.seen(10)
        assert alike(colour_of(decode(bob.heard.pictures())[-1]), BLUE), "the old home still forwards"
        old.door.homes["r1"] = new.url
        again = await Peer().connect(f"{old.url}/whip/r1", token="ann")
        await again.stream(encode_colour(RED, 5), encode_tone(440, 5))
        await until(lambda: len(old.told(CameraStarted)) == 2, "he is at home on the other worker")
        await old.client.close_room(old.url, "r1", "replaced")  # as his keeper does
        await draining
        assert not old.worker.sessions and not old.worker.rooms
        carol = await Peer().connect(f"{old.url}/whep/r1")
        await carol.seen(5)
        for peer in (ann, bob, again, carol):
            await peer.close()


async def test_a_draining_worker_takes_nobody_in_and_says_when_to_come_back() -> None:
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        url = rig.url
        rig.worker.draining = True
        bob = await Peer().connect(f"{url}/whep/r1")
        assert (bob.status, bob.problem["code"]) == (503, "worker-draining")
        await ann.close()


async def test_where_there_is_no_other_worker_nobody_is_waited_for() -> None:
    async with running(quick(drain_ms=60_000)) as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        async with asyncio.timeout(2):
            await rig.worker.drain()
        await ann.close()


async def test_an_encoder_that_hears_no_feed_is_let_go_half_way_and_who_stays_at_the_end() -> None:
    async with running(quick(drain_ms=600)) as old, running(quick(worker_id="media-1@127.0.0.1"), beside=old):
        old.door.homes["r1"] = old.url
        obs = await Peer().connect(f"{old.url}/whip/r1", token="ann")
        await obs.stream(encode_colour(RED, 5))
        bob = await Peer().connect(f"{old.url}/whep/r1")
        async with asyncio.timeout(3):
            await old.worker.drain()
        await until(lambda: obs.secure.ended, "his farewell")
        assert [session.role for session in old.worker.sessions.values()] == ["watch"]
        for peer in (obs, bob):
            await peer.close()
