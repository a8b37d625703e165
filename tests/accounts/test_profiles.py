"""A name and a few words about oneself, over HTTP."""

from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.about import LONGEST, about_of
from accounts.errors import AboutUnsuitable
from accounts.service import Session
from foundation.ids import new_id
from tests.accounts.house import PASSWORD, House, bearer


async def changed(house: House, session: Session, **wish: Any) -> tuple[int, dict[str, Any]]:
    answer = await house.client.patch("/api/v1/me", json=wish, headers=bearer(session))
    return answer.status_code, answer.json()


async def search(house: House, name: str, headers: dict[str, str]) -> httpx2.Response:
    return await house.client.get("/api/v1/users", params={"name": name}, headers=headers)


async def test_what_one_says_about_oneself_is_seen_by_everybody(house: House) -> None:
    session = await house.join("Mina")
    status, me = await changed(house, session, about=" sings,\n mostly  🎤 ")
    assert (status, me["about"], me["name"]) == (200, "sings, mostly 🎤", "Mina")
    seen = await house.client.get(f"/api/v1/users/{session.principal.user_id}")
    assert seen.json() == {"user": session.principal.user_id, "name": "Mina", "about": "sings, mostly 🎤"}


async def test_nobody_is_not_seen(house: House) -> None:
    for user in (new_id(), "x", "%00"):
        answer = await house.client.get(f"/api/v1/users/{user}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-user")


async def test_people_are_found_by_how_their_names_begin(house: House) -> None:
    seeker = await house.join("Seeker")
    for name in ("Mina", "Mia", "小米", "小红"):
        await house.join(name)

    async def found(name: str) -> list[str]:
        answer = await search(house, name, bearer(seeker))
        assert answer.status_code == 200
        assert all(set(each) == {"user", "name"} for each in answer.json()["users"])
        return [each["name"] for each in answer.json()["users"]]

    assert await found("mi") == ["Mia", "Mina"]
    assert await found(" ＭＩＮ") == ["Mina"]
    assert await found("小") == ["小米", "小红"] or await found("小") == ["小红", "小米"]
    for nobody in ("x", "", "  ", "%", "_ina"):
        assert await found(nobody) == []


async def test_a_search_shows_ten_at_most_is_for_who_is_signed_in_and_bounded(house: House) -> None:
    seeker = await house.join("Seeker")
    for number in range(12):
        await house.join(f"Fan {number:02}")
    users = (await search(house, "fan", bearer(seeker))).json()["users"]
    assert [each["name"] for each in users] == [f"Fan {number:02}" for number in range(10)]
    assert (await search(house, "fan", {})).status_code == 401
    longer = await search(house, "x" * 65, bearer(seeker))
    assert (longer.status_code, longer.json()["code"]) == (422, "malformed")
    answers = [await search(house, "fan", bearer(seeker)) for _ in range(40)]
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-attempts")


async def test_a_new_name_is_what_one_signs_in_with_and_the_next_token_carries_it(house: House) -> None:
    session = await house.join("Mina")
    assert (await changed(house, session, name=" Minerva "))[1]["name"] == "Minerva"
    assert (await house.accounts.log_in("MINERVA", PASSWORD, "203.0.113.1")).principal.name == "Minerva"
    assert (await house.accounts.refresh(session.token)).principal.name == "Minerva"
    assert (await house.join("Mina")).principal.user_id != session.principal.user_id, "the old one is free"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"name": "LUO"}, 409, "name-taken"),
        ({"name": "x"}, 422, "name-unsuitable"),
        ({"name": "Admin"}, 422, "name-unsuitable"),
        ({"about": "x" * 161}, 422, "about-unsuitable"),
        ({"about": "x" * 2000}, 422, "malformed"),
        ({"about": "\u202egnis"}, 422, "about-unsuitable"),
        ({"about": "fine", "name": "Luo"}, 409, "name-taken"),
        ({"roles": ["admin"]}, 422, "malformed"),
        ({"email": "mina@example.com"}, 422, "malformed"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    house: House, wish: dict[str, Any], status: int, code: str
) -> None:
    session = await house.join("Mina")
    await house.join("Luo")
    answered, problem = await changed(house, session, **wish)
    assert (answered, problem["code"]) == (status, code)
    me = await house.client.get("/api/v1/me", headers=bearer(session))
    assert (me.json()["name"], me.json()["about"]) == ("Mina", "")


async def test_names_do_not_change_all_the_time_but_the_rest_may(house: House) -> None:
    session = await house.join("Mina")
    statuses = [(await changed(house, session, name=f"Mina {number}"))[0] for number in range(6)]
    assert statuses == [200] * 5 + [429]
    assert (await changed(house, session, name="Mina 4", about="still here"))[0] == 200, "that is his name"
    house.clock.advance(24 * 3600_000)
    session = await house.accounts.log_in("Mina 4", PASSWORD, "203.0.113.1")
    assert (await changed(house, session, name="Mina 9"))[0] == 200


async def test_the_first_admin_keeps_his_name_or_another_one_would_be_made(house: House) -> None:
    session = await house.join_as_admin()
    assert (await changed(house, session, name="Boss"))[1]["code"] == "name-unsuitable"
    assert (await changed(house, session, about="keeps order"))[0] == 200
    assert not await house.ranks.ensure_admin(PASSWORD)


async def test_who_is_barred_changes_nothing(house: House) -> None:
    session = await house.join("Mina")
    house.door.barred.add(session.principal.user_id)
    assert (await changed(house, session, about="x"))[1]["code"] == "barred"


def test_scripts_that_need_joiners_and_families_of_emoji_may_be_said() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧", "x" * LONGEST, "字" * LONGEST):
        assert about_of(text) == text


def test_marks_do_not_climb_over_the_lines_above() -> None:
    with pytest.raises(AboutUnsuitable):
        about_of("a" + "\u0335" * 4)


@given(st.text(max_size=800))
def test_no_text_is_a_fault_of_ours_and_what_is_taken_stays_the_same(text: str) -> None:
    try:
        about = about_of(text)
    except AboutUnsuitable:
        return
    assert about_of(about) == about and len(about) <= LONGEST and "\n" not in about
