"""PURE. From facts to findings: the most serious first, each with what to do."""

from collections.abc import Iterator

from server.self_check.addresses import judge_addresses
from server.self_check.facts import Facts
from server.self_check.finding import Finding, Level, error, note, warning
from server.self_check.machine import judge_machine
from streaming.ice_servers import is_turn

CLOCK_APART_MS = 2_000
_ORDER = list(Level)


def judge(facts: Facts) -> list[Finding]:
    found = [*_ports(facts), *judge_addresses(facts), *_servers(facts), *judge_machine(facts)]
    return sorted(found, key=lambda finding: _ORDER.index(finding.level))


def _ports(facts: Facts) -> Iterator[Finding]:
    if facts.taken:
        taken = ", ".join(str(port) for port in facts.taken)
        yield error(
            "udp-port-taken",
            f"Another program has UDP port {taken}, which a media worker needs. "
            "Stop it (ss -lunp shows which it is), or set MEDIA_UDP_PORT to another port.",
        )
    first, last = facts.handed_out
    if any(first <= port <= last for port in facts.ports):
        yield warning(
            "udp-port-handed-out",
            f"MEDIA_UDP_PORT={facts.udp_port} lies where the kernel takes ports for any program ({first} to {last}): "
            "after a restart one of ours may be taken. Choose a lower port.",
        )
    if not facts.udp_port and facts.container:
        yield warning(
            "udp-port-changes",
            "MEDIA_UDP_PORT=0 takes another UDP port at each start, and no port of a container is published that way. "
            "Set MEDIA_UDP_PORT and publish that port.",
        )


def _servers(facts: Facts) -> Iterator[Finding]:
    if facts.turn_secret and not any(is_turn(url) for url in facts.ice_servers):
        yield warning(
            "turn-secret-unused",
            "TURN_SECRET is set, and ICE_SERVERS names no TURN server: nobody is relayed. "
            "Add one, like turn:turn.example.net:3478?transport=udp, or remove TURN_SECRET.",
        )
    secure = facts.https or (facts.public_url or "").startswith("https://")
    if not secure and facts.host not in ("127.0.0.1", "::1", "localhost"):
        yield note(
            "no-https",
            "Pages are served without HTTPS, and browsers give camera and microphone only to HTTPS pages and to "
            "localhost. Set HTTPS=true, or put a proxy with a certificate in front.",
        )
    if facts.clock_offset_ms is not None and abs(facts.clock_offset_ms) > CLOCK_APART_MS:
        way = "ahead of" if facts.clock_offset_ms > 0 else "behind"
        yield warning(
            "clock-apart",
            f"This machine's clock is {abs(facts.clock_offset_ms) / 1000:.0f} s {way} that of Redis, by which tokens "
            "and TURN credentials expire. Let NTP set both.",
        )
