"""``flood_*``: a room of thousands in which 200 people say a thousand lines a second, between gifts and likes.

Events are gifts as their relay posts them. What people say beyond one line a second each is refused, and what the room
has no time for is heard by its speaker only: each line that was taken must come back to him.
"""

import asyncio
from pathlib import Path

from bench.feed.contestants import loaded
from bench.feed.cost import Size, described
from bench.feed.crowd import Manners
from bench.feed.judge import EVENTS_PER_S
from bench.feed.judge_flood import flood_figures, lost
from bench.feed.ours import MANNERS, ours
from bench.record import Figure

SPEAKERS = 200
LINES_PER_S = 1_000
LIKES_PER_S = 200
SECONDS = 20.0


def speaking(sockets: int) -> Manners:
    """Everybody likes now and then; who speaks says what ``crowd.c`` looks for."""
    return Manners(
        ready=MANNERS.ready,
        beat='{"t":"like","d":{"count":1}}',
        beat_ms=round(1000 * sockets / LIKES_PER_S),
        before='{"t":"chat.say","d":{"text":"',
        after='"}}',
        refused='{"t":"error"',
    )


async def flood(folder: Path, size: Size) -> tuple[dict[str, Figure], list[str]]:
    seconds, speakers = min(SECONDS, size.seconds), min(SPEAKERS, size.sockets // 2)
    async with ours(folder) as place, loaded(place, folder, size.sockets, speaking(size.sockets)) as server:
        await server.open(size.sockets)
        await asyncio.sleep(size.rest_s)
        found, spoken = await server.flood(EVENTS_PER_S, seconds, speakers, LINES_PER_S)
    note = (
        f"{described(found)}; {spoken.said} lines said by {speakers}, {spoken.refused} refused as too fast, "
        f"{spoken.own} of {spoken.taken} heard by who said them (p99 {spoken.own_p99_ms:.0f} ms), {spoken.shown} by "
        f"everybody, {spoken.least} to {spoken.most} of each speaker; {lost(found)} events lost"
    )
    print(f"  {note}", flush=True)
    return flood_figures(found, spoken), [note]
