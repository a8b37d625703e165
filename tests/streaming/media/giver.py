"""A mixer's end of the media pipe without a mixer: gives one colour and one tone in real time."""

import threading
import time

from tests.streaming.media.pictures import Colour, encode_colour, encode_tone
from transcode.media_pipe import AudioPacket, KeyframeRequest, Message, PipeAddress, PipeConnection, VideoUnit

FRAME_US, SOUND_US = 33_333, 20_000
GOP = 60


class Giver:
    """Use as a context manager; `stop` is what a killed mixer does. Keyframe requests are counted."""

    def __init__(self, pipe: str, token: str, room: str, battle: str, colour: Colour, hertz: float = 500) -> None:
        address = PipeAddress(pipe, token, "give", room, f"composite:{battle}")
        self.requests = 0
        self._units = encode_colour(colour, GOP, size=(360, 320), every=GOP)
        self._sounds = encode_tone(hertz, 100)
        self._connection = PipeConnection(address, self._on_message)
        self._stopping = threading.Event()
        self._again = threading.Event()
        self._thread = threading.Thread(target=self._run, name="giver")

    def __enter__(self) -> "Giver":
        self._connection.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            self._thread.join()
            self._connection.close()

    def _on_message(self, message: Message) -> None:
        if isinstance(message, KeyframeRequest):
            self.requests += 1
            self._again.set()

    def _run(self) -> None:
        self._connection.connected.wait(5)
        began = time.monotonic_ns() // 1000
        place = sounds = 0
        frame = 0
        while not self._stopping.wait(max(0.0, (began + frame * FRAME_US - time.monotonic_ns() // 1000) / 1e6)):
            if self._again.is_set() or place == GOP:
                self._again.clear()
                place = 0
            pts = began + frame * FRAME_US
            self._connection.send(VideoUnit(pts, place == 0, self._units[place]))
            while sounds * SOUND_US <= frame * FRAME_US:
                self._connection.send(AudioPacket(began + sounds * SOUND_US, self._sounds[sounds % 100]))
                sounds += 1
            place += 1
            frame += 1
