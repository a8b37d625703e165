"""What a viewer may say under the rules of a room; and what a message is made of."""

from dataclasses import replace

import pytest

from foundation.errors import Malformed, Refusal
from foundation.ids import new_id
from streaming.chat.errors import FollowersOnly, LinksNotAllowed, MutedHere
from streaming.chat.message import MENTIONS, QUOTED, Said, mentions
from streaming.chat.rules import ChatRules, check
from tests.streaming.chat.lines import said
from tests.streaming.scene import NOW


@pytest.mark.parametrize(
    ("rules", "text", "muted_until_ms", "follows", "refusal"),
    [
        (ChatRules(), "see example.com", 0, False, None),
        (ChatRules(links=False), "see example.com", 0, True, LinksNotAllowed),
        (ChatRules(links=False), "hello", 0, True, None),
        (ChatRules(followers_only=True), "hello", 0, False, FollowersOnly),
        (ChatRules(followers_only=True), "hello", 0, True, None),
        (ChatRules(), "hello", NOW + 1, True, MutedHere),
        (ChatRules(), "hello", NOW, True, None),
        (ChatRules(followers_only=True, links=False), "example.com", NOW + 1, False, MutedHere),
    ],
)
def test_rules(rules: ChatRules, text: str, muted_until_ms: int, follows: bool, refusal: type[Refusal] | None) -> None:
    if refusal is None:
        check(rules, text, NOW, muted_until_ms=muted_until_ms, follows=follows)
    else:
        with pytest.raises(refusal):
            check(rules, text, NOW, muted_until_ms=muted_until_ms, follows=follows)


def test_a_message_concerns_its_author_whom_he_names_and_whom_he_answers() -> None:
    first = said(user="ann")
    answer = replace(said(user="bob", reply=first.quote()), mentions=("cid", "ann"))
    assert answer.dear == ("bob", "cid", "ann")
    assert first.dear == ("ann",)


def test_a_quote_is_short() -> None:
    assert said("x" * 300).quote().text == "x" * QUOTED


def test_a_message_is_its_body() -> None:
    line = replace(said("hi", reply=said("ho").quote()), mentions=(new_id(),), rank="moderator")
    assert Said.of(line.body()) == line


def test_users_are_named_once_each() -> None:
    one, two = new_id(), new_id()
    assert mentions(None) == ()
    assert mentions([one, two, one]) == (one, two)


@pytest.mark.parametrize("given", ["bob", {}, [1], ["bob"], [None], [[]], [new_id() for _ in range(MENTIONS + 1)]])
def test_other_mentions_are_refused(given: object) -> None:
    with pytest.raises(Malformed):
        mentions(given)
