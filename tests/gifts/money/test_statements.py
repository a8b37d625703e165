"""Statements: who gave what, what was taken back, and a balance that is right after every entry."""

from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from foundation.ids import RisingIds
from gifts.money.decisions import Verb
from gifts.money.earnings import DAY_MS, EarningsDay
from gifts.money.statements import Line, Span, floor_id
from tests.gifts.money.world import House


async def test_each_entry_has_its_gift_and_the_balance_after_it(house: House) -> None:
    gift = await house.gift(100, item="rose")
    await house.bought()
    house.clock.advance(1)
    await house.corrections.refund("root", gift.id, "by mistake", "k")
    statement = await house.statements.page("vera", Span("coin"), most=9)
    assert (statement.balance, statement.next_before) == (1500, None)
    assert [(line.kind, line.amount, line.balance) for line in statement.lines] == [
        ("correction", 100, 1500),
        ("top-up", 500, 1400),
        ("gift-coins", -100, 900),
        ("starter-grant", 1000, 1000),
    ]
    refund, _, given_, _ = statement.lines
    assert (refund.corrects, refund.corrects_kind, refund.reason) == (given_.id, "gift-coins", "by mistake")
    assert given_.corrected_by == refund.id
    assert refund.gift == given_.gift
    assert given_.gift is not None
    assert (given_.gift.name, given_.gift.count, given_.gift.room_title) == ("Rose", 1, f"The room {gift.room}")
    assert (given_.gift.sender_name, given_.gift.recipient_name) == ("Vera", "Anna")


async def test_a_host_sees_her_diamonds_and_nobody_elses_coins(house: House) -> None:
    await house.gift(100)
    await house.gift(30, recipient="bo")
    await house.asked(20)
    statement = await house.statements.page("anna", Span("diamond"), most=9)
    assert [(line.kind, line.amount, line.balance) for line in statement.lines] == [
        ("withdrawal", -20, 30),
        ("gift-diamonds", 50, 50),
    ]
    assert (await house.statements.page("anna", Span("coin"), most=9)).lines == ()


async def test_pages_follow_each_other_without_a_gap_and_with_the_right_balances(house: House) -> None:
    for number in range(7):
        await house.gift(10 + number)
    whole = (await house.statements.page("vera", Span("coin"), most=99)).lines
    read: list[Line] = []
    before = None
    while True:
        page = await house.statements.page("vera", Span("coin", before=before), most=3)
        read += page.lines
        before = page.next_before
        if before is None:
            break
    assert tuple(read) == whole and len(whole) == 8
    balance = 0
    for line in reversed(whole):
        balance += line.amount
        assert line.balance == balance


async def test_a_span_of_time_has_its_entries_and_the_balances_of_that_time(house: House) -> None:
    stamps = [(await house.gift(10)).accepted_at_ms for _ in range(5)]
    span = Span("coin", from_ms=stamps[1], to_ms=stamps[3])
    lines = (await house.statements.page("vera", span, most=9)).lines
    assert [(line.at_ms, line.balance) for line in lines] == [(stamps[2], 970), (stamps[1], 980)]


async def test_what_comes_in_between_does_not_disturb_the_pages_of_a_reader(home: House) -> None:
    for _ in range(5):
        await home.gift(10)
    seen: list[Line] = []
    async for page in home.statements.pages("vera", Span("coin"), most=2):
        seen += page.lines
        await home.gift(1)
    assert [line.balance for line in seen] == [950, 960, 970, 980, 990, 1000]


async def test_a_wallet_without_entries_is_an_empty_statement(home: House) -> None:
    statement = await home.statements.page("stranger", Span("coin"), most=9)
    assert (statement.balance, statement.lines, statement.next_before) == (0, (), None)


@given(st.integers(0, 2**48 - 2))
def test_the_least_id_of_a_time_is_above_those_before_it_and_below_its_own(at_ms: int) -> None:
    ids = RisingIds()
    assert ids.make(at_ms) >= floor_id(at_ms) == str(ULID.from_bytes(at_ms.to_bytes(6, "big") + bytes(10))).lower()
    assert floor_id(at_ms + 1) > RisingIds().make(at_ms)


async def test_earnings_are_summed_by_day_with_what_was_taken_back_and_paid_out(house: House) -> None:
    today = house.clock.now_ms() // DAY_MS
    house.clock.advance((today + 1) * DAY_MS - house.clock.now_ms() - 50)
    gift = await house.gift(100)
    await house.gift(60)
    house.clock.advance(DAY_MS)
    await house.gift(40)
    await house.corrections.refund("root", gift.id, "by mistake", "k")
    asked = await house.asked(20)
    back = await house.asked(15)
    await house.withdrawals.decide("root", back.id, Verb.REJECT, "no")
    await house.withdrawals.decide("root", asked.id, Verb.APPROVE, "")
    days = await house.earnings.by_day("anna", 3)
    assert days[:2] == [
        EarningsDay(days[0].day, gifts=1, earned=20, taken_back=50, withdrawn=20),
        EarningsDay(days[1].day, gifts=2, earned=80, taken_back=0, withdrawn=0),
    ]
    assert days[2] == EarningsDay(days[2].day, 0, 0, 0, 0)
    assert [day.day for day in days] == ["2023-11-15", "2023-11-14", "2023-11-13"]
    assert len(await house.earnings.by_day("anna", 1)) == 1
