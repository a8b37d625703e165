"""The Docker files say what is true: the processes, settings and paths that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from server.__main__ import cli
from server.settings import Settings

COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
OURS = ("api", "control", "media", "transcode")
# Names in .env.example that the compose file reads itself.
FOR_COMPOSE = {"POSTGRES_PASSWORD", "HTTP_PORT"}


def settings_names() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def example_names() -> set[str]:
    return set(re.findall(r"^([A-Z0-9_]+)=", Path(".env.example").read_text(), re.MULTILINE))


def test_every_process_and_every_peer_has_a_service() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "migrate", "redis", "postgres", "nginx"}


@pytest.mark.parametrize("service", [*OURS, "migrate"])
def test_a_service_runs_a_command_that_exists(service: str) -> None:
    commands = get_command(cli).commands  # type: ignore[attr-defined]
    command, *arguments = COMPOSE["services"][service]["command"]
    assert command in commands
    options = {option for parameter in commands[command].params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options


@pytest.mark.parametrize("service", [*OURS, "migrate"])
def test_a_service_sets_only_settings_that_exist(service: str) -> None:
    assert set(COMPOSE["services"][service]["environment"]) <= settings_names()


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert example_names() == settings_names() | FOR_COMPOSE


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", Path("docker-compose.yml").read_text()))
    assert used <= example_names()


def test_the_defaults_in_the_example_are_the_defaults_in_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings_names():
        monkeypatch.delenv(name, raising=False)
    assert Settings(_env_file=".env.example") == Settings(_env_file=None)


def test_the_media_port_that_is_published_is_the_one_that_is_listened_on() -> None:
    media = COMPOSE["services"]["media"]
    settings = media["environment"]
    # What browsers are told is what Docker maps to the port that is listened on.
    assert media["ports"] == [f"{settings['MEDIA_PUBLIC_PORT']}:{settings['MEDIA_UDP_PORT']}/udp"]


def test_nothing_starts_before_the_schema_is_there() -> None:
    for service in OURS:
        assert COMPOSE["services"][service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_mounted_file_exists() -> None:
    for volume in COMPOSE["services"]["nginx"]["volumes"]:
        assert Path(volume.split(":")[0]).exists(), volume


def test_nginx_passes_to_a_service_and_port_that_exist() -> None:
    upstream = re.search(r"server (\w+):(\d+);", Path("deploy/nginx/ringside.conf").read_text())
    assert upstream is not None
    assert upstream[2] in COMPOSE["services"][upstream[1]]["command"]


def test_nginx_logs_no_query_in_which_there_may_be_a_token() -> None:
    text = re.sub(r"#.*", "", Path("deploy/nginx/ringside.conf").read_text())
    formats = dict(re.findall(r"log_format (\w+)([^;]+);", text))
    logs = re.findall(r"access_log ([^;]+);", text)
    assert logs and {log.split()[1] for log in logs} <= set(formats), "the usual format has $request"
    told = {name for shape in formats.values() for name in re.findall(r"\$(\w+)", shape)}
    assert "uri" in told
    assert told.isdisjoint(("request", "request_uri", "args", "query_string", "http_referer"))
    assert not [name for name in told if name.startswith("arg_")]
    assert re.findall(r"error_log \S+ (\w+);", text) == ["crit"], "an error of the api has the request in it"


def test_the_image_installs_the_pinned_list_and_runs_our_entry_point() -> None:
    text = Path("Dockerfile").read_text()
    assert "requirements/run.txt" in text and 'ENTRYPOINT ["python", "-m", "server"]' in text
    assert re.search(r"^USER ringside$", text, re.MULTILINE), "not as root"
