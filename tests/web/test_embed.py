"""What others build on us, in Chromium: the example page of docs/embed.md."""

from playwright.async_api import expect

from tests.web.house import NOW_MS, House, battle, chromium, member, room_of, visit


async def test_the_example_watches_a_room_and_shows_its_chat_and_the_score_of_its_battle() -> None:
    house = House(["Ruby"], battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)], scores=[40, 30]))
    async with chromium() as browser, visit(browser, house, f"/static/embed.html#{room_of('Ruby')}") as page:
        await expect(page.locator("#title")).to_have_text("Ruby sings (Ruby)")
        await expect(page.locator("#score")).to_have_text("Ruby 40 : Sapphire 30")
        await expect(page.locator("#chat li")).to_have_text(["Kai: Go!"])
        await house.tell("viewers.counted", {"count": 121})
        await expect(page.locator("#viewers")).to_have_text("121 watch")
        await expect(page.locator("#state")).to_have_text("waiting")
        assert house.commanded("POST", room_of("Ruby")), "the picture was asked for"


async def test_a_page_that_has_lost_the_feed_is_told_what_it_has_missed_and_keeps_what_it_knew() -> None:
    house = House(["Ruby"], battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)], scores=[40, 30]))
    async with chromium() as browser, visit(browser, house, f"/static/embed.html#{room_of('Ruby')}") as page:
        lines = page.locator("#chat li")
        await expect(lines).to_have_text(["Kai: Go!"])
        await house.tell("chat.said", {"id": "c2", "user": "u", "name": "Kai", "text": "again", "at_ms": NOW_MS + 1})
        await expect(lines).to_have_text(["Kai: Go!", "Kai: again"])
        await house.lose_feeds()
        people = {"from": {"user": "m", "name": "Mina"}, "to": {"user": "r", "name": "Ruby"}, "guest": None}
        gift = {"id": "g1", "gift": "rose", "name": "Rose", "emoji": "🌹", "count": 3, "coins": 30, "side": "red"}
        await house.tell("gift.sent", {**gift, **people, "at_ms": NOW_MS + 2})
        await expect(lines).to_have_text(["Kai: Go!", "Kai: again", "Mina: 🌹 ×3"])
        assert house.snapshots == 1


async def test_a_server_that_speaks_another_protocol_is_not_understood() -> None:
    house = House(["Ruby"])
    house.answers["GET", "capabilities"] = {"protocol": {"oldest": 99, "newest": 100}, "sources": [], "publish": []}
    async with chromium() as browser, visit(browser, house, "/") as page:
        code = await page.evaluate(
            "import('/static/client/index.js').then(client => client.connect()).catch(error => error.code)"
        )
        assert code == "protocol-version"
