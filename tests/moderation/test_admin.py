"""Sanctions and the audit log over HTTP, as ops use them."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisGone

from accounts.principal import Principal, Role
from foundation.bus import MemoryBus
from foundation.facts import Fact
from foundation.ids import new_id
from foundation.sql import Database
from moderation.events import SanctionImposed, SanctionLifted
from moderation.gate import Sanctioned, Scope
from moderation.store_memory import MemorySanctionCache
from moderation.store_sql import SqlModeration
from tests.clocks import ToldClock
from tests.moderation.stage import Stage, opened

SANCTIONS = "/api/v1/admin/sanctions"


def wanted(user: Principal, **changes: object) -> dict[str, object]:
    return {
        "user_id": user.user_id,
        "scope": "platform",
        "duration_s": None,
        "reason": "abuse",
        "text": "swore at a child",
        **changes,
    }


async def impose(stage: Stage, actor: Principal | None, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    answer = await stage.client.post(SANCTIONS, json=body, headers=stage.bearer(actor))
    return answer.status_code, answer.json()


async def test_a_ban_is_stored_audited_announced_and_listed(stage: Stage, bus: MemoryBus) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina", Role.HOST)
    now_ms = stage.clock.now_ms()
    async with bus.subscribe(SanctionImposed) as facts:
        status, body = await impose(stage, admin, wanted(mina, duration_s=3600))
        async with asyncio.timeout(5):
            fact = await anext(facts)
    assert status == 201
    sanction_id = str(body["sanction"])
    assert fact == SanctionImposed(sanction_id, mina.user_id, "platform", now_ms + 3_600_000, "abuse", now_ms)
    listed = (await stage.client.get(SANCTIONS, headers=stage.bearer(admin))).json()
    assert listed == {"sanctions": [body], "next": None}
    assert (body["imposed_by"], body["text"], body["lifted_at_ms"]) == (admin.user_id, "swore at a child", None)
    audit = (await stage.client.get("/api/v1/admin/audit", headers=stage.bearer(admin))).json()
    (row,) = audit["entries"]
    assert (row["actor"], row["action"], row["subject"]) == (admin.user_id, "sanction.impose", f"user:{mina.user_id}")
    assert (row["before"], row["after"]["sanction"], row["at_ms"]) == (None, sanction_id, now_ms)


async def test_a_lifted_ban_is_over_audited_and_announced(stage: Stage, bus: MemoryBus) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
    _, body = await impose(stage, admin, wanted(mina))
    path, headers = f"{SANCTIONS}/{body['sanction']}", stage.bearer(admin)
    async with bus.subscribe(SanctionLifted) as facts:
        answer = await stage.client.request("DELETE", path, json={"reason": "appeal"}, headers=headers)
        async with asyncio.timeout(5):
            fact = await anext(facts)
    assert answer.status_code == 200
    assert answer.json()["lifted_by"] == admin.user_id
    assert fact == SanctionLifted(str(body["sanction"]), mina.user_id, "platform", stage.clock.now_ms())
    await stage.gate.check(mina.user_id, Scope.PLATFORM)
    entries = (await stage.client.get("/api/v1/admin/audit", headers=headers)).json()["entries"]
    assert (entries[0]["action"], entries[0]["reason"]) == ("sanction.lift", "appeal")
    again = await stage.client.delete(path, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "sanction-over")


async def test_a_ban_that_was_not_stored_is_not_announced(stage: Stage, bus: MemoryBus) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
    await impose(stage, admin, wanted(mina))
    async with bus.subscribe(SanctionImposed) as facts:
        assert (await impose(stage, admin, wanted(mina)))[0] == 409
        other = stage.people.add("Luo")
        await impose(stage, admin, wanted(other))
        async with asyncio.timeout(5):
            fact = await anext(facts)
    assert isinstance(fact, SanctionImposed) and fact.user == other.user_id


class Dumb(MemoryBus):
    """A bus that has lost Redis."""

    async def publish(self, *facts: Fact) -> None:
        raise RedisGone("gone")


async def test_a_ban_that_could_not_be_announced_is_in_force(database: Database, clock: ToldClock) -> None:
    async with opened(SqlModeration(database), MemorySanctionCache(), Dumb(), clock) as stage:
        admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
        assert (await impose(stage, admin, wanted(mina)))[0] == 201
        with pytest.raises(Sanctioned):
            await stage.gate.check(mina.user_id, Scope.PUBLISH)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"scope": "universe"}, 422, "malformed"),
        ({"duration_s": 0}, 422, "malformed"),
        ({"duration_s": -5}, 422, "malformed"),
        ({"duration_s": 10**12}, 422, "malformed"),
        ({"reason": "because"}, 422, "malformed"),
        ({"text": "x" * 501}, 422, "malformed"),
        ({"user_id": "mina"}, 422, "malformed"),
        ({"evidence": "none"}, 422, "malformed"),
        ({"user_id": new_id()}, 404, "unknown-user"),
    ],
)
async def test_a_sanction_that_cannot_be_is_refused_with_its_own_code(
    stage: Stage, changes: dict[str, object], status: int, code: str
) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
    answered, body = await impose(stage, admin, wanted(mina, **changes))
    assert (answered, body["code"]) == (status, code)
    assert await stage.sanctions.page(None, None, 10) == []


async def test_a_sanction_that_does_not_exist_cannot_be_lifted(stage: Stage) -> None:
    admin = stage.people.add("ops", Role.ADMIN)
    answer = await stage.client.delete(f"{SANCTIONS}/{new_id()}", headers=stage.bearer(admin))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-sanction")


async def test_an_admin_bans_neither_himself_nor_another_admin(stage: Stage) -> None:
    admin, other = stage.people.add("ops", Role.ADMIN), stage.people.add("chief", Role.ADMIN)
    assert [(await impose(stage, admin, wanted(each)))[1]["code"] for each in (admin, other)] == [
        "own-sanction",
        "sanction-of-staff",
    ]


async def test_a_moderator_mutes_and_lifts_mutes_but_bans_nobody(stage: Stage) -> None:
    admin, moderator = stage.people.add("ops", Role.ADMIN), stage.people.add("mod", Role.MODERATOR)
    mina = stage.people.add("Mina")
    status, mute = await impose(stage, moderator, wanted(mina, scope="chat", duration_s=60))
    assert status == 201
    assert (await impose(stage, moderator, wanted(mina)))[1]["code"] == "beyond-rank"
    _, ban = await impose(stage, admin, wanted(mina))
    headers = stage.bearer(moderator)
    assert (await stage.client.delete(f"{SANCTIONS}/{mute['sanction']}", headers=headers)).status_code == 200
    answer = await stage.client.delete(f"{SANCTIONS}/{ban['sanction']}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "beyond-rank")


async def test_whoever_is_muted_and_made_moderator_does_not_lift_his_own_mute(stage: Stage) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
    _, mute = await impose(stage, admin, wanted(mina, scope="chat"))
    promoted = Principal(mina.user_id, mina.name, frozenset((Role.MODERATOR,)))
    answer = await stage.client.delete(f"{SANCTIONS}/{mute['sanction']}", headers=stage.bearer(promoted))
    assert (answer.status_code, answer.json()["code"]) == (403, "own-sanction")


@pytest.mark.parametrize(
    ("roles", "status"), [(None, 401), ((), 403), ((Role.HOST,), 403), ((Role.MODERATOR,), None), ((Role.ADMIN,), None)]
)
async def test_sanctions_are_for_staff_and_the_audit_log_for_admins(
    stage: Stage, roles: tuple[Role, ...] | None, status: int | None
) -> None:
    actor = None if roles is None else stage.people.add("somebody", *roles)
    mina, headers = stage.people.add("Mina"), stage.bearer(actor)
    assert (await stage.client.get(SANCTIONS, headers=headers)).status_code == (status or 200)
    assert (await impose(stage, actor, wanted(mina, scope="chat")))[0] == (status or 201)
    unknown = await stage.client.delete(f"{SANCTIONS}/{new_id()}", headers=headers)
    assert unknown.status_code == (status or 404)
    audit = await stage.client.get("/api/v1/admin/audit", headers=headers)
    assert audit.status_code == (200 if roles == (Role.ADMIN,) else status or 403)


async def test_lists_are_read_page_by_page_to_the_end(stage: Stage) -> None:
    admin = stage.people.add("ops", Role.ADMIN)
    people = [stage.people.add(f"user {number}") for number in range(5)]
    for each in people:
        await impose(stage, admin, wanted(each))
    for path, rows, name in ((SANCTIONS, "sanctions", "user_id"), ("/api/v1/admin/audit", "entries", "subject")):
        seen: list[str] = []
        query = {"limit": "2"}
        for _ in range(3):
            page = (await stage.client.get(path, params=query, headers=stage.bearer(admin))).json()
            seen += [str(row[name]).removeprefix("user:") for row in page[rows]]
            query["before"] = str(page["next"])
        assert query["before"] == "None"
        assert sorted(seen) == sorted(each.user_id for each in people)


async def test_the_person_concerned_sees_what_stands_against_him_and_not_the_words_of_ops(stage: Stage) -> None:
    admin, mina = stage.people.add("ops", Role.ADMIN), stage.people.add("Mina")
    _, body = await impose(stage, admin, wanted(mina, scope="chat", duration_s=60))
    answer = await stage.client.get("/api/v1/me/sanctions", headers=stage.bearer(mina))
    until_ms = stage.clock.now_ms() + 60_000
    expected = {"sanction": body["sanction"], "scope": "chat", "reason": "abuse", "until_ms": until_ms}
    assert answer.json() == {"sanctions": [expected]}
    stage.clock.advance(60_000)
    answer = await stage.client.get("/api/v1/me/sanctions", headers=stage.bearer(mina))
    assert answer.json() == {"sanctions": []}
