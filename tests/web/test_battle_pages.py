"""Battles on the pages, in Chromium: what a room shows of many sides, and what a host's buttons say to the platform."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from pk.mixer.layout import Layout, arrange
from tests.web.house import NOW_MS, Body, House, battle, chromium, fits, member, person, room_of, verdict, visit

HOSTS = ["Ruby", "Sapphire", "Jade", "Amber"]
# Where these elements are in the picture, 0..1: left, top, right, bottom.
BOXES = """parts => {
  const whole = document.querySelector('[data-testid="picture"]').getBoundingClientRect();
  return parts.map(part => part.getBoundingClientRect()).map(box => [
    (box.left - whole.left) / whole.width, (box.top - whole.top) / whole.height,
    (box.right - whole.left) / whole.width, (box.bottom - whole.top) / whole.height,
  ]);
}"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


TEAMS = [("Ruby", "Rosa"), ("Sapphire", "Bea"), ("Jade", "Olive"), ("Amber", "Opal")]


def teams(phase: str, scores: list[int]) -> Body:
    sides = [[member(one, 2 * place), member(two, 2 * place + 1)] for place, (one, two) in enumerate(TEAMS)]
    return battle(phase, *sides, scores=scores)


def scored(page: Page, side: str) -> Locator:
    return page.get_by_test_id(f"score-{side}")


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_room_shows_four_sides_and_leads_to_each_of_the_other_rooms_with_one_tap(
    browser: Browser, width: int
) -> None:
    house = House(HOSTS, teams("fighting", scores=[40, 30, 20, 10]))
    async with visit(browser, house, f"/rooms/{room_of('Ruby')}", "Kai", width=width) as page:
        for side, score in (("red", 40), ("blue", 30), ("green", 20), ("yellow", 10)):
            await expect(scored(page, side)).to_have_attribute("data-score", str(score))
        await expect(page.get_by_test_id("switch-room")).to_have_count(7)
        await fits(page, width)
        await page.locator(f'[data-testid="switch-room"][data-room="{room_of("Olive")}"]').click()
        await expect(page.get_by_test_id("room")).to_have_attribute("data-room", room_of("Olive"))


async def test_the_scores_move_to_what_the_server_says_and_never_back(browser: Browser) -> None:
    house = House(HOSTS, battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)], scores=[1000, 500]))
    async with visit(browser, house, f"/rooms/{room_of('Ruby')}") as page:
        await page.emulate_media(reduced_motion="no-preference")
        await expect(scored(page, "blue")).to_have_text("500")
        await page.evaluate(
            """() => { window.shown = []; const score = document.querySelector('[data-testid="score-blue"]');
            const look = () => { shown.push(Number(score.textContent.replace(',', ''))); requestAnimationFrame(look); };
            look(); }"""
        )
        for blue in (800, 1200, 1900):
            sides = ([member("Ruby", 0)], [member("Sapphire", 1)])
            await house.tell("battle.score", battle("fighting", *sides, scores=[1000, blue]))
            await expect(scored(page, "blue")).to_have_attribute("data-score", str(blue))
        await expect(scored(page, "blue")).to_have_text("1,900")
        shown = await page.evaluate("shown")
        assert shown == sorted(shown) and len(set(shown)) > 5, shown
        share = await page.locator(".bar").evaluate("bar => Number(bar.style.getPropertyValue('--share'))")
        assert share == pytest.approx(1000 / 2900)


async def test_who_gives_most_for_each_side_is_seen_while_they_fight(browser: Browser) -> None:
    house = House(HOSTS, battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)]))
    best = [{**person("Kai"), "side": "red", "score": 800}, {**person("Oz"), "side": "blue", "score": 900}]
    house.answers["GET", "battles/battle-1/contributors"] = {"contributors": best}
    async with visit(browser, house, f"/rooms/{room_of('Ruby')}") as page:
        await expect(page.get_by_test_id("best-red")).to_contain_text("Kai")
        await expect(page.get_by_test_id("best-blue")).to_contain_text("Oz")


async def test_a_room_is_told_who_is_away_who_has_fallen_and_whom_it_does_not_hear(browser: Browser) -> None:
    ruby = member("Ruby", 0, muted=["user-of-Jade"])
    away = member("Sapphire", 1, away_since_ms=NOW_MS - 9_000)
    house = House(HOSTS, battle("fighting", [ruby], [away], [member("Jade", 2)], [member("Amber", 3, fallen="away")]))
    async with visit(browser, house, f"/rooms/{room_of('Ruby')}") as page:
        await expect(page.get_by_test_id("mark-away")).to_contain_text("Sapphire")
        await expect(page.get_by_test_id("mark-muted")).to_contain_text("Jade")
        await expect(page.get_by_test_id("mark-fallen")).to_contain_text("Amber")


async def test_the_card_of_a_victory_has_the_best_of_each_side_and_who_wants_a_rematch(browser: Browser) -> None:
    best = [
        {**person("Kai"), "side": "red", "score": 800},
        {**person("Lin"), "side": "red", "score": 300},
        {**person("Oz"), "side": "blue", "score": 900},
    ]
    result = verdict("red", scores={"red": 1100, "blue": 900}, contributors=best, mvp=best[0])
    ruby, sapphire = member("Ruby", 0), member("Sapphire", 1, rematch=True)
    shown = battle("victory", [ruby], [sapphire], result=result)
    async with visit(browser, House(HOSTS, shown), f"/rooms/{room_of('Ruby')}") as page:
        await expect(page.get_by_test_id("battle-mvp")).to_contain_text("Kai")
        await expect(page.get_by_test_id("best-red").locator("li")).to_have_count(2)
        await expect(page.get_by_test_id("best-blue")).to_contain_text("Oz")
        await expect(page.get_by_test_id("rematch-wanted")).to_contain_text("1/2: Sapphire")


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_host_puts_several_on_sides_and_invites_them_together(browser: Browser, width: int) -> None:
    house = House(HOSTS)
    async with visit(browser, house, "/studio", "Ruby", width=width) as page:
        await page.get_by_test_id("gather").click()
        await expect(page.get_by_test_id("invite-all")).to_be_disabled()
        for name, side in (("Sapphire", "1"), ("Jade", "0"), ("Amber", "2")):
            await page.get_by_test_id(f"side-{room_of(name)}").select_option(side)
        await expect(page.get_by_test_id("gathering")).to_contain_text("You and Jade — Sapphire — Amber")
        await fits(page, width)
        await page.get_by_test_id("invite-all").click()
        await expect(page.get_by_test_id("gathering")).to_have_count(0)
    sides = [[room_of("Ruby"), room_of("Jade")], [room_of("Sapphire")], [room_of("Amber")]]
    assert house.commanded("POST", f"rooms/{room_of('Ruby')}/battles") == [{"sides": sides, "duration_s": None}]


async def test_a_duel_stays_one_tap(browser: Browser) -> None:
    house = House(HOSTS)
    async with visit(browser, house, "/studio", "Ruby") as page:
        await page.get_by_test_id(f"invite-{room_of('Jade')}").click()
        await house.until_commanded("POST", f"rooms/{room_of('Ruby')}/battles")
    wish = {"opponent_room": room_of("Jade"), "duration_s": None}
    assert house.commanded("POST", f"rooms/{room_of('Ruby')}/battles") == [wish]


async def test_an_invitation_says_who_would_stand_on_which_side(browser: Browser) -> None:
    asked = [member("Ruby", 2, accepted=False)]
    house = House(HOSTS, battle("invited", [member("Sapphire", 0), member("Bea", 1)], asked, [member("Jade", 3)]))
    async with visit(browser, house, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("lineup-red")).to_contain_text("Bea")
        await expect(page.get_by_test_id("lineup-blue")).to_contain_text("You")
        await expect(page.get_by_test_id("lineup-green")).to_contain_text("Jade")
        await expect(page.locator("#invitation-words")).to_be_focused()
        await page.get_by_test_id("chat-input").focus()
        await house.tell("battle.cancelled", {"battle": "battle-1"})
        await expect(page.get_by_test_id("invitation")).to_have_count(0)
        assert house.battle is not None
        await house.tell("battle.invited", house.battle)
        await expect(page.get_by_test_id("invitation")).to_be_visible()
        await expect(page.get_by_test_id("chat-input")).to_be_focused()
        await page.get_by_test_id("decline-invite").click()
        await house.until_commanded("POST", "battles/battle-1/decline")
    assert house.commanded("POST", "battles/battle-1/decline") == [None]


async def test_a_host_sees_the_others_and_a_muted_one_falls_silent_on_his_own_page(browser: Browser) -> None:
    sides = [[member("Sapphire", 1)], [member("Jade", 2)]]
    house = House(HOSTS, battle("fighting", [member("Ruby", 0)], *sides))
    async with visit(browser, house, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("opponent")).to_have_count(2)
        jade = page.locator('video[data-user="user-of-Jade"]')
        assert not await jade.evaluate("video => video.muted")
        await page.get_by_test_id("mute-user-of-Jade").click()
        ruby = member("Ruby", 0, muted=["user-of-Jade"])
        await house.tell("battle.changed", battle("fighting", [ruby], *sides, version=2))
        await expect(page.get_by_test_id("mute-user-of-Jade")).to_have_attribute("aria-pressed", "true")
        assert await jade.evaluate("video => video.muted")
        assert not await page.locator('video[data-user="user-of-Sapphire"]').evaluate("video => video.muted")
        await page.get_by_test_id("mute-user-of-Jade").click()
        await fits(page, 390)
        await house.until_commanded("POST", "battles/battle-1/unmute")
    assert house.commanded("POST", "battles/battle-1/mute") == [{"user": "user-of-Jade"}]
    assert house.commanded("POST", "battles/battle-1/unmute") == [{"user": "user-of-Jade"}]


async def test_a_host_says_ready_gives_up_only_when_asked_twice_and_wishes_for_a_rematch(browser: Browser) -> None:
    sides = [[member("Ruby", 0)], [member("Sapphire", 1)]]
    house = House(HOSTS, battle("preparing", *sides))
    async with visit(browser, house, "/studio", "Ruby") as page:
        await page.get_by_test_id("ready").click()
        await expect(page.get_by_test_id("surrender")).to_have_count(0)
        await house.tell("battle.started", battle("fighting", *sides, version=2))
        await page.get_by_test_id("surrender").click()
        assert house.commanded("POST", "battles/battle-1/surrender") == []
        await page.get_by_test_id("surrender-confirm").click()
        lost = verdict("blue", reason="surrender")
        wished = [[member("Ruby", 0)], [member("Sapphire", 1, rematch=True)]]
        await house.tell("battle.settled", battle("victory", *wished, result=lost, version=3))
        await expect(page.get_by_test_id("rematch-wishes")).to_have_text("1/2")
        await expect(page.get_by_test_id("end-battle")).to_have_count(0)
        await page.get_by_test_id("rematch").click()
        await house.until_commanded("POST", "battles/battle-1/rematch")
    for verb in ("ready", "surrender", "rematch"):
        assert house.commanded("POST", f"battles/battle-1/{verb}") == [None], verb


@pytest.mark.parametrize("sides", [2, 3, 4])
async def test_the_part_of_a_side_lies_where_the_mixer_puts_its_people_and_their_guests(
    browser: Browser, sides: int
) -> None:
    house = House(HOSTS, battle("fighting", *([member(name, seat)] for seat, name in enumerate(HOSTS[:sides]))))
    async with visit(browser, house, f"/rooms/{room_of('Ruby')}") as page:
        await expect(page.locator(".half")).to_have_count(sides)
        parts = await page.locator(".half").evaluate_all(BOXES)
    for crowd in (1, 2):  # the first side has one person, or as many as there is room for
        people = [0] * (1 if crowd == 1 else 10 - sides) + list(range(1, sides))
        tiles = arrange(Layout.TEAM, people, 720, 640)
        for side, (left, top, right, bottom) in enumerate(parts):
            own = [tile for tile, on in zip(tiles, people, strict=True) if on == side]
            assert left * 720 == pytest.approx(min(tile.x for tile in own), abs=4)
            assert top * 640 == pytest.approx(min(tile.y for tile in own), abs=4)
            assert right * 720 == pytest.approx(max(tile.x + tile.width for tile in own), abs=4)
            assert bottom * 640 == pytest.approx(max(tile.y + tile.height for tile in own), abs=4)
