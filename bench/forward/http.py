"""As little HTTP/1.1 as the load needs: one request, one connection. A client library costs more than a handshake."""

import asyncio
from urllib.parse import urlsplit

DEADLINE_S = 20.0


async def ask(
    method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of the answer."""
    parts = urlsplit(url)
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            said = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in said.items())
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.read()
        finally:
            writer.close()
    top, _, content = answer.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, content
