"""The one file that uses ffmpeg-python: synthetic hosts, published by the FFmpeg binary of ``imageio-ffmpeg``.

FFmpeg 9's WHIP muxer is a publisher that nobody here wrote, so a synthetic host also proves that others can publish.
"""

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import ffmpeg
import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageFont

from foundation.own_process import die_with_parent

_KEYFRAME_EVERY_S = 2
_GOODBYE_S = 3.0


@dataclass(frozen=True)
class SyntheticHost:
    """What a host without a camera sends. ``colour`` is a name or ``0xRRGGBB``; ``seconds`` None is for ever."""

    name: str
    tone_hz: int
    colour: str
    width: int = 360
    height: int = 640
    fps: int = 15
    seconds: float | None = None


class Publisher:
    """A running FFmpeg. It dies with this process; ``stop`` ends it earlier."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int:
        """The exit status, awaited; ``subprocess.TimeoutExpired`` if it runs longer."""
        return self._process.wait(timeout_s)

    def stop(self) -> None:
        """Ask it to say goodbye (WHIP's DELETE), then insist."""
        self._process.terminate()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def publish_synthetic_host(
    whip_url: str,
    token: str,
    name: str,
    tone_hz: int,
    colour: str,
    width: int = 360,
    height: int = 640,
    fps: int = 15,
    seconds: float | None = None,
    log: Path | None = None,
) -> Publisher:
    """Publish a moving picture with ``name`` on it and a tone to ``whip_url``; ``log`` takes FFmpeg's complaints.

    The token is on FFmpeg's command line, where every user of this machine can read it: for demonstrations.
    """
    host = SyntheticHost(name, tone_hz, colour, width, height, fps, seconds)
    arguments = command(host, whip_url, format="whip", authorization=token)
    if log is None:
        return Publisher(_started(host, arguments, subprocess.DEVNULL))
    with log.open("ab") as complaints:
        return Publisher(_started(host, arguments, complaints))


def record_synthetic_host(host: SyntheticHost, path: Path) -> None:
    """Write what ``host`` would publish to a Matroska file, as fast as it goes. ``RuntimeError`` if FFmpeg fails."""
    assert host.seconds is not None, "a file has an end"
    process = _started(host, command(host, str(path), realtime=False, format="matroska"), subprocess.PIPE)
    assert process.stderr is not None
    with process.stderr as complaints:
        complaint = complaints.read()
    if process.wait() != 0:
        raise RuntimeError(complaint.decode(errors="replace")[-500:])


def command(host: SyntheticHost, target: str, realtime: bool = True, **options: object) -> list[str]:
    """FFmpeg's command line; ``options`` are the muxer's. The picture of the name is expected on its standard input."""
    pace: dict[str, object] = {"re": None} if realtime else {}
    length = {} if host.seconds is None else {"t": host.seconds}
    size = f"{host.width}x{host.height}"
    ground = ffmpeg.input(
        f"gradients=size={size}:rate={host.fps}:n=2:c0={host.colour}:c1=0x181828:speed=0.03:seed=1",
        format="lavfi",
        **pace,
    )
    band = ffmpeg.input(
        f"color=color=white@0.35:size={host.width}x{host.height // 40}:rate={host.fps},format=yuva420p", format="lavfi"
    )
    letters = ffmpeg.input("pipe:0", format="png_pipe")
    picture = (
        ground.overlay(band, x=0, y=f"mod(t*{host.height // 5},H)", eval="frame")
        .overlay(letters, x="(W-w)/2", y="H*0.3+H*0.05*sin(t*2)", eval="frame", eof_action="repeat")
        .filter("format", "yuv420p")
    )
    sound = ffmpeg.input(f"sine=frequency={host.tone_hz}:sample_rate=48000,volume=2", format="lavfi", **pace)
    output = ffmpeg.output(
        picture,
        sound,
        target,
        vcodec="libx264",
        preset="veryfast",
        tune="zerolatency",
        # The WHIP muxer offers this as profile-level-id 42001f, which every browser decodes.
        **{"profile:v": "baseline", "level:v": "3.1", "b:v": "800k", "maxrate": "1000k", "bufsize": "1000k"},
        g=host.fps * _KEYFRAME_EVERY_S,
        bf=0,
        threads=1,
        acodec="libopus",
        **{"b:a": "64k"},
        ar=48000,
        ac=2,
        frame_duration=20,
        **length,
        **options,
    )
    quiet = ffmpeg.overwrite_output(output).global_args("-hide_banner", "-loglevel", "warning")
    arguments: list[str] = ffmpeg.compile(quiet, cmd=imageio_ffmpeg.get_ffmpeg_exe())
    return arguments


def _started(host: SyntheticHost, arguments: list[str], complaints: int | IO[bytes]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        preexec_fn=die_with_parent,
    )
    assert process.stdin is not None
    with process.stdin as picture:
        picture.write(_letters(host))
    return process


def _letters(host: SyntheticHost) -> bytes:
    """The name in white as a transparent PNG no wider than the picture; under 64 KiB, what a pipe takes at once."""
    size = host.width // 6
    font = ImageFont.load_default(size)
    while size > 8 and font.getlength(host.name) > host.width * 0.9:
        size -= 2
        font = ImageFont.load_default(size)
    image = Image.new("RGBA", (host.width, size * 3 // 2))
    draw = ImageDraw.Draw(image)
    draw.text((host.width / 2, size * 3 / 4), host.name, fill="white", font=font, anchor="mm")
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()
