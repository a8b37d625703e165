"""The owner, under a lease, of the job that makes posters: it runs while somebody looks at them, and not for nobody.

Every few seconds it is told which rooms to picture. A round has a bounded number of rooms; when more are live, they
take turns, and their posters are kept for longer. What a room shows is its program, so a battle's poster is its
composite.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from foundation.away import StoreAway
from foundation.errors import Refusal
from foundation.lease import Lease, Leases
from foundation.stopping import heed_cancellation
from foundation.tenure import take_turns
from streaming.guest_composite import Jobs
from streaming.presence import LiveBroadcast, Presence
from transcode.posters import KEPT_S, KIND, Posters

log = structlog.get_logger(__name__)

LEASE_NAME = "streaming.posters"
JOB = "posters"
CONTEND_EVERY_S = 1.0
LOOK_EVERY_S = 1.0  # whether somebody has begun to look
ROUND_EVERY_S = 5.0
ROUND = 50  # rooms
TURNS_KEPT = 3  # a poster outlives so many turns of its room: one that gives no picture, and rounds that are late


class Turns:
    """Who is next when not everybody can be: those whose last turn is longest ago."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._round = 0
        self._last: dict[str, int] = {}  # room -> its last round

    def take(self, rooms: Sequence[str]) -> list[str]:
        """At most ``most`` of ``rooms``, whose turn this was. Who is not among them is forgotten."""
        self._round += 1
        chosen = sorted(rooms, key=lambda room: self._last.get(room, 0))[: self._most]
        self._last = {room: self._last[room] for room in rooms if room in self._last}
        self._last |= dict.fromkeys(chosen, self._round)
        return chosen


class PosterKeeper:
    """``run`` until cancelled: contends for the lease and works while it holds it. ``token`` opens the media pipes."""

    def __init__(self, posters: Posters, presence: Presence, jobs: Jobs, leases: Leases, token: str) -> None:
        self._posters = posters
        self._presence = presence
        self._jobs = jobs
        self._leases = leases
        self._token = token
        self._turns = Turns(ROUND)
        self._may_run = True  # a predecessor's job, for all that is known
        self._complaint = ""

    async def run(self) -> None:
        await take_turns(self._leases, LEASE_NAME, self._own, retry_s=CONTEND_EVERY_S)

    async def _own(self, lease: Lease) -> None:
        self._may_run = True
        while lease.valid:
            heed_cancellation()
            try:
                pause_s = ROUND_EVERY_S if await self.round() else LOOK_EVERY_S
                self._complaint = ""
            except (Refusal, *StoreAway) as error:
                pause_s = LOOK_EVERY_S
                if str(error) != self._complaint:  # it is tried again soon: once is enough to be told
                    log.warning("posters are not made", error=str(error))
                self._complaint = str(error)
            await asyncio.sleep(pause_s)

    async def round(self) -> bool:
        """Have the next rooms pictured if somebody looks; whether somebody does."""
        if not await self._posters.wanted():
            if self._may_run:
                await self._jobs.stop(JOB)
                self._may_run = False
            return False
        live = {each.room: each for each in await self._presence.live() if each.state == "live"}
        if not live:
            return False
        self._may_run = True
        await self._jobs.start(KIND, {"token": self._token}, JOB)
        chosen = [live[room] for room in self._turns.take(sorted(live))]
        await self._jobs.tell(JOB, {"round": [_sitter(each) for each in chosen], "kept_s": kept_s(len(live))})
        return True


def kept_s(rooms: int) -> int:
    """How long a poster is kept when so many rooms take turns."""
    return max(KEPT_S, TURNS_KEPT * -(-rooms // ROUND) * int(ROUND_EVERY_S))


def _sitter(live: LiveBroadcast) -> Mapping[str, Any]:
    return {"room": live.room, "broadcast": live.broadcast_id, "pipe": live.pipe}
