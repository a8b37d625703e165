"""``make bench-mixer``: what a battle's mix costs, how late and how true it is, beside FFmpeg and GStreamer.

Run it on a quiet machine. The contestants take turns on the same clips, paced by the clock; CPU is user and system
time of the contestant's process alone, per picture that came out.
"""

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path

from bench.mixer.clips import FPS, Clip, clips
from bench.mixer.judge import delays_ms, psnr_db, sound_is_whole
from bench.mixer.ours import Battles, battles
from bench.mixer.peers import ffmpeg, fight, gstreamer
from bench.mixer.run import Run
from bench.record import Figure, write
from foundation.own_process import go_first
from tests.platform import platform

SECONDS = 18
ROUNDS = 3
MOST_TRIES = 2  # for each round
MOST_BATTLES = 8
MAX_DELAY_MS = 60.0
KEPT = 0.98  # of the frame rate: a battle below is none


async def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.mixer", description=__doc__)
    said.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = said.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringside-bench-") as name:
        folder = Path(name)
        pair = clips(folder, SECONDS)
        async with battles() as arena:
            ours, theirs, others, rounds = await costs(arena, pair, chosen.rounds)
            async with platform(folder / "data"):
                number, notes = await capacity(arena, pair)
    delays = sorted(delay for run in ours for delay in delays_ms(run))
    mine, peer = median_cost(ours), median_cost(theirs)
    figures = {
        "ms_per_frame": Figure(round(mine, 2), "ms", round(1.15 * peer, 2)),
        "ms_per_frame_ffmpeg": Figure(round(peer, 2), "ms"),
        "ms_per_frame_gstreamer": Figure(round(median_cost(others), 2) if others else None, "ms"),
        "times_ffmpeg": Figure(round(mine / peer, 3), "", 1.15),
        "composites_per_core": Figure(round(1000 / FPS / mine, 2), "composites"),
        "added_delay_p50_ms": Figure(round(statistics.median(delays), 1), "ms"),
        "added_delay_p95_ms": Figure(round(delays[len(delays) * 95 // 100], 1), "ms", MAX_DELAY_MS),
        "battles_per_machine": Figure(number, "battles", 2),
        "psnr_db": Figure(round(psnr_db(ours[-1], pair), 2), "dB"),
        "psnr_db_ffmpeg": Figure(round(psnr_db(theirs[-1], pair), 2), "dB"),
        "kbit_s": Figure(round(bitrate(ours[-1])), "kbit/s"),
        "kbit_s_ffmpeg": Figure(round(bitrate(theirs[-1])), "kbit/s"),
    }
    write("mixer", figures, {"rounds": rounds, "capacity": notes})


async def costs(
    arena: Battles, pair: tuple[Clip, Clip], rounds: int
) -> tuple[list[Run], list[Run], list[Run], list[str]]:
    """Ours, FFmpeg's and GStreamer's runs, in turns, until ``rounds`` of ours are good; and notes.

    A round in which the machine was too busy for us to keep the frame rate is void: it compares nothing.
    """
    ours: list[Run] = []
    theirs: list[Run] = []
    others: list[Run] = []
    notes: list[str] = []
    pipeline = gstreamer(pair)
    for _ in range(rounds * MOST_TRIES):
        (run,) = await arena.fight(pair, 1)
        peer = await fight(ffmpeg(pair), SECONDS)
        void = run.rate < KEPT * FPS
        notes.append(f"{run.ms_per_frame:.2f} ms a frame, FFmpeg {peer.ms_per_frame:.2f}")
        notes[-1] += f": void, {run.rate:.1f} frames/s" if void else ""
        print(notes[-1], flush=True)
        if not void:
            ours.append(run)
            theirs.append(peer)
            others += [] if pipeline is None else [await fight(pipeline, SECONDS)]
        if len(ours) == rounds:
            return ours, theirs, others, notes
    if not ours:
        raise RuntimeError("the machine is too busy: no round kept its frame rate")
    return ours, theirs, others, notes


async def capacity(arena: Battles, pair: tuple[Clip, Clip]) -> tuple[int, list[str]]:
    """How many battles at once keep their frame rate, their delay and their sound, with the platform beside them."""
    notes: list[str] = []
    held = 0
    for number in range(2, MOST_BATTLES + 1):
        runs = await arena.fight(pair, number)
        rate = min(run.rate for run in runs)
        delay = max(late(run) for run in runs)
        whole = all(sound_is_whole(run) for run in runs)
        notes.append(f"{number} battles: {rate:.1f} frames/s, {delay:.0f} ms p95, sound {'whole' if whole else 'torn'}")
        print(notes[-1], flush=True)
        if rate < KEPT * FPS or delay > 2 * MAX_DELAY_MS or not whole:
            break
        held = number
    return held, notes


def late(run: Run) -> float:
    delays = sorted(delays_ms(run))
    return delays[len(delays) * 95 // 100]


def median_cost(runs: list[Run]) -> float:
    return statistics.median(run.ms_per_frame for run in runs)


def bitrate(run: Run) -> float:
    seconds = (run.units[-1].pts_us - run.units[0].pts_us) / 1e6
    return sum(len(unit.payload) for unit in run.units) * 8 / seconds / 1000


if __name__ == "__main__":
    go_first()
    asyncio.run(main())
