"""Janus (Debian 1.1.2) as a contestant: a streaming mountpoint fed by plain RTP, set up as its handbook advises."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import peer
from bench.forward.child import SERVER_CORE, placed
from streaming.media.port import addresses_of_this_machine

START_S = 20.0
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")

# Levels of logging off, retransmissions only of what was asked for, media of all handles in one event loop: one core
# is what each contestant has.
_MAIN = """general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  events_folder = "{libraries}/events"
  loggers_folder = "{libraries}/loggers"
  interface = "127.0.0.1"
  debug_level = 2
  session_timeout = 0
  event_loops = 1
}}
media: {{ nack_optimizations = true; }}
nat: {{
  ice_lite = true
  ice_enforce_list = "{address}"
}}
plugins: {{ disable = "{other_plugins}"; }}
transports: {{ disable = "{other_transports}"; }}
loggers: {{ disable = "libjanus_jsonlog.so"; }}
"""
_WEBSOCKETS = 'general: {{ json = "compact"; ws = true; ws_port = {port}; ws_ip = "127.0.0.1"; }}'

_STREAMING = """benchmark: {{
  type = "rtp"
  id = 1
  media = (
    {{ type = "audio"; mid = "a"; port = {audio}; pt = 111; codec = "opus"; }},
    {{ type = "video"; mid = "v"; port = {video}; pt = 102; codec = "h264"; bufferkf = true;
      fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"; }}
  )
}}
"""


@dataclass(frozen=True)
class Janus:
    pid: int
    websocket: str
    audio_port: int
    video_port: int


def absent() -> str:
    """Why Janus cannot be measured here; empty: it can."""
    if shutil.which("janus") is None:
        return "janus is not on PATH"
    return "" if own_address() else "this machine has no IPv4 address but 127.0.0.1, which Janus does not offer"


def own_address() -> str:
    """Janus skips the interface lo; to an address of its own machine a packet goes through lo all the same."""
    found = (each for each in addresses_of_this_machine() if ":" not in each and not each.startswith("127."))
    return next(found, "")


@asynccontextmanager
async def janus(folder: Path) -> AsyncIterator[Janus]:
    websocket, audio, video = _free_ports(socket.SOCK_STREAM, 1) + _free_ports(socket.SOCK_DGRAM, 2)
    settings = folder / "janus"
    settings.mkdir(exist_ok=True)
    values = {
        "folder": settings,
        "address": own_address(),
        "libraries": _LIBRARIES,
        "other_plugins": _all_but("plugins", "streaming"),
        "other_transports": _all_but("transports", "websockets"),
    }
    (settings / "janus.jcfg").write_text(_MAIN.format(**values))
    (settings / "janus.transport.websockets.jcfg").write_text(_WEBSOCKETS.format(port=websocket))
    (settings / "janus.plugin.streaming.jcfg").write_text(_STREAMING.format(audio=audio, video=video))
    with (folder / "janus.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *("janus", "--config", str(settings / "janus.jcfg"), "--configs-folder", str(settings)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: placed(SERVER_CORE),
        )
    try:
        async with asyncio.timeout(START_S):
            await peer.opens(process, websocket)
        yield Janus(process.pid, f"ws://127.0.0.1:{websocket}", audio, video)
    finally:
        await peer.stop(process)


def _all_but(kind: str, wanted: str) -> str:
    names = sorted(path.name for path in (_LIBRARIES / kind).glob("*.so"))
    return ",".join(name for name in names if wanted not in name)


def _free_ports(kind: socket.SocketKind, count: int) -> list[int]:
    opened = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for each in opened:
        each.bind(("127.0.0.1", 0))
    found = [each.getsockname()[1] for each in opened]
    for each in opened:
        each.close()
    return found
