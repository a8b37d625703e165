"""The names of media sessions, made so that any api process can serve any session and nobody can guess one.

A session's address carries the worker's id, the session's id and our signature over both. Its entity tag names one ICE
session (RFC 9725, section 4.3.1): it is derived from the address and our user fragment, which the worker knows.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from foundation.nodes import NodeRegistry
from streaming.media.errors import SessionUnknown

_SIGNATURE_LENGTH = 32
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{1,64})\.([0-9a-f]{32})")


@dataclass(frozen=True)
class SessionNames:
    secret: str

    def sign(self, worker: str, session: str) -> str:
        where = base64.urlsafe_b64encode(worker.encode()).decode().rstrip("=")
        return f"{where}.{session}.{self._mac(f'{where}.{session}')}"

    def etag(self, token: str, ufrag: str) -> str:
        return f'"{self._mac(f"etag {token} {ufrag}")[:16]}"'

    async def locate(self, token: str, nodes: NodeRegistry) -> tuple[str, str]:
        """The worker's address and the session's id; SessionUnknown for what we did not sign, or a worker gone."""
        match = _TOKEN.fullmatch(token)
        if match is None or not hmac.compare_digest(self._mac(f"{match[1]}.{match[2]}"), match[3]):
            raise SessionUnknown
        worker = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)).decode()
        for node in await nodes.alive("media"):
            if node.id == worker:
                return node.url, match[2]
        raise SessionUnknown

    def _mac(self, text: str) -> str:
        made = hmac.new(self.secret.encode(), b"media session " + text.encode(), hashlib.sha256)
        return made.hexdigest()[:_SIGNATURE_LENGTH]
