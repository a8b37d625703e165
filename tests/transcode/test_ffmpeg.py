import asyncio
import socket
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from tests.transcode.processes import gone
from transcode.ffmpeg import SyntheticHost, publish_synthetic_host, record_synthetic_host

DEADLINE_S = 20.0
HOST = SyntheticHost("Amy", 440, "0xC02030", width=180, height=320, fps=15, seconds=4.2)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("host") / "amy.mkv"
    record_synthetic_host(HOST, path)
    return path


def test_the_picture_is_baseline_with_a_keyframe_at_least_every_two_seconds(recording: Path) -> None:
    with av.open(recording) as file:
        stream = file.streams.video[0]
        extradata = stream.codec_context.extradata
        assert extradata is not None
        assert extradata[1] == 66
        assert extradata[3] == 31
        packets = [packet for packet in file.demux(stream) if packet.size]
        assert all(packet.pts == packet.dts for packet in packets), "no B-frames"
        keys = [
            packet.pts / 1000 for packet in packets if packet.is_keyframe and packet.pts is not None
        ]  # Matroska: ms
    assert len(packets) == pytest.approx(63, abs=2)
    assert keys[0] == pytest.approx(0, abs=0.1)
    assert max(np.diff(keys)) <= 2.01
    assert len(keys) == 3


def test_the_picture_has_its_colour_moves_and_carries_letters(recording: Path) -> None:
    with av.open(recording) as file:
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in file.decode(video=0)]
    assert frames[0].shape == (320, 180, 3)
    red, green, blue = frames[0].mean((0, 1))
    assert red > 2 * green
    assert red > 2 * blue
    assert np.abs(frames[0] - frames[20]).mean() > 3
    assert (frames[0].min(2) > 200).sum() > 100, "white letters"


def test_the_sound_is_the_tone(recording: Path) -> None:
    with av.open(recording) as file:
        assert file.streams.audio[0].codec_context.name in ("opus", "libopus")
        heard = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    second = heard[48_000:96_000]
    spectrum = np.abs(np.fft.rfft(second))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert np.abs(second).max() > 0.1


def test_what_ffmpeg_cannot_do_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nowhere"):
        record_synthetic_host(HOST, tmp_path / "nowhere" / "amy.mkv")


async def test_it_offers_h264_and_opus_with_its_token_by_whip(tmp_path: Path) -> None:
    requests: asyncio.Queue[bytes] = asyncio.Queue()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = b""
        while b"a=rtpmap" not in received or b"opus" not in received:
            if not (portion := await reader.read(65536)):
                break
            received += portion
        requests.put_nowait(received)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    log = tmp_path / "amy.log"
    publisher = publish_synthetic_host(
        f"http://127.0.0.1:{port}/whip/amy", "secret", "Amy", 440, "red", 180, 320, log=log
    )
    async with asyncio.timeout(DEADLINE_S):
        offer = (await requests.get()).decode()
        assert await asyncio.to_thread(publisher.wait, DEADLINE_S) != 0
    server.close()
    assert offer.startswith("POST /whip/amy ")
    assert "Authorization: Bearer secret" in offer
    assert "H264/90000" in offer
    assert any(profile in offer for profile in ("profile-level-id=42001f", "profile-level-id=42c01f", "42e01f"))
    assert "opus/48000/2" in offer
    assert "403" in log.read_text()


def test_it_can_be_stopped() -> None:
    publisher = publish_synthetic_host("http://127.0.0.1:9/whip/amy", "secret", "Amy", 440, "red", 180, 320)
    assert publisher.pid > 0
    publisher.stop()
    assert publisher.poll() is not None


async def test_a_synthetic_host_dies_with_its_owner() -> None:
    """The owner is killed while FFmpeg waits for the answer of a server that never gives one."""
    script = (
        "import os, signal, sys\n"
        "from transcode.ffmpeg import publish_synthetic_host\n"
        "print(publish_synthetic_host(sys.argv[1], 't', 'Amy', 440, 'red', 180, 320).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/whip/amy"
        owner = await asyncio.create_subprocess_exec(sys.executable, "-c", script, url, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(DEADLINE_S):
            output, _ = await owner.communicate()
        await gone(int(output))
