"""The self-check: from facts to sentences by pure rules, and facts from this very machine."""

import ast
import asyncio
import dataclasses
import ipaddress
import os
import re
import socket
import sys
from pathlib import Path

import pytest
import typer

from server.__main__ import check, check_network, run_media
from server.machine import only_one
from server.self_check import reflection
from server.self_check.collect import collect, runs
from server.self_check.facts import Address, Facts
from server.self_check.finding import Level
from server.self_check.judge import judge
from server.settings import Settings

LAN = ipaddress.ip_address("192.168.1.10")
WORLD = ipaddress.ip_address("8.8.4.4")
WORLD6 = ipaddress.ip_address("2600::1")
HERE = ipaddress.ip_address("127.0.0.1")
DOCKER = ipaddress.ip_address("172.18.0.3")
GOOD = Facts(addresses=(WORLD, HERE), returned={WORLD: True})


def found(**changes: object) -> dict[str, str]:
    """Code and text of what is said of a good machine with `changes`."""
    return {each.code: each.text for each in judge(dataclasses.replace(GOOD, **changes))}  # type: ignore[arg-type]


def test_of_a_good_machine_nothing_is_said() -> None:
    assert judge(GOOD) == []


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("udp-port-taken", {"taken": (8189, 8190)}, ("8189, 8190", "MEDIA_UDP_PORT", "ss -lunp")),
        ("udp-port-handed-out", {"udp_port": 32_767, "media_processes": 2}, ("MEDIA_UDP_PORT=32767", "lower port")),
        ("udp-port-changes", {"udp_port": 0, "container": True}, ("MEDIA_UDP_PORT=0", "publish")),
        ("turn-secret-unused", {"turn_secret": True, "ice_servers": ("stun:x",)}, ("ICE_SERVERS", "turn:")),
        ("no-https", {"https": False}, ("HTTPS=true", "proxy")),
        ("clock-apart", {"clock_offset_ms": -3_100}, ("3 s behind", "NTP")),
        ("public-ip-loopback", {"public_ip": (HERE,)}, ("PUBLIC_IP=127.0.0.1", "they reach")),
        ("public-ip-private", {"public_ip": (LAN, HERE)}, ("192.168.1.10", "same network")),
        ("ipv6-missing", {"public_ip": (WORLD6,), "ipv6": False}, ("2600::1", "take the address out")),
        ("no-ipv6", {"ipv6": False}, ("no IPv6",)),
        ("firewall-here", {"returned": {WORLD: False}, "media_processes": 2}, ("8.8.4.4", "ports 8189 to 8190")),
        (
            "public-ip-elsewhere",
            {"public_ip": (WORLD,), "addresses": (LAN, HERE), "returned": {WORLD: False}, "public_port": 9000},
            ("8.8.4.4", "NAT", "UDP port 9000", "add 192.168.1.10 to PUBLIC_IP"),
        ),
        ("mapped-port-without-address", {"public_port": 9000}, ("MEDIA_PUBLIC_PORT=9000", "Set PUBLIC_IP")),
        ("only-loopback", {"addresses": (HERE,)}, ("loopback", "PUBLIC_IP")),
        ("container-address", {"addresses": (DOCKER, HERE), "container": True}, ("172.18.0.3", "Set PUBLIC_IP")),
        ("no-public-address", {"addresses": (LAN, HERE)}, ("private", "forward UDP port 8189")),
        (
            "many-addresses",
            {"addresses": tuple(ipaddress.ip_address(f"8.8.4.{n}") for n in range(9))},
            ("all 9 addresses", "PUBLIC_IP"),
        ),
        ("more-workers-than-cores", {"media_processes": 3, "cores": 2}, ("MEDIA_PROCESSES=3", "2 cores")),
        ("few-open-files", {"open_files": 1024}, ("1024", "ulimit -n")),
        ("small-buffers", {"buffer": 212_992}, ("208 KiB", "sysctl -w net.core.rmem_max=4194304")),
        ("no-segmentation", {"segments": False}, ("Linux 4.18",)),
        ("no-priority", {"may_go_first": False}, ("CAP_SYS_NICE",)),
    ],
)
def test_a_fault_is_said_with_what_to_do(code: str, changes: dict[str, object], words: tuple[str, ...]) -> None:
    said = found(**changes)
    assert list(said) == [code], "one fault, one finding"
    assert all(word in said[code] for word in words), said[code]


@pytest.mark.parametrize(
    "changes",
    [
        {"public_ip": (WORLD, LAN), "addresses": (LAN, HERE), "returned": {WORLD: True, LAN: True}},
        {"public_ip": (WORLD,), "addresses": (DOCKER, HERE), "container": True, "returned": {WORLD: True}},
        {"public_ip": (WORLD,), "addresses": (LAN, HERE), "returned": {}},
        {"https": False, "public_url": "https://eu1.example.net"},
        {"https": False, "host": "127.0.0.1"},
        {"public_port": 8189},
        {"udp_port": 0},
        {"turn_secret": True, "ice_servers": ("stun:x", "turns:x")},
        {"clock_offset_ms": 1_900},
    ],
)
def test_what_can_be_right_is_not_complained_about(changes: dict[str, object]) -> None:
    assert found(**changes) == {}


def test_what_stops_the_start_comes_first() -> None:
    levels = [
        each.level
        for each in judge(dataclasses.replace(GOOD, segments=False, taken=(8189,), clock_offset_ms=9_000, ipv6=False))
    ]
    assert levels == [Level.ERROR, Level.WARNING, Level.NOTE, Level.NOTE]


def test_a_private_address_of_docker_is_not_proposed_to_people_in_the_network() -> None:
    said = found(public_ip=(WORLD,), addresses=(DOCKER, HERE), returned={WORLD: False})
    assert "172.18.0.3" not in said["public-ip-elsewhere"]


def codes() -> set[str]:
    """The first argument of every error, warning and note."""
    said = set()
    for path in Path("server/self_check").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("error", "warning", "note"):
                assert isinstance(node.args[0], ast.Constant)
                said.add(str(node.args[0].value))
    return said


def test_every_finding_is_explained_in_the_networking_page_and_no_other() -> None:
    explained = re.findall(
        r"^\| `([a-z0-9-]+)` \| (?:error|warning|note) \|", Path("docs/networking.md").read_text(), re.M
    )
    assert len(codes()) > 15 and sorted(explained) == sorted(codes())


# --- facts from this machine


@pytest.fixture
def other() -> socket.socket:
    """Another program with a UDP port."""
    return reflection.open_udp(0)


def settings(folder: Path, **values: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[arg-type]


def free_port() -> int:
    with reflection.open_udp(0) as probe:
        return int(probe.getsockname()[1])


def test_a_port_that_another_program_has_is_seen(tmp_path: Path, other: socket.socket) -> None:
    with other:
        port = other.getsockname()[1]
        assert collect(settings(tmp_path, media_udp_port=port, public_ip="127.0.0.1")).taken == (port,)


def test_our_own_running_installation_is_no_other_program(tmp_path: Path, other: socket.socket) -> None:
    with other, only_one(tmp_path):
        assert runs(tmp_path)
        assert collect(settings(tmp_path, media_udp_port=other.getsockname()[1], public_ip="127.0.0.1")).taken == ()
    assert not runs(tmp_path)


def test_what_is_sent_to_an_announced_address_comes_back_on_both_families(tmp_path: Path) -> None:
    addresses: list[Address] = [HERE]
    if socket.has_ipv6:
        addresses.append(ipaddress.ip_address("::1"))
    facts = collect(
        settings(tmp_path, media_udp_port=free_port(), public_ip=",".join(str(address) for address in addresses))
    )
    assert facts.returned == dict.fromkeys(addresses, True)


def test_what_does_not_come_back_is_seen(tmp_path: Path, other: socket.socket) -> None:
    with other:  # the mapping leads elsewhere: what we send is not heard on our own port
        facts = collect(
            settings(
                tmp_path,
                media_udp_port=free_port(),
                media_public_port=other.getsockname()[1],
                public_ip="127.0.0.1",
            )
        )
    assert facts.returned == {HERE: False}


def test_the_limits_of_this_machine_are_read(tmp_path: Path) -> None:
    facts = collect(settings(tmp_path, media_udp_port=0))
    assert facts.cores >= 1 and facts.open_files > 0 and 0 < facts.buffer <= facts.buffer_wanted
    assert facts.handed_out[0] < facts.handed_out[1]
    assert facts.taken == () and facts.returned == {} and facts.clock_offset_ms is None


def test_the_clock_is_held_against_redis(tmp_path: Path, valkey_url: str) -> None:
    facts = collect(settings(tmp_path, media_udp_port=0, redis_url=valkey_url))
    assert facts.clock_offset_ms is not None and abs(facts.clock_offset_ms) < 1_000


def test_a_redis_that_is_away_is_not_waited_for(tmp_path: Path) -> None:
    assert collect(settings(tmp_path, media_udp_port=0, redis_url=f"unix://{tmp_path}/none")).clock_offset_ms is None


# --- as the operator sees it


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {"DATA_DIR": str(tmp_path), "PUBLIC_IP": "127.0.0.1", "MEDIA_UDP_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


async def test_a_taken_port_stops_the_start_with_a_sentence(tmp_path: Path, other: socket.socket) -> None:
    with other:
        port = other.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", "run"),
            env={**os.environ, "DATA_DIR": str(tmp_path), "PUBLIC_IP": "127.0.0.1", "MEDIA_UDP_PORT": str(port)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
            said, _ = await process.communicate()
    assert process.returncode == 2
    assert f"error udp-port-taken: Another program has UDP port {port}" in said.decode()
    assert "Traceback" not in said.decode() and not (tmp_path / "ringside.db").exists()


def test_a_worker_that_is_started_alone_checks_for_itself(
    environment: pytest.MonkeyPatch, other: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    with other:
        environment.setenv("MEDIA_UDP_PORT", str(other.getsockname()[1]))
        with pytest.raises(typer.Exit) as ended:
            run_media()
    assert ended.value.exit_code == 2 and "error udp-port-taken" in capsys.readouterr().out


def test_the_doctor_says_also_what_does_not_matter_at_start(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check_network(Settings())
    at_start = capsys.readouterr().out
    assert "warning public-ip-loopback: PUBLIC_IP=127.0.0.1 is" in at_start and "note" not in at_start
    with pytest.raises(typer.Exit) as ended:
        check()
    said = capsys.readouterr().out
    assert ended.value.exit_code == 0
    assert "warning public-ip-loopback" in said and "note no-https" in said and "docs/networking.md" in said
