"""One battle by its plan: everything happens to it, and everything is written down."""

import asyncio
import os
import signal
import time
from typing import Any

import httpx2
from sqlalchemy import text

from bench.proof.evidence import Answer, Evidence, Look, Row, Scores
from bench.proof.forgotten import restored
from bench.proof.plan import Absence, Plan, Wish
from bench.proof.stage import CAMERAS, Stage, shown, size_of
from foundation.redis import RedisAway
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.verify import ledger_verify
from server.battles import SettledBattles

ANSWER_S = 25.0  # a wish that has no answer after so long never gets one
AGAIN_S = 0.15
BEGIN_S = 30.0
END_S = 40.0  # after the fight: settled, celebrated and over
AFTER_S = 6.0  # then the rooms have their own cameras, and the mixer is gone
LOOK_S = 0.1
FORGOTTEN = ("not-live", "recipient-unknown")

_ROWS = text(
    "SELECT g.id, g.key, g.recipient, g.coins, g.multiplier, g.score, g.battle, g.side, g.accepted_at_ms"
    " FROM gifts g WHERE g.key LIKE :keys"
)
_RESULTS = text("SELECT winner, reason, scores, gifts, settled_at_ms FROM battle_results WHERE battle_id = :battle")


async def until(at_s: float) -> None:
    await asyncio.sleep(max(0.0, at_s - time.time()))


async def fight(on: Stage, plan: Plan) -> Evidence:
    """Invite, accept, do everything that is planned, and look at what is left."""
    await on.both_live()
    await shown(on)  # what was before is nobody's concern
    found = Evidence(plan, await begin(on), [host.user for host in on.hosts])
    started = await on.ears[0].hears("battle.started", found.battle, BEGIN_S)
    found.starts_at_ms, found.ends_at_ms = started.body["starts_at_ms"], started.body["ends_at_ms"]
    async with asyncio.TaskGroup() as everybody:
        giving = [everybody.create_task(_give(on, found, wish, n)) for n, wish in enumerate(plan.wishes)]
        for absence in plan.absences:
            everybody.create_task(_be_absent(on, found, absence))
        everybody.create_task(_look_in_the_quiet(on, found, giving))
        everybody.create_task(_kill(on, found))
    found.answers = [task.result() for task in giving]
    await _over(on, found)
    await _write_down(on, found)
    return found


async def begin(on: Stage) -> str:
    red, blue = on.hosts
    async with asyncio.timeout(BEGIN_S):
        while True:
            invited = await on.http.post(
                f"/api/v1/rooms/{red.room}/battles", json={"opponent_room": blue.room}, headers=red.headers
            )
            if invited.status_code == 201:
                break
            await asyncio.sleep(AGAIN_S)
    battle = str(invited.json()["battle"])
    accepted = await on.http.post(f"/api/v1/battles/{battle}/accept", headers=blue.headers)
    assert accepted.status_code == 200, accepted.text
    return battle


async def _give(on: Stage, found: Evidence, wish: Wish, number: int) -> Answer:
    """Ask until there is an answer, always with the same key; whoever is impatient asks twice at once."""
    await until((found.starts_at_ms + wish.at_ms) / 1000)
    key = f"{found.battle}-{number:03d}"
    asked = await asyncio.gather(*(_ask(on, found, wish, key) for _ in range(2 if wish.twice else 1)))
    if len({(answer.status, str(answer.body)) for answer in asked}) > 1:
        return Answer(wish, key, 0, {"answers": [answer.body for answer in asked]}, asked[0].asked_s, time.time(), 2)
    return asked[0]


async def _ask(on: Stage, found: Evidence, wish: Wish, key: str) -> Answer:
    fan, body = on.fans[wish.fan], {"gift": wish.item, "count": wish.count}
    if wish.to is not None:
        body["to"] = on.hosts[wish.to].user
    asked_s, attempts, said = time.time(), 0, {}
    while time.time() - asked_s < ANSWER_S:
        attempts += 1
        try:
            answer = await on.http.post(
                f"/api/v1/rooms/{on.rooms[wish.room]}/gifts", json=body, headers=fan.headers | {"Idempotency-Key": key}
            )
        except httpx2.HTTPError as error:
            said = {"error": repr(error)}
        else:
            said = answer.json()
            # Where Redis has forgotten who is on stage, people try again.
            forgotten = found.plan.kill == "flush" and said.get("code") in FORGOTTEN
            if answer.status_code < 500 and not forgotten:
                return Answer(wish, key, answer.status_code, said, asked_s, time.time(), attempts)
        await asyncio.sleep(AGAIN_S)
    return Answer(wish, key, 0, said, asked_s, time.time(), attempts)


async def _be_absent(on: Stage, found: Evidence, absence: Absence) -> None:
    camera = on.cameras[absence.host]
    await until((found.starts_at_ms + absence.at_ms) / 1000)
    await camera.vanish(absence.politely)
    await until((found.starts_at_ms + absence.back_ms) / 1000)
    await camera.publish()


async def _look_in_the_quiet(on: Stage, found: Evidence, giving: list[asyncio.Task[Answer]]) -> None:
    for _, ends_ms in found.plan.quiet:
        await until((found.starts_at_ms + ends_ms) / 1000)
        done = [task.result() for task in giving if task.done()]
        scored = [str(each.body["gift_id"]) for each in done if each.body.get("battle") == found.battle]
        feeds = [ear.scores(found.battle) for ear in on.ears]
        found.looks.append(Look(time.time(), feeds, await _board(on, found.battle), scored))


async def _board(on: Stage, battle: str) -> Scores | None:
    try:
        return await RedisBoard(on.redis, GiftSettings().combo_ms).scores(battle)
    except RedisAway:
        return None


async def _kill(on: Stage, found: Evidence) -> None:
    plan = found.plan
    if plan.mixer_killed_ms is not None:
        await until((found.starts_at_ms + plan.mixer_killed_ms) / 1000)
        for pid in on.mixers():
            os.kill(pid, signal.SIGSTOP if plan.mixer_hangs else signal.SIGKILL)
        found.mixer_killed_s = time.time()
    if plan.kill is not None:
        await until((found.starts_at_ms + plan.killed_ms) / 1000)
        if plan.kill == "flush":
            await on.redis.flushall()
            found.killed_s = time.time()
            found.restored_ms = await restored(on, found.battle)
            return
        found.killed_s = on.kill(plan.kill)
        if plan.kill == "media":  # as a studio does, which hears of it on its feed
            for camera in on.cameras:
                if camera.there:
                    await camera.publish()


async def _over(on: Stage, found: Evidence) -> None:
    """Until the battle has ended, and a little longer, for what is still on its way."""
    deadline = found.ends_at_ms / 1000 + END_S
    while time.time() < deadline:
        found.final = await _body(on, found.battle) or found.final
        if found.final.get("phase") == "ended":
            break
        await asyncio.sleep(LOOK_S)
    deadline = time.time() + AFTER_S
    pictures: list[list[tuple[float, str]]] = [[], []]
    while True:
        for kept, more in zip(pictures, await shown(on), strict=True):
            kept += [each for each in more if each not in kept]
        found.mixers_left = len(on.mixers())
        found.board = await _board(on, found.battle)
        own = [bool(each) and each[-1][1] == size_of(shape) for each, shape in zip(pictures, CAMERAS, strict=True)]
        if (all(own) and not found.mixers_left) or time.time() > deadline:
            break
        await asyncio.sleep(LOOK_S)
    found.shown = pictures


async def _body(on: Stage, battle: str) -> dict[str, Any] | None:
    try:
        answer = await on.http.get(f"/api/v1/battles/{battle}")
    except httpx2.HTTPError:
        return None
    body: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    return body


async def _write_down(on: Stage, found: Evidence) -> None:
    deadline = time.time() + AFTER_S
    while True:
        report = await ledger_verify(on.database, drained=True, results=SettledBattles())
        if report.holds or time.time() > deadline:
            break
        await asyncio.sleep(LOOK_S)
    found.ledger, found.ledger_holds = report.text(), report.holds
    found.board = await _board(on, found.battle)
    async with on.database.read() as transaction:
        rows = await transaction.execute(_ROWS, {"keys": f"{found.battle}-%"})
        found.rows = [Row(*row) for row in rows]
        results = await transaction.execute(_RESULTS, {"battle": found.battle})
        found.results = [dict(row._mapping) for row in results]
    found.told = [ear.of(found.battle) for ear in on.ears]
    found.empty_s = [ear.empty_s for ear in on.ears]
