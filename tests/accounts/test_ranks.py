"""Ranks: who may change whose, and from when it is in force."""

import asyncio

import pytest

from accounts.errors import UnknownUser
from accounts.principal import Principal, Role
from foundation.ids import new_id
from foundation.sql import Database
from moderation.store_sql import SqlModeration
from tests.accounts.house import PASSWORD, House, bearer, opened
from tests.clocks import ToldClock


async def set_roles(house: House, actor: dict[str, str], user_id: str, *roles: str) -> tuple[int, str]:
    body = {"roles": list(roles), "reason": "joins the team"}
    answer = await house.client.put(f"/api/v1/admin/users/{user_id}/roles", json=body, headers=actor)
    return answer.status_code, answer.json().get("code", "")


async def test_a_promoted_host_is_one_at_once_with_the_token_he_has(house: House) -> None:
    session = await house.join("Mina")
    await house.ranks.promote(session.principal.user_id)
    assert house.tokens.principal(session.token).has(Role.HOST)


async def test_promoting_a_host_again_changes_nothing(house: House) -> None:
    session = await house.join("Mina")
    await house.ranks.promote(session.principal.user_id)
    before = await house.store.by_id(session.principal.user_id)
    await house.ranks.promote(session.principal.user_id)
    assert await house.store.by_id(session.principal.user_id) == before


async def test_nobody_cannot_be_promoted(house: House) -> None:
    with pytest.raises(UnknownUser):
        await house.ranks.promote(new_id())


async def test_an_admin_makes_a_moderator_and_takes_the_rank_back(house: House, database: Database) -> None:
    admin, mina = await house.join_as_admin(), await house.join("Mina")
    mina_id = mina.principal.user_id
    assert await set_roles(house, bearer(admin), mina_id, "moderator") == (200, "")
    assert house.tokens.principal(mina.token).roles == {Role.VIEWER, Role.MODERATOR}
    assert await set_roles(house, bearer(admin), mina_id) == (200, "")
    assert house.tokens.principal(mina.token).roles == {Role.VIEWER}
    latest, _ = await SqlModeration(database).audit_page(None, None, None, 10)
    assert (latest.entry.actor, latest.entry.reason) == (admin.principal.user_id, "joins the team")
    assert (latest.entry.before, latest.entry.after) == ({"roles": ["moderator", "viewer"]}, {"roles": ["viewer"]})


async def test_an_admin_who_loses_the_rank_does_nothing_more_with_his_token(house: House) -> None:
    first, second = await house.join_as_admin(), await house.join("Mina")
    second_id = second.principal.user_id
    await set_roles(house, bearer(first), second_id, "admin")
    assert await set_roles(house, bearer(second), first.principal.user_id) == (200, "")
    assert await set_roles(house, bearer(first), second_id) == (403, "forbidden")


async def test_nobody_changes_his_own_rank(house: House) -> None:
    admin = await house.join_as_admin()
    assert await set_roles(house, bearer(admin), admin.principal.user_id, "viewer") == (403, "own-roles")


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.HOST, Role.MODERATOR])
async def test_only_admins_see_and_change_people(house: House, role: Role | None) -> None:
    mina = await house.join("Mina")
    actor = {}
    if role is not None:
        token, _ = house.tokens.issue(Principal(new_id(), "x", frozenset((role,))), 0, house.clock.now_ms() // 1000)
        actor = {"Authorization": f"Bearer {token}"}
    expected = 401 if role is None else 403
    status, _ = await set_roles(house, actor, mina.principal.user_id, "admin")
    assert status == expected
    assert (await house.client.get("/api/v1/admin/users", headers=actor)).status_code == expected


async def test_roles_that_do_not_exist_and_users_that_do_not_are_refused(house: House) -> None:
    admin, mina = await house.join_as_admin(), await house.join("Mina")
    assert await set_roles(house, bearer(admin), mina.principal.user_id, "emperor") == (422, "malformed")
    assert await set_roles(house, bearer(admin), new_id(), "host") == (404, "unknown-user")


async def test_people_are_listed_page_by_page(house: House) -> None:
    admin = await house.join_as_admin()
    for name in ("Mina", "MIRA", "mia", "Luo"):
        await house.join(name)
    seen: list[str] = []
    after: str | None = ""
    for _ in range(3):
        query = {"name": "Mi", "limit": "1", "after": after or ""}
        page = (await house.client.get("/api/v1/admin/users", params=query, headers=bearer(admin))).json()
        seen += [user["name"] for user in page["users"]]
        after = page["next"]
    assert (seen, after) == (["mia", "Mina", "MIRA"], None)


class TestTheFirstAdmin:
    async def test_is_opened_once(self, house: House) -> None:
        assert await house.ranks.ensure_admin(PASSWORD)
        assert not await house.ranks.ensure_admin("another password")
        session = await house.accounts.log_in("admin", PASSWORD, "203.0.113.1")
        assert session.principal.has(Role.ADMIN)

    async def test_is_opened_by_one_of_two_processes(self, database: Database, clock: ToldClock) -> None:
        async with opened(database, clock) as here, opened(database, clock) as there:
            made = await asyncio.gather(*(each.ranks.ensure_admin(PASSWORD) for each in (here, there)))
            assert sorted(made) == [False, True]
