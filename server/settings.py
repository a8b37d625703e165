"""Every setting of the platform: the only place that reads the environment and ``.env``; see ``.env.example``."""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from accounts.mail import sender_of
from accounts.mail_smtp import relay_of
from gifts.money.settings import MoneySettings, package_of
from pk.rules import BattleRules
from server import reach

SQLITE = "sqlite+aiosqlite:///"


class Settings(BaseSettings):
    """Names are those of the environment, in lower case. The defaults run everything on one machine by itself."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Path(".run/data")  # database, Valkey's file, secrets, certificate: all that must survive a restart
    redis_url: str | None = None  # None: a private Valkey in data_dir
    database_url: str | None = None  # None: SQLite in data_dir; postgresql+asyncpg://user:password@host/name

    secret_key: SecretStr | None = None  # signs tokens; None: made once and kept in data_dir
    internal_token: SecretStr | None = (
        None  # lets our processes talk to each other; None: made once and kept in data_dir
    )
    admin_password: SecretStr | None = None  # of the first admin; None: made at first start and printed once

    host: str = "0.0.0.0"
    port: int = 8000
    https: bool = False  # self-signed; a phone may use camera and microphone only over HTTPS
    trusted_proxies: str = "127.0.0.1,::1"  # whose X-Forwarded-For is believed; limits count by address
    log_level: str = "warning"

    api_processes: int = Field(1, ge=1, le=64)
    control_processes: int = Field(1, ge=1, le=8)
    media_processes: int = Field(1, ge=0, le=64)  # 0: one for each core that we may use
    transcode_processes: int = Field(1, ge=1, le=64)
    transcode_cores: float = Field(0.0, ge=0)  # no new job beyond so many cores in use on this machine; 0: all it has

    internal_host: str = "127.0.0.1"  # where internal HTTP and media pipes listen
    internal_name: str | None = None  # how the other processes reach this one; None: internal_host
    media_native: bool = True  # the compiled fan-out where it was built; False: the path in Python
    media_spare: bool = True  # a process more, about 100 MB, that takes the place of a media worker that died
    media_udp_port: int = Field(8189, ge=0, le=65535)  # of the first media worker; the next ones follow. 0: any
    # Addresses under which browsers reach the media workers, comma-separated; (): all of this machine.
    public_ip: Annotated[tuple[str, ...], NoDecode] = ()
    media_drain_s: float = Field(5.0, ge=0, le=60)  # a media worker that is stopped gives people so long to move
    media_room_viewers: int = Field(300, ge=1)  # of one room on one media worker; beyond, another one relays it
    # What one publisher may send, all his encodings together: bits and packets a second. What is beyond is thrown away.
    media_ingest_bitrate_max: int = Field(8_000_000, ge=100_000)
    media_ingest_packets_max: int = Field(2_000, ge=100)
    media_public_port: int | None = Field(None, ge=1, le=65535)  # media_udp_port as seen from outside; None: the same
    public_url: str | None = None  # of this node's api as clients reach it, https://host; None: the platform has one
    # Where people open the pages, https://host, for links in letters; None: public_url, else this machine by itself.
    site_url: str | None = None
    # The relay that takes our letters, smtp+starttls://user:password@host:port; None: they are files in data_dir/mail.
    smtp_url: SecretStr | None = None
    mail_from: str = "Ringside <no-reply@localhost>"
    ice_servers: Annotated[tuple[str, ...], NoDecode] = ()  # URLs, stun: or turn: or turns:, comma-separated
    turn_secret: SecretStr | None = None  # static-auth-secret of the coturn in ice_servers
    turn_ttl_s: int = Field(6 * 3600, ge=60, le=7 * 86400)  # how long a TURN credential may be used

    # Media sessions that one address may open at once; it regains a tenth of them each second.
    sessions_per_address: int = Field(500, ge=1)
    # Sockets of room feeds that one address, and one user, may hold open on one api process.
    feed_sockets_per_address: int = Field(200, ge=1)
    feed_sockets_per_user: int = Field(20, ge=1)
    feed_native: bool = True  # rooms are told by the compiled send loop where it was built; False: the path in Python

    broadcast_grace_s: float = Field(60.0, ge=0)  # a broadcast waits so long for its host to come back
    battle_invitation_s: float = Field(15.0, gt=0)
    battle_countdown_s: float = Field(3.0, gt=0)
    battle_fight_s: float = Field(300.0, gt=0)
    battle_victory_s: float = Field(180.0, ge=0)
    battle_minimum_score: int = Field(1, ge=0)

    mixer_width: int = Field(720, ge=160, le=1920, multiple_of=4)
    mixer_height: int = Field(640, ge=160, le=1920, multiple_of=2)
    mixer_fps: int = Field(30, ge=5, le=60)

    starter_coins: int = Field(10_000, ge=0)  # a new user's demo coins, a transfer from the grants account
    gifts_per_minute: int = Field(600, ge=0)  # of one user; 0: any number
    coins_per_minute: int = Field(1_000_000, ge=0)  # of one user; 0: any number
    banner_coins: int = Field(5000, ge=0)  # a gift of so many coins is told to all live rooms; 0: none is

    ledger_verify_s: float = Field(60.0, ge=0)  # between two looks through the books; 0: only when somebody asks

    # What coins cost, NAME:COINS:PRICE:CURRENCY with the price in cents, comma-separated.
    topup_packages: Annotated[tuple[str, ...], NoDecode] = (
        "small:500:499:EUR",
        "medium:1200:999:EUR",
        "large:6500:4999:EUR",
    )
    test_payments: bool = False  # a payment provider whose payers pay by pressing a button; ``make run`` turns it on
    payment_secret: SecretStr | None = None  # signs its webhooks; None: made from secret_key
    withdrawal_minimum: int = Field(1_000, ge=1)  # diamonds
    grant_maximum: int = Field(1_000_000, ge=1)  # coins that ops may give at once
    grant_day_maximum: int = Field(5_000_000, ge=1)  # coins that one operator may ask for in 24 hours

    @model_validator(mode="before")
    @classmethod
    def _as_said(cls, values: dict[str, object]) -> dict[str, object]:
        said = {name: value for name, value in values.items() if value != ""}  # ``NAME=`` in .env means unset
        for name in ("public_ip", "ice_servers", "topup_packages"):
            several = said.get(name)
            if isinstance(several, str):
                said[name] = tuple(each.strip() for each in several.split(",") if each.strip())
        return said

    @field_validator("public_ip")
    @classmethod
    def _addresses(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        return reach.announced_addresses(said)

    @field_validator("topup_packages")
    @classmethod
    def _packages(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        if len({package_of(each).id for each in said}) != len(said):
            raise ValueError("each package needs a name of its own")
        return said

    @field_validator("public_url", "site_url")
    @classmethod
    def _base_url(cls, said: str | None) -> str | None:
        return None if said is None else reach.base_url(said)

    @field_validator("smtp_url")
    @classmethod
    def _relay(cls, said: SecretStr | None) -> SecretStr | None:
        if said is not None:
            relay_of(said.get_secret_value())
        return said

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, said: str) -> str:
        return sender_of(said)

    @model_validator(mode="after")
    def _reachable(self) -> "Settings":
        reach.check_ports(self.media_udp_port, self.media_public_port, self.media_workers)
        reach.check_ice_servers(self.ice_servers, self.turn_secret is not None)
        return self

    @model_validator(mode="after")
    def _one_writer_on_sqlite(self) -> "Settings":
        if self.database.startswith("sqlite") and self.api_processes > 1:
            raise ValueError(
                "API_PROCESSES > 1 needs PostgreSQL: on SQLite several writers stall each other for seconds. "
                "Set DATABASE_URL=postgresql+asyncpg://..."
            )
        return self

    @property
    def media_workers(self) -> int:
        return self.media_processes or len(os.sched_getaffinity(0))

    @property
    def database(self) -> str:
        return self.database_url or f"{SQLITE}{self.data_dir.absolute() / 'ringside.db'}"

    @property
    def site(self) -> str:
        """The address of the pages, without a slash at its end."""
        here = f"{'https' if self.https else 'http'}://localhost:{self.port}"
        return self.site_url or self.public_url or here

    @property
    def missing_for_one_part(self) -> tuple[str, ...]:
        """What a part of the platform cannot choose by itself, because the other parts must have the same."""
        shared = ("redis_url", "database_url", "internal_token")
        return tuple(name.upper() for name in shared if getattr(self, name) is None)

    @property
    def battle_rules(self) -> BattleRules:
        return BattleRules(
            invitation_ms=round(self.battle_invitation_s * 1000),
            countdown_ms=round(self.battle_countdown_s * 1000),
            fight_ms=round(self.battle_fight_s * 1000),
            victory_ms=round(self.battle_victory_s * 1000),
            draw_ms=round(self.battle_victory_s * 1000),
            minimum_score=self.battle_minimum_score,
        )

    @property
    def money(self) -> MoneySettings:
        return MoneySettings(
            packages=tuple(package_of(each) for each in self.topup_packages),
            least_withdrawal=self.withdrawal_minimum,
            most_grant=self.grant_maximum,
            most_grants_a_day=self.grant_day_maximum,
        )

    def resolved(self, redis_url: str) -> "Settings":
        """These settings with every default that is made at start filled in, ready for the child processes."""
        kept = kept_secrets(self.data_dir)
        return self.model_copy(
            update={
                "redis_url": redis_url,
                "database_url": self.database,
                "secret_key": self.secret_key or SecretStr(kept["secret_key"]),
                "internal_token": self.internal_token or SecretStr(kept["internal_token"]),
                "data_dir": self.data_dir.absolute(),
            }
        )

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process."""
        said: dict[str, str] = {}
        for name, value in self:
            if isinstance(value, SecretStr):
                said[name.upper()] = value.get_secret_value()
            elif isinstance(value, tuple):
                said[name.upper()] = ",".join(value)
            elif value is not None:
                said[name.upper()] = str(value)
        return {**os.environ, **said}


def kept_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this installation, made at the first call and kept in ``folder``/secrets.json (0600)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secrets.json"
    if not path.exists():
        made = {"secret_key": secrets.token_urlsafe(48), "internal_token": secrets.token_urlsafe(32)}
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(made))
        unfinished.replace(path)  # a kill in between leaves no half-written file
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
