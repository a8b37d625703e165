"""Settings: defaults that work alone, contradictions refused, secrets made once."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gifts.money.settings import MoneySettings
from server.__main__ import TRYING_OUT, unless_set
from server.settings import Settings, kept_secrets


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def made(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_several_api_processes_on_sqlite_are_refused_and_postgresql_is_named() -> None:
    with pytest.raises(ValidationError, match="PostgreSQL"):
        made(api_processes=2)


def test_several_api_processes_on_postgresql_are_welcome() -> None:
    assert made(api_processes=2, database_url="postgresql+asyncpg://host/name").api_processes == 2


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("BATTLE_FIGHT_S", "")
    assert made() == Settings(_env_file=None)
    assert made().redis_url is None


def test_addresses_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_IP", "192.0.2.1, 2001:DB8:0::1")
    monkeypatch.setenv("ICE_SERVERS", "stun:one.example:3478,stun:two.example")
    assert made().public_ip == ("192.0.2.1", "2001:db8::1")
    assert made().ice_servers == ("stun:one.example:3478", "stun:two.example")


def test_secrets_are_made_once_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    first = kept_secrets(tmp_path)
    assert kept_secrets(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(set(first.values())) == 2


def test_a_secret_that_is_given_is_taken(tmp_path: Path) -> None:
    resolved = made(data_dir=tmp_path, secret_key=SecretStr("k" * 40)).resolved("unix:///somewhere")
    assert resolved.secret_key is not None and resolved.secret_key.get_secret_value() == "k" * 40
    assert resolved.internal_token is not None


def test_children_are_given_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = made(data_dir=tmp_path, public_ip="192.0.2.1,192.0.2.2", https=True).resolved("unix:///x")
    for name, value in resolved.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None) == resolved


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    resolved = made(data_dir=tmp_path).resolved("unix:///x")
    assert resolved.secret_key is not None
    assert resolved.secret_key.get_secret_value() not in repr(resolved)


def test_battle_durations_reach_the_rules() -> None:
    rules = made(battle_fight_s=7.5, battle_victory_s=2).battle_rules
    assert (rules.fight_ms, rules.victory_ms, rules.draw_ms) == (7_500, 2_000, 2_000)


def test_packages_of_coins_reach_the_rules_and_wrong_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPUP_PACKAGES", "few:10:99:USD, many:1000:8999:USD")
    packages = made(withdrawal_minimum=5).money.packages
    assert [(each.id, each.coins, each.price, each.currency) for each in packages] == [
        ("few", 10, 99, "USD"),
        ("many", 1000, 8999, "USD"),
    ]
    assert made().money == MoneySettings(packages=packages)
    for wrong in ("few:10:99", "few:0:99:USD", "few:10:0:USD", "few:10:9.99:USD", "few:10:99:usd"):
        with pytest.raises(ValidationError, match="NAME:COINS:PRICE:CURRENCY"):
            made(topup_packages=wrong)
    with pytest.raises(ValidationError, match="name of its own"):
        made(topup_packages="few:10:99:USD,few:20:99:USD")


def test_test_payments_are_off_unless_asked_for_and_on_where_one_tries_things_out() -> None:
    assert not made().test_payments
    assert unless_set(made(), TRYING_OUT) == {"test_payments": True}
    assert unless_set(made(test_payments=False), TRYING_OUT) == {}


def test_links_in_letters_lead_where_the_operator_says() -> None:
    assert made().site == "http://localhost:8000"
    assert made(https=True, port=9000).site == "https://localhost:9000"
    assert made(public_url="https://node.example").site == "https://node.example"
    assert made(public_url="https://node.example", site_url="https://live.example/").site == "https://live.example"


@pytest.mark.parametrize(
    "values", [{"smtp_url": "mail.example"}, {"smtp_url": "smtp://ring:side@mail.example"}, {"mail_from": "Ringside"}]
)
def test_a_relay_or_a_sender_that_cannot_be_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"SMTP_URL|is to be like"):
        made(**values)


def test_the_password_of_the_relay_does_not_show() -> None:
    assert "side" not in repr(made(smtp_url="smtps://ring:side@mail.example")).replace("Ringside", "")
