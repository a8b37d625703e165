"""PURE. What is on the wire of the media pipe, and the only code that reads or writes it.

    offset  size
    0       4     length of the whole message in bytes, header included (u32, network order), at most 2 MiB + header
    4       1     kind: 1 video, 2 audio, 3 keyframe request, 4 heartbeat, 5 end
    5       1     flags: bit 0 = this video unit is a keyframe (IDR with its SPS and PPS); the others must be 0
    6       8     pts in microseconds on the sender's media clock (i64); video and audio of one source share the clock
    14      ...   payload: H.264 Annex-B access unit, or one Opus packet; empty for the other kinds

Before it, one JSON line each way: ``Hello`` and its answer.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

MAX_PAYLOAD = 2 * 1024 * 1024
MAX_AUDIO_PAYLOAD = 1275 * 6  # RFC 6716, section 3.4: the longest packet that makes sense, with room for padding
MAX_LINE = 4096
HEARTBEAT_EVERY_S = 1.0
SILENCE_LIMIT_S = 5.0

_HEADER = struct.Struct("!IBBq")
HEADER_SIZE = _HEADER.size
_KEYFRAME = 0x01


class Kind(IntEnum):
    VIDEO = 1
    AUDIO = 2
    KEYFRAME_REQUEST = 3
    HEARTBEAT = 4
    END = 5


class PipeMalformed(Exception):
    """The peer sent what no peer of ours sends; the connection is of no more use."""


class PipeRefused(Exception):
    """The listener said no. ``code``: unauthorised, malformed, unknown-room, unknown-source, busy."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class VideoUnit:
    """One H.264 access unit, Annex B; ``pts_us`` in microseconds."""

    pts_us: int
    keyframe: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """One Opus packet; ``pts_us`` in microseconds, on the clock of the video units of the same source."""

    pts_us: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """Whoever sends video please makes the next unit a keyframe."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """I am alive; ``pts_us`` is the sender's media clock at this moment, or 0."""

    pts_us: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more will come on this connection, on purpose."""


Message = VideoUnit | AudioPacket | KeyframeRequest | Heartbeat | End


def encode(message: Message) -> bytes:
    """The bytes of one message. ``ValueError`` if its payload is empty or over its limit."""
    match message:
        case VideoUnit(pts_us, keyframe, payload):
            return _frame(Kind.VIDEO, _KEYFRAME if keyframe else 0, pts_us, payload, MAX_PAYLOAD)
        case AudioPacket(pts_us, payload):
            return _frame(Kind.AUDIO, 0, pts_us, payload, MAX_AUDIO_PAYLOAD)
        case KeyframeRequest():
            return _HEADER.pack(HEADER_SIZE, Kind.KEYFRAME_REQUEST, 0, 0)
        case Heartbeat(pts_us):
            return _HEADER.pack(HEADER_SIZE, Kind.HEARTBEAT, 0, pts_us)
        case End():
            return _HEADER.pack(HEADER_SIZE, Kind.END, 0, 0)


def _frame(kind: Kind, flags: int, pts_us: int, payload: bytes, limit: int) -> bytes:
    if not 0 < len(payload) <= limit:
        raise ValueError(f"a {kind.name.lower()} payload of {len(payload)} bytes does not go through the pipe")
    return _HEADER.pack(HEADER_SIZE + len(payload), kind, flags, pts_us) + payload


class Decoder:
    """Bytes in any portions to messages. Never holds more than one message and what was fed with its last byte.

    After ``PipeMalformed`` the decoder stays broken: the stream has lost its framing.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._broken = False

    def feed(self, portion: bytes) -> list[Message]:
        """The messages completed by ``portion``, oldest first. ``PipeMalformed`` if it cannot be ours."""
        if self._broken:
            raise PipeMalformed("the stream was malformed before")
        self._buffer += portion
        messages: list[Message] = []
        start = 0
        try:
            while len(self._buffer) - start >= HEADER_SIZE:
                length, kind, flags, pts_us = _HEADER.unpack_from(self._buffer, start)
                _check(length, kind, flags)
                if len(self._buffer) - start < length:
                    break
                payload = bytes(self._buffer[start + HEADER_SIZE : start + length])
                messages.append(_message(Kind(kind), flags, pts_us, payload))
                start += length
        except PipeMalformed:
            self._broken = True
            self._buffer.clear()
            raise
        del self._buffer[:start]
        return messages


def _check(length: int, kind: int, flags: int) -> None:
    """Judge a header before its payload is waited for, so that a lie about the length costs no memory."""
    size = length - HEADER_SIZE
    if kind == Kind.VIDEO:
        fits = 0 < size <= MAX_PAYLOAD and flags in (0, _KEYFRAME)
    elif kind == Kind.AUDIO:
        fits = 0 < size <= MAX_AUDIO_PAYLOAD and flags == 0
    elif kind in (Kind.KEYFRAME_REQUEST, Kind.HEARTBEAT, Kind.END):
        fits = size == 0 and flags == 0
    else:
        raise PipeMalformed(f"no message is of kind {kind}")
    if not fits:
        raise PipeMalformed(f"a message of kind {kind} cannot have length {length} and flags {flags:#x}")


def _message(kind: Kind, flags: int, pts_us: int, payload: bytes) -> Message:
    match kind:
        case Kind.VIDEO:
            return VideoUnit(pts_us, bool(flags & _KEYFRAME), payload)
        case Kind.AUDIO:
            return AudioPacket(pts_us, payload)
        case Kind.KEYFRAME_REQUEST:
            return KeyframeRequest()
        case Kind.HEARTBEAT:
            return Heartbeat(pts_us)
        case Kind.END:
            return End()


@dataclass(frozen=True, slots=True)
class Hello:
    """What the job wants. ``source`` is ``camera``, ``guest:<user>``, ``program`` or ``composite:<its id>``."""

    token: str
    verb: Literal["take", "give"]
    room: str
    source: str

    def line(self) -> bytes:
        fields = {"token": self.token, "verb": self.verb, "room": self.room, "source": self.source}
        line = json.dumps(fields).encode() + b"\n"
        if len(line) > MAX_LINE:
            raise ValueError("the first line is too long")
        return line


def parse_hello(line: bytes) -> Hello:
    """The job's first line. ``PipeMalformed`` for anything that ``Hello.line`` would not write."""
    fields = _json_object(line)
    token, verb, room, source = (fields.get(name) for name in ("token", "verb", "room", "source"))
    if not (isinstance(token, str) and isinstance(room, str) and isinstance(source, str)):
        raise PipeMalformed("token, room and source must be text")
    if verb not in ("take", "give"):
        raise PipeMalformed("verb must be take or give")
    return Hello(token, verb, room, source)


def answer_line(refused: str | None) -> bytes:
    """The listener's line: yes, or no with a code of at most 64 characters."""
    answer = {"ok": True} if refused is None else {"ok": False, "code": refused[:64]}
    return json.dumps(answer).encode() + b"\n"


def parse_answer(line: bytes) -> None:
    """Return if the listener said yes; ``PipeRefused`` if it said no, ``PipeMalformed`` if neither."""
    answer = _json_object(line)
    if answer.get("ok") is True:
        return
    code = answer.get("code")
    if answer.get("ok") is not False or not isinstance(code, str):
        raise PipeMalformed("the answer is neither yes nor no")
    raise PipeRefused(code)


def _json_object(line: bytes) -> dict[str, object]:
    if len(line) > MAX_LINE:
        raise PipeMalformed("the first line is too long")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PipeMalformed("the first line is not JSON") from error
    if not isinstance(fields, dict):
        raise PipeMalformed("the first line is not a JSON object")
    return fields
