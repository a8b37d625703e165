"""A media worker for tests: keeps what jobs give, and lets the test speak as the camera of any room."""

import asyncio

from transcode.media_pipe import AudioPacket, PipeInlet, PipeOutlet, PipeRefused, QueueLimits, VideoUnit

DEADLINE_S = 10.0


class Camera:
    """One room's camera: whoever takes it gets the cached units, then what ``send`` is given."""

    def __init__(self, limits: QueueLimits | None = None) -> None:
        self.outlets: list[PipeOutlet] = []
        self.cached: list[VideoUnit | AudioPacket] = []
        self.keyframe_wanted = asyncio.Event()
        self.taken = asyncio.Event()
        self.left = asyncio.Event()
        self._limits = limits

    def send(self, *frames: VideoUnit | AudioPacket) -> None:
        for outlet in self.outlets:
            for frame in frames:
                outlet.offer(frame)

    def open(self) -> PipeOutlet:
        def closed() -> None:
            self.outlets.remove(outlet)
            self.left.set()

        outlet = PipeOutlet(self.keyframe_wanted.set, closed, self._limits)
        for frame in self.cached:
            outlet.offer(frame)
        self.outlets.append(outlet)
        self.taken.set()
        return outlet


class Given:
    """What a job gives to one room."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[VideoUnit | AudioPacket] = asyncio.Queue(10_000)
        self.inlet: PipeInlet | None = None
        self.attached = asyncio.Event()
        self.detached = asyncio.Event()

    def attach(self, inlet: PipeInlet) -> None:
        self.inlet = inlet
        self.detached.clear()
        self.attached.set()

    def deliver(self, message: VideoUnit | AudioPacket) -> None:
        if self.frames.full():
            self.frames.get_nowait()
        self.frames.put_nowait(message)

    def detach(self) -> None:
        self.detached.set()

    async def next_video(self) -> VideoUnit:
        while True:
            if isinstance(frame := await self.next(), VideoUnit):
                return frame

    async def next_audio(self) -> AudioPacket:
        while True:
            if isinstance(frame := await self.next(), AudioPacket):
                return frame

    async def next(self) -> VideoUnit | AudioPacket:
        async with asyncio.timeout(DEADLINE_S):
            return await self.frames.get()


class Worker:
    """Implements ``PipeEndpoint``; rooms appear when ``camera`` or ``given`` is asked for them."""

    def __init__(self) -> None:
        self.cameras: dict[str, Camera] = {}
        self.outputs: dict[str, Given] = {}

    def camera(self, room: str, limits: QueueLimits | None = None, stream: str = "camera") -> Camera:
        return self.cameras.setdefault(_key(room, stream), Camera(limits))

    def given(self, room: str) -> Given:
        return self.outputs.setdefault(room, Given())

    def take(self, room: str, source: str) -> PipeOutlet:
        if _key(room, source) not in self.cameras:
            raise PipeRefused("unknown-room")
        return self.cameras[_key(room, source)].open()

    def give(self, room: str, source: str) -> Given:
        if room not in self.outputs:
            raise PipeRefused("unknown-room")
        return self.outputs[room]


def _key(room: str, stream: str) -> str:
    return room if stream == "camera" else f"{room} {stream}"
