"""Frames as a client's own parser reads them: that of ``websockets``."""

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader


def frames(sent: bytes) -> list[Frame]:
    """All of ``sent``, which must end with a whole frame; a server's frames are not masked."""
    reader = StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()
    read = []
    while reader.buffer:
        read.append(_one(reader))
    return read


def _one(reader: StreamReader) -> Frame:
    parsing = Frame.parse(reader.read_exact, mask=False)
    try:
        while True:
            next(parsing)
    except StopIteration as parsed:
        frame: Frame = parsed.value
        return frame


def texts(sent: bytes) -> list[str]:
    """The payloads of the text frames in ``sent``."""
    return [bytes(frame.data).decode() for frame in frames(sent) if frame.opcode is Opcode.TEXT]
