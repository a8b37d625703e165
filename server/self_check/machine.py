"""PURE. Whether the machine can carry the crowd that the settings let in."""

from collections.abc import Iterator

from server.self_check.facts import Facts
from server.self_check.finding import Finding, note, warning

# One feed socket and one HTTP connection a viewer; the rest is databases, pages and what is about to close.
FILES_A_WORKER = 4_000
FILES_BESIDES = 500


def judge_machine(facts: Facts) -> Iterator[Finding]:
    if facts.media_processes > facts.cores:
        yield warning(
            "more-workers-than-cores",
            f"MEDIA_PROCESSES={facts.media_processes} on {facts.cores} cores: workers wait for each other and pictures "
            f"stutter under load. Set it to {facts.cores} at most.",
        )
    wanted = facts.media_processes * FILES_A_WORKER + FILES_BESIDES
    if facts.open_files < wanted:
        yield warning(
            "few-open-files",
            f"A process may open {facts.open_files} files, and each viewer's connection is one: no more get in. "
            f"Allow {wanted} (ulimit -n, LimitNOFILE= of systemd, ulimits: of Docker).",
        )
    if facts.buffer < facts.buffer_wanted:
        wanted_text = f"net.core.rmem_max={facts.buffer_wanted} net.core.wmem_max={facts.buffer_wanted}"
        yield note(
            "small-buffers",
            f"The kernel gives a socket {facts.buffer // 1024} KiB of buffer instead of {facts.buffer_wanted // 1024}: "
            f"bursts may lose packets under load. As root on the host: sysctl -w {wanted_text}",
        )
    if not facts.segments:
        yield note(
            "no-segmentation",
            "The kernel lacks UDP segmentation offload (Linux 4.18): each packet costs a system call, so a core serves "
            "fewer viewers.",
        )
    if not facts.may_go_first:
        yield note(
            "no-priority",
            "Media workers may not raise their priority, so other programs can delay pictures. "
            "Run as root, or grant CAP_SYS_NICE (cap_add: [SYS_NICE] in Docker).",
        )
