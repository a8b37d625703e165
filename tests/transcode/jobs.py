"""Jobs that behave in one way each; they run in children of the runner under test."""

import os
import signal
import sys
import threading

from transcode.job import JobContext


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
