"""PURE. What a trace of Chromium says of a page's main thread: its longest task, and its script and layout a frame.

Time is the thread's own (``tdur``): what other processes did with the processor meanwhile is not the page's.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Thread = tuple[int, int]
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "v8.execute",
]
TASK = "RunTask"
FRAME = "BeginMainThreadFrame"
# Script, and what the engine does about the tree that a script has changed; painting is not of it.
WORK = frozenset(
    (
        "EvaluateScript",
        "EventDispatch",
        "FireAnimationFrame",
        "FunctionCall",
        "HitTest",
        "Layout",
        "MajorGC",
        "MinorGC",
        "RunMicrotasks",
        "TimerFire",
        "UpdateLayoutTree",
        "v8.callFunction",
    )
)


@dataclass(frozen=True)
class Judgement:
    frames: int
    longest_task_ms: float
    work_ms_a_frame: float
    """Script, style and layout, of all frames together, by their number."""


def main_thread(events: Iterable[Event]) -> Thread:
    """The one that made most frames, of those that Chromium calls main threads of a page."""
    named = {_thread(each) for each in events if each["name"] == "thread_name" and _names_main(each)}
    made = Counter(_thread(each) for each in events if each["name"] == FRAME and _thread(each) in named)
    if not made:
        raise ValueError("a trace without frames of a page")
    return made.most_common(1)[0][0]


def judge(events: list[Event]) -> Judgement:
    thread = main_thread(events)
    own = [each for each in events if _thread(each) == thread]
    frames = sum(each["name"] == FRAME for each in own)
    tasks = [each["tdur"] for each in own if each["name"] == TASK and each["ph"] == "X"]
    work = [each for each in own if each["name"] in WORK and each["ph"] == "X"]
    return Judgement(frames, max(tasks, default=0) / 1000, outermost_us(work) / 1000 / frames)


def outermost_us(work: Iterable[Event]) -> int:
    """The thread's own time in these; what lies in another of them is counted with that."""
    spent, until = 0, -1
    for each in sorted(work, key=lambda each: (each["ts"], -each["dur"])):
        if each["ts"] >= until:
            spent += each["tdur"]
            until = each["ts"] + each["dur"]
    return spent


def _thread(event: Event) -> Thread:
    return event["pid"], event["tid"]


def _names_main(event: Event) -> bool:
    return bool(event["args"]["name"] == "CrRendererMain")
