from dataclasses import replace

from gifts.catalogue import ITEMS, Catalogue


def test_there_are_at_least_six_gifts_with_names_in_both_languages() -> None:
    assert len(ITEMS) >= 6
    for item in ITEMS:
        assert {language for language, _ in item.names} == {"en", "zh"}
        assert all(name for _, name in item.names)
        assert item.emoji and item.animation


def test_a_dearer_gift_is_not_quieter() -> None:
    levels = [item.level for item in sorted(ITEMS, key=lambda item: item.price)]
    assert levels == sorted(levels)
    assert all(1 <= level <= 5 for level in levels)


def test_every_id_is_there_once_and_can_be_found() -> None:
    catalogue = Catalogue()
    assert [item.id for item in catalogue] == [item.id for item in ITEMS]
    assert all(catalogue.find(item.id) is item for item in ITEMS)
    assert catalogue.find("no-such-gift") is None


def test_a_host_who_gets_half_is_never_rounded_down() -> None:
    assert all(item.price % 2 == 0 and item.price > 0 for item in ITEMS)


def test_a_gift_can_be_sent_from_its_first_moment_on_and_before_its_last() -> None:
    item = replace(ITEMS[0], valid_from_ms=1000, valid_until_ms=2000)
    assert [item.available_at(at_ms) for at_ms in (999, 1000, 1999, 2000)] == [False, True, True, False]
    assert not replace(ITEMS[0], enabled=False).available_at(1000)
    assert Catalogue([item]).available(999) == []


def test_gifts_stand_in_their_order() -> None:
    last, first, second = replace(ITEMS[0], order=7), replace(ITEMS[1], order=-1), replace(ITEMS[2], order=-1)
    assert list(Catalogue([last, first, second])) == [*sorted([first, second], key=lambda item: item.id), last]
