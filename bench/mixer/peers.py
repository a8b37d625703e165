"""The same mix by others: FFmpeg's command line, and a GStreamer pipeline where it is installed."""

import asyncio
import shutil
import subprocess
import threading
import time
from typing import IO

import av
import imageio_ffmpeg
from av.bitstream import BitStreamFilterContext

from bench.mixer.clips import FPS, HEIGHT, WIDTH, Clip
from bench.mixer.run import WARM_UP_S, Run
from tests.processes import cpu_seconds
from transcode.media_pipe import AudioPacket, VideoUnit

BITRATE = 2 * WIDTH * HEIGHT * FPS * 12 // 100
PARAMETERS = "force-cfr=1:sliced-threads=0:scenecut=0:repeat-headers=1"
_PATIENCE_S = 60.0


def ffmpeg(clips: tuple[Clip, Clip]) -> list[str]:
    """Both clips at their own pace; hstack, amix, and x264 and Opus set as ours. Threads: one, the cheapest."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error"]
    command += ["-filter_complex_threads", "1"]
    for clip in clips:
        command += ["-threads", "1", "-flags", "low_delay", "-re", "-i", str(clip.path)]
    command += ["-filter_complex", "[0:v][1:v]hstack[picture];[0:a][1:a]amix=normalize=0[sound]"]
    command += ["-map", "[picture]", "-map", "[sound]"]
    command += ["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "baseline"]
    command += ["-level:v", "3.1", "-threads", "1", "-g", str(FPS * 10), "-bf", "0", "-b:v", str(BITRATE)]
    command += ["-maxrate", str(BITRATE * 3 // 2), "-bufsize", str(BITRATE // 2), "-x264-params", PARAMETERS]
    command += ["-c:a", "libopus", "-b:a", "64k", "-frame_duration", "20", "-compression_level", "5"]
    return [*command, "-flush_packets", "1", "-f", "nut", "pipe:1"]


def gstreamer(clips: tuple[Clip, Clip]) -> list[str] | None:
    """A compositor pipeline; None where GStreamer or a plug-in of it is missing."""
    launch, inspect = shutil.which("gst-launch-1.0"), shutil.which("gst-inspect-1.0")
    wanted = ("compositor", "avdec_h264", "x264enc", "matroskademux", "opusdec", "audiomixer", "opusenc")
    if launch is None or inspect is None:
        return None
    if any(subprocess.run([inspect, "--exists", each], check=False).returncode for each in wanted):
        return None
    rate = f"vbv-maxrate={BITRATE * 3 // 2000}:vbv-bufsize={BITRATE // 2000}"
    description = [
        "compositor name=picture sink_0::xpos=0",
        f"sink_1::xpos={WIDTH} ! video/x-raw,format=I420,width={2 * WIDTH},height={HEIGHT},framerate={FPS}/1",
        f"! x264enc speed-preset=superfast tune=zerolatency bitrate={BITRATE // 1000} threads=1 bframes=0",
        f"key-int-max={FPS * 10} option-string={PARAMETERS}:{rate} ! video/x-h264,profile=constrained-baseline ! queue",
        "! matroskamux name=file streamable=true ! fdsink fd=1 sync=false",
        "audiomixer name=sound ! audioconvert ! opusenc bitrate=64000 complexity=5 ! queue ! file.",
    ]
    for number, clip in enumerate(clips):
        description += [
            f"filesrc location={clip.path} ! matroskademux name=from{number}",
            f"from{number}.video_0 ! queue ! h264parse ! avdec_h264 max-threads=1 ! identity sync=true",
            f"! queue ! picture.sink_{number}",
            f"from{number}.audio_0 ! queue ! opusdec ! audioconvert ! identity sync=true ! queue ! sound.",
        ]
    return [launch, "-q", *" ".join(description).split()]


async def fight(command: list[str], seconds: int) -> Run:
    """Let ``command`` mix clips of ``seconds`` to its standard output. ``RuntimeError`` if it fails."""
    return await asyncio.to_thread(_fight, command, seconds)


def _fight(command: list[str], seconds: int) -> Run:
    run = Run()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        flowing = threading.Event()
        reading = threading.Thread(target=_collect, args=(process.stdout, run, flowing), daemon=True)
        reading.start()
        if not flowing.wait(_PATIENCE_S):
            raise RuntimeError(f"{command[0]} gave nothing")
        time.sleep(WARM_UP_S)
        before, frames, began = cpu_seconds(process.pid), len(run.units), time.monotonic()
        time.sleep(seconds - WARM_UP_S - 6.0)  # FFmpeg probes what it reads for up to five seconds
        run.core_s, run.frames = cpu_seconds(process.pid) - before, len(run.units) - frames
        run.window_s = time.monotonic() - began
        reading.join(_PATIENCE_S)
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {process.returncode}")
    return run


def _collect(stream: IO[bytes], run: Run, flowing: threading.Event) -> None:
    with av.open(stream, "r") as file:
        extra = file.streams.video[0].codec_context.extradata or b""
        # As in MP4 (ISO/IEC 14496-15) or, from NUT, as it goes over the wire.
        annex_b = BitStreamFilterContext("h264_mp4toannexb" if extra[:1] == b"\1" else "null", file.streams.video[0])
        for packet in file.demux():
            if packet.pts is None:
                continue
            pts_us = int(packet.pts * packet.time_base * 1_000_000)
            if packet.stream.type == "audio":
                run.sounds.append(AudioPacket(pts_us, bytes(packet)))
                continue
            flowing.set()
            run.at_s.append(time.monotonic())
            run.units += [VideoUnit(pts_us, each.is_keyframe, bytes(each)) for each in annex_b.filter(packet)]
