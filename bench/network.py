"""``make bench-network``: what viewers are shown through bad networks, of a relay of our own, decoded and judged.

Twenty times fifteen seconds; each time a host with six viewers on bad links, and two hosts on bad links themselves.
Host, relay, worker and viewers share one process: a run in which it was held up is void and repeated.
"""

import asyncio
import statistics
import time
from collections import defaultdict

from bench.record import Figure, write
from tests.media.live import after
from tests.media.relay import CLEAN, Conditions
from tests.media.stage import Stage, Verdict, spoilt, stage, trouble

RUNS, RUN_S = 20, 15.0
VOID_MAX = 20
LOSS = Conditions(loss=0.02)
BURST = Conditions(loss=0.1, burst=5)
CUT = Conditions(cut=True)
LASTING = {
    "clean": CLEAN,
    "2pct_loss": LOSS,
    "jitter_50ms": Conditions(jitter_ms=50, reorder=0.05),
    "200ms_delay": Conditions(delay_ms=200),
}
PASSING = {"10pct_burst": (BURST, 2.0), "cut_3s": (CUT, 3.0)}


async def run(seed: int) -> dict[str, Verdict]:
    async with stage(seed) as scene:
        caster, _ = await scene.host("r1")

        async def lasting(name: str) -> tuple[str, Verdict]:
            watcher, link = await scene.viewer("r1")
            link.set(LASTING[name])
            began = time.monotonic()
            await after(RUN_S)
            return name, scene.verdict(watcher, caster, link, began)

        async def passing(name: str) -> tuple[str, Verdict]:
            watcher, link = await scene.viewer("r1")
            conditions, for_s = PASSING[name]
            over = await trouble(link, conditions, 2.0, for_s)
            await after(RUN_S - 2.0 - for_s)
            return name, scene.verdict(watcher, caster, link, over)

        stories = [lasting(name) for name in LASTING] + [passing(name) for name in PASSING]
        return dict(await asyncio.gather(*stories, both_lossy(scene), host_cut(scene)))


async def both_lossy(scene: Stage) -> tuple[str, Verdict]:
    caster, uplink = await scene.host("r2")
    watcher, downlink = await scene.viewer("r2")
    uplink.set(LOSS)
    downlink.set(LOSS)
    began = time.monotonic()
    await after(RUN_S)
    return "2pct_loss_both", scene.verdict(watcher, caster, uplink, began)


async def host_cut(scene: Stage) -> tuple[str, Verdict]:
    caster, uplink = await scene.host("r3")
    watcher, _ = await scene.viewer("r3")
    over = await trouble(uplink, CUT, 2.0, 6.0)
    await after(RUN_S - 8.0)
    return "host_cut_6s", scene.verdict(watcher, caster, uplink, over)


def first_own_picture_ms(verdict: Verdict) -> float:
    """From the end of a cut to the first picture of the host."""
    again = [each.at_s for each in verdict.seen.pictures if each.at_s > verdict.from_s and each.number is not None]
    return (again[0] - verdict.from_s) * 1000


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main() -> None:
    ratios: dict[str, list[float]] = defaultdict(list)
    heals: dict[str, list[float]] = defaultdict(list)
    returns: dict[str, list[float]] = defaultdict(list)
    skews: list[float] = []
    damaged = void = done = 0
    while done < RUNS and void <= VOID_MAX:
        verdicts = asyncio.run(run(1_000 * (done + void + 1)))
        if any(spoilt(each.stalls, each.from_s, each.until_s) for each in verdicts.values()):
            void += 1
            continue
        done += 1
        for name, verdict in verdicts.items():
            damaged += len(verdict.seen.damage) + verdict.watcher.picture.timestamps_back
            if name in PASSING or name == "host_cut_6s":
                heals[name].append(verdict.healed_after(verdict.from_s))
                returns[name].append(first_own_picture_ms(verdict))
            else:
                ratios[name].append(verdict.freeze_ratio)
                skews += [abs(each) for each in verdict.skews_ms]
        print(f"run {done}: " + ", ".join(f"{name} {values[-1]:.4f}" for name, values in ratios.items()), flush=True)
    if not done:
        raise SystemExit("the machine was too busy for a single run")
    figures = {
        f"freeze_ratio_{name}": Figure(round(statistics.mean(each), 4), "", 0.01) for name, each in ratios.items()
    }
    write(
        "network",
        figures
        | {
            "heal_10pct_burst_s": Figure(round(max(heals["10pct_burst"]), 2), "s", 5),
            "heal_cut_3s_s": Figure(round(max(heals["cut_3s"]), 2), "s", 5),
            "reconnect_ms": Figure(round(statistics.median(returns["cut_3s"])), "ms"),
            "host_resume_ms": Figure(round(statistics.median(returns["host_cut_6s"])), "ms"),
            "av_skew_ms_p95": Figure(round(percentile(skews, 95), 1), "ms", 45),
            "damaged_pictures": Figure(damaged, "", 0),
            "runs": Figure(done, ""),
            "void_runs": Figure(void, ""),
        },
    )


if __name__ == "__main__":
    main()
