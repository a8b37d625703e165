"""Jobs that behave in one way each; they run in children of the runner under test."""

import os
import signal
import sys
import threading

from transcode.job import FRAMES, STRAINED, JobContext


def obedient(context: JobContext) -> None:
    context.ready()
    while not context.stopping.wait(0.02):
        context.heartbeat({"told": float(sum(int(message["number"]) for message in context.messages()))})


def stopped_process(context: JobContext) -> None:
    context.ready()
    os.kill(os.getpid(), signal.SIGSTOP)


def finishing(context: JobContext) -> None:
    context.ready()


def failing(context: JobContext) -> None:
    context.ready()
    raise ValueError("the decoder has no keyframe")


def leaving(context: JobContext) -> None:
    sys.exit(7)


def never_ready(context: JobContext) -> None:
    threading.Event().wait()


def silent(context: JobContext) -> None:
    context.ready()
    threading.Event().wait()


def deaf(context: JobContext) -> None:
    context.ready()
    while True:
        threading.Event().wait(0.02)
        context.heartbeat({})


def hanging(context: JobContext) -> None:
    """Its working thread stops after some frames; the one that beats goes on."""
    frames = [0.0]
    stopped = threading.Event()

    def work() -> None:
        while frames[0] < 5:
            frames[0] += 1
        stopped.wait()

    context.ready()
    threading.Thread(target=work, daemon=True).start()
    while not context.stopping.wait(0.02):
        context.heartbeat({FRAMES: frames[0]})


def strained(context: JobContext) -> None:
    context.ready()
    while not context.stopping.wait(0.02):
        context.heartbeat({STRAINED: 1.0})
