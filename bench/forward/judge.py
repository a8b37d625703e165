"""PURE. Whether a measurement counts: a run with loss, with late packets or with a load that was too busy is void."""

from typing import Any

from bench.forward.recording import FPS

LOSS_MAX = 0.001
LOAD_MAX = 0.85
GAP_MAX_MS = 100
KEYFRAME_S = 2.0


def fault(found: dict[str, Any], gap_max_ms: int | None = None) -> str:
    """Why ``found`` is void; empty: it counts. ``gap_max_ms`` limits the p99 of the time between packets as well."""
    if found["silent"]:
        return f"{found['silent']} viewers got nothing"
    if found["loss"] > LOSS_MAX:
        return f"{100 * found['loss']:.2f} % of the packets lost"
    if found["frames"] < 0.95 * FPS:
        return f"decoders got {found['frames']:.1f} of {FPS} pictures a second"
    if found["seconds"] > 2 * KEYFRAME_S and not found["decoded"]:
        return "no picture could be decoded"
    if found["load_share"] > LOAD_MAX:
        return f"the load took {100 * found['load_share']:.0f} % of its core"
    if gap_max_ms is not None and found["gap_p99_ms"] >= gap_max_ms:
        return f"p99 of the time between packets is {found['gap_p99_ms']} ms"
    return ""
