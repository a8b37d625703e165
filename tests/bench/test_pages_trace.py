"""How a trace of a page's main thread is judged."""

from typing import Any

import pytest

from bench.pages.trace import Event, Judgement, judge, main_thread, outermost_us


def told(name: str, at: int = 0, dur: int = 0, tid: int = 1, **more: Any) -> Event:
    return {"name": name, "ph": "X", "ts": at, "dur": dur, "tdur": dur, "pid": 7, "tid": tid, "args": {}, **more}


NAMES = [
    told("thread_name", ph="M", args={"name": "CrRendererMain"}),
    told("thread_name", ph="M", tid=2, args={"name": "Compositor"}),
    told("thread_name", ph="M", tid=3, args={"name": "CrRendererMain"}),
]


def test_what_lies_in_another_span_is_counted_once() -> None:
    assert outermost_us([]) == 0
    spans = [
        told("Layout", 12, 3),
        told("FunctionCall", 10, 10),
        told("Layout", 20, 5),
        told("TimerFire", 40, 9, tdur=2),
    ]
    assert outermost_us(spans) == 17


def test_the_main_thread_is_the_one_that_makes_the_frames() -> None:
    frames = [told("BeginMainThreadFrame", at, tid=tid) for tid, at in ((3, 0), (1, 1), (1, 2), (2, 3), (2, 4), (2, 5))]
    assert main_thread([*NAMES, *frames]) == (7, 1)
    with pytest.raises(ValueError, match="without frames"):
        main_thread(NAMES)


def test_a_trace_is_judged_by_its_longest_task_and_its_work_a_frame() -> None:
    frames = [told("BeginMainThreadFrame", at) for at in (0, 16_000)]
    tasks = [told("RunTask", 0, 9_000), told("RunTask", 16_000, 52_000), told("RunTask", 0, 900_000, tid=2)]
    work = [
        told("FunctionCall", 100, 4_000),
        told("Layout", 1_000, 1_000),
        told("UpdateLayoutTree", 5_000, 2_000),
        told("Paint", 8_000, 9_000),
        told("FunctionCall", 0, 9_000, tid=3),
    ]
    assert judge([*NAMES, *frames, *tasks, *work]) == Judgement(2, 52, 3)
