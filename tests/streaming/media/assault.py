"""Mutants against a worker in its own process, as fast as it takes them, while a stream runs through it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streaming.media.session import Session
from tests.streaming.media import mutants
from tests.streaming.media.peer import AUDIO, VIDEO, Peer
from tests.streaming.media.pictures import RED, alike, colour_of, decode, encode_colour
from tests.streaming.media.rig import Rig, quick, running

PICTURES_A_ROUND = 10


@dataclass
class Assault:
    """`live` watches `host` in one room; what is authentic but broken goes into the sessions of another room."""

    rig: Rig
    host: Peer
    live: Peer
    victims: list[Session]
    peers: list[Peer]
    dice: random.Random
    mutants: int = 0
    pictures: int = 0
    _units: list[bytes] = field(default_factory=lambda: encode_colour(RED, PICTURES_A_ROUND))

    @property
    def remembered(self) -> dict[str, int]:
        worker = self.rig.worker
        sizes = {"sessions": len(worker.sessions), "rooms": len(worker.rooms), **worker._port.tables}
        for number, session in enumerate(worker.sessions.values()):
            sizes |= {f"{number} {name}": size for name, size in session.transport.tables.items()}
        return sizes

    def round(self, count: int) -> None:
        """`count` mutants to each entrance. Whatever escapes is a failure of the caller's."""
        worker = self.rig.worker
        receive, dice = worker._port.received, self.dice
        addresses = [("127.0.0.9", 9), self.host.local, self.live.local]
        strange = mutants.records() + mutants.media((VIDEO, AUDIO)) + mutants.reports(1)
        for session in worker.sessions.values():
            strange += mutants.checks(session.endpoint.ufrag, session.endpoint.password)[1:]
            strange += mutants.checks(session.endpoint.ufrag, "w" * 32)
        for _ in range(count):
            receive(mutants.mutant(dice, dice.choice(strange)), dice.choice(addresses))
        media = mutants.media((VIDEO, AUDIO, 35))
        for session in self.victims:
            reports = mutants.reports(dice.choice((1, 0x1111, *self._ssrcs(session))))
            for _ in range(count):
                if session.role == "publish":
                    session.on_rtp(mutants.mutant(dice, dice.choice(media)))
                session.on_rtcp(mutants.mutant(dice, dice.choice(reports)))
        self.mutants += count * (1 + sum(2 if each.role == "publish" else 1 for each in self.victims))

    def _ssrcs(self, session: Session) -> list[int]:
        room = self.rig.worker.rooms.get(session.room)
        return list(room.program.ssrcs.values()) if room is not None else []

    async def pictures_go_on(self) -> None:
        """Ten more pictures of the host reach the viewer, each whole and once."""
        for peer in self.peers:
            peer.check()  # as agents do, or they would be gone after 15 s of silence
        heard = self.live.heard
        heard.packets.clear()
        await self.host.stream(self._units, pause_s=0.002)
        frames = decode(await self.live.seen(PICTURES_A_ROUND))
        assert len(frames) == PICTURES_A_ROUND and all(alike(colour_of(frame), RED) for frame in frames)
        numbers = [view.sequence for view in heard.of(VIDEO)]
        assert len(numbers) == (numbers[-1] - numbers[0]) % 65_536 + 1, "a gap or a packet twice"
        self.pictures += PICTURES_A_ROUND


@asynccontextmanager
async def assault(seed: int) -> AsyncIterator[Assault]:
    # A publisher's allowance would keep most mutants from what is to be tried here.
    async with running(quick(ingest_bitrate_max=10**12, ingest_packets_max=10**9)) as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        peers = [ann, bob]
        before = set(rig.worker.sessions)
        peers.append(await Peer().connect(f"{rig.url}/whip/r2", token="cat"))
        peers.append(await Peer().connect(f"{rig.url}/whep/r2"))
        victims = [session for key, session in rig.worker.sessions.items() if key not in before]
        yield Assault(rig, ann, bob, victims, peers, random.Random(seed))
        for peer in peers:
            await peer.close()
