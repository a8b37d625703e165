"""Tokens: what we signed and nothing else, while it lasts."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.principal import Principal, Role, TokenExpired, TokenInvalid, TokenRevoked
from accounts.standing import Standing, Standings
from accounts.tokens import SignedTokens
from foundation.ids import new_id
from tests.accounts.house import SECRET
from tests.clocks import ToldClock

LIFE_S = 3600
MINA = Principal(new_id(), "小明 Mina", frozenset((Role.VIEWER, Role.HOST)))


def tokens(clock: ToldClock, secret: str = SECRET, standings: Standings | None = None) -> SignedTokens:
    return SignedTokens(secret, clock, standings or Standings(LIFE_S * 1000), life_s=LIFE_S)


def issued(clock: ToldClock, standing: int = 0) -> str:
    token, _ = tokens(clock).issue(MINA, standing, clock.now_ms() // 1000)
    return token


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def forged(said: dict[str, Any], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(said, key, algorithm)


def test_a_token_gives_back_the_principal_it_was_signed_for(clock: ToldClock) -> None:
    assert tokens(clock).principal(issued(clock)) == MINA


def test_a_token_is_honoured_up_to_its_last_millisecond(clock: ToldClock) -> None:
    _, expires_at_ms = tokens(clock).issue(MINA, 0, 0)
    token = issued(clock)
    clock.advance(expires_at_ms - clock.now_ms() - 1)
    assert tokens(clock).principal(token) == MINA
    clock.advance(1)
    with pytest.raises(TokenExpired):
        tokens(clock).principal(token)


def test_every_token_has_a_number_of_its_own_and_the_claims_of_the_house(clock: ToldClock) -> None:
    one, other = claims(issued(clock)), claims(issued(clock))
    assert one.pop("jti") != other.pop("jti")
    assert (one["iss"], one["aud"], one["exp"] - one["iat"]) == ("ringside", "ringside:api", LIFE_S)


def test_a_token_of_another_secret_is_invalid(clock: ToldClock) -> None:
    with pytest.raises(TokenInvalid):
        tokens(clock, "another secret of thirty-two characters").principal(issued(clock))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "elsewhere"),
        ("aud", "ringside:media"),
        ("aud", ["ringside:api", "elsewhere"]),
        ("sub", "../../admin"),
        ("sub", 7),
        ("exp", "soon"),
        ("exp", None),
        ("ver", "x"),
        ("roles", None),
        ("auth_time", {}),
    ],
)
def test_a_token_with_a_claim_that_we_do_not_make_is_invalid(clock: ToldClock, claim: str, value: object) -> None:
    with pytest.raises(TokenInvalid):
        tokens(clock).principal(forged({**claims(issued(clock)), claim: value}))


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti", "name", "roles", "ver", "auth_time"])
def test_a_token_without_one_of_the_claims_is_invalid(clock: ToldClock, missing: str) -> None:
    said = claims(issued(clock))
    del said[missing]
    with pytest.raises(TokenInvalid):
        tokens(clock).principal(forged(said))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_secret_is_invalid(clock: ToldClock, algorithm: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens(clock).principal(forged(claims(issued(clock)), SECRET * 2, algorithm))
    with pytest.raises(TokenInvalid):
        tokens(clock, SECRET * 2).principal(forged(claims(issued(clock)), SECRET * 2, algorithm))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_a_token_without_signature_is_invalid(clock: ToldClock, algorithm: str) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).rstrip(b"=").decode()
    _, body, signature = issued(clock).split(".")
    for end in ("", signature):
        with pytest.raises(TokenInvalid):
            tokens(clock).principal(f"{header}.{body}.{end}")


def test_a_change_of_one_character_of_the_body_makes_the_token_invalid(clock: ToldClock) -> None:
    header, body, signature = issued(clock).split(".")
    for place in range(0, len(body), 7):
        other = "A" if body[place] != "A" else "B"
        with pytest.raises(TokenInvalid):
            tokens(clock).principal(f"{header}.{body[:place]}{other}{body[place + 1 :]}.{signature}")


@given(st.text(max_size=300))
def test_no_text_is_a_fault_of_ours(text: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens(ToldClock()).principal(text)


def test_an_overlong_token_is_invalid_unread(clock: ToldClock) -> None:
    huge = forged({**claims(issued(clock)), "name": "x" * 4000})
    with pytest.raises(TokenInvalid):
        tokens(clock).principal(huge)


def test_roles_that_this_version_does_not_know_are_left_out(clock: ToldClock) -> None:
    token = forged({**claims(issued(clock)), "roles": ["viewer", "finance"]})
    assert tokens(clock).principal(token).roles == {Role.VIEWER}


def test_a_change_of_roles_is_in_force_for_tokens_signed_before(clock: ToldClock) -> None:
    standings = Standings(LIFE_S * 1000)
    standings.learn(Standing(MINA.user_id, frozenset((Role.VIEWER,)), 3, 0, clock.now_ms()))
    assert tokens(clock, standings=standings).principal(issued(clock, standing=2)).roles == {Role.VIEWER}
    assert tokens(clock, standings=standings).principal(issued(clock, standing=3)).roles == MINA.roles


def test_a_token_signed_before_a_revocation_is_revoked_and_one_signed_after_is_not(clock: ToldClock) -> None:
    standings = Standings(LIFE_S * 1000)
    standings.learn(Standing(MINA.user_id, MINA.roles, 3, 3, clock.now_ms()))
    with pytest.raises(TokenRevoked):
        tokens(clock, standings=standings).principal(issued(clock, standing=2))
    assert tokens(clock, standings=standings).principal(issued(clock, standing=3)) == MINA


def test_a_short_secret_is_refused(clock: ToldClock) -> None:
    with pytest.raises(ValueError, match="32"):
        tokens(clock, "short")
