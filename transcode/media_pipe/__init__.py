"""The media pipe: encoded frames between a media worker (listens) and a job (connects), never raw pictures.

One TCP connection per (job, room, direction). The job sends one JSON line, ``Hello``; the worker answers one JSON line;
then binary messages flow (see ``wire``). On ``take`` frames flow to the job and keyframe requests to the worker; on
``give`` the other way round. Both ends send a heartbeat every second and give a silent peer up after five.

The worker listens with ``PipeListener`` and implements ``PipeEndpoint``; a job uses ``PipeConnection``, which connects
again until it is closed. Every queue is a ``PipeQueue``: a slow reader loses video up to the next keyframe, audio last.
"""

from transcode.media_pipe.connection import PipeAddress, PipeConnection
from transcode.media_pipe.framing import PipeReader, PipeWriter
from transcode.media_pipe.listener import PipeEndpoint, PipeInlet, PipeListener, PipeOutlet, PipeSink
from transcode.media_pipe.queue import PipeQueue, QueueLimits
from transcode.media_pipe.wire import (
    AudioPacket,
    Decoder,
    End,
    Heartbeat,
    Hello,
    KeyframeRequest,
    Message,
    PipeMalformed,
    PipeRefused,
    VideoUnit,
    encode,
)

__all__ = [
    "AudioPacket",
    "Decoder",
    "End",
    "Heartbeat",
    "Hello",
    "KeyframeRequest",
    "Message",
    "PipeAddress",
    "PipeConnection",
    "PipeEndpoint",
    "PipeInlet",
    "PipeListener",
    "PipeMalformed",
    "PipeOutlet",
    "PipeQueue",
    "PipeReader",
    "PipeRefused",
    "PipeSink",
    "PipeWriter",
    "QueueLimits",
    "VideoUnit",
    "encode",
]
