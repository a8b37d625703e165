"""nchan (Debian's libnginx-mod-nchan) as a contestant: one nginx worker and a channel, as its handbook advises."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench import peer
from bench.feed.crowd import Manners
from bench.feed.place import Place
from bench.forward.child import SERVER_CORE, placed
from tests.processes import descendants
from tests.waiting import until

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
START_S = 10.0

# Logs off; a short history, as nobody comes back; the posting connection is kept for good. The worker may write where
# the master may, which matters to root only.
_SETTINGS = """load_module {module};
{user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  nchan_shared_memory_size 64M;
  keepalive_requests 1000000;
  keepalive_timeout 3600s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /feed {{
      nchan_subscriber websocket;
      nchan_channel_id feed;
      nchan_subscriber_first_message newest;
      nchan_websocket_ping_interval 0;
    }}
    location = /event {{
      nchan_publisher http;
      nchan_channel_id feed;
      nchan_message_buffer_length 20;
      nchan_message_timeout 60s;
      client_body_buffer_size 16k;
    }}
  }}
}}
"""


def absent() -> str:
    """Why nchan cannot be measured here; empty: it can."""
    there = _nginx() is not None and MODULE.exists()
    return "" if there else "it is not installed: apt-get install nginx libnginx-mod-nchan"


def _nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@asynccontextmanager
async def nchan(folder: Path) -> AsyncIterator[Place]:
    nginx = _nginx()
    assert nginx is not None
    home, port = folder / "nchan", _free_port()
    home.mkdir(exist_ok=True)
    user = "user root;" if os.getuid() == 0 else ""
    settings = home / "nginx.conf"
    settings.write_text(_SETTINGS.format(module=MODULE, user=user, folder=home, port=port))
    with (home / "nginx.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(nginx, "-p", str(home), "-e", str(home / "error.log"), "-c", str(settings)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: placed(SERVER_CORE),
        )
    try:
        await _answers(process, port, home)
        way = {"address": f"http://127.0.0.1:{port}", "path": "/event"}
        # The master does nothing; its memory is counted, as the worker shares it.
        yield Place(port, descendants(process.pid), Manners(), way, lambda count: ["/feed"] * count)
    finally:
        await peer.stop(process)


async def _answers(process: asyncio.subprocess.Process, port: int, home: Path) -> None:
    """Its worker, too, is there."""

    async def has_worker() -> bool:
        return len(descendants(process.pid)) > 1

    async with asyncio.timeout(START_S):
        try:
            await peer.opens(process, port)
        except RuntimeError as error:
            raise RuntimeError(f"nginx: {error}: {(home / 'nginx.log').read_text()[-500:]}") from error
        await until(has_worker, "nginx has its worker")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])
