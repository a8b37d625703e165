"""Mail into a folder, one ``.eml`` a letter: for one machine that tries things out, and whoever reads its files."""

import asyncio
from contextlib import suppress
from pathlib import Path

from accounts.mail import Letter, MailAway, message_of
from foundation.clock import Clock
from foundation.ids import new_id

KEPT_MS = 24 * 3600_000


class FileMailer:
    """``folder`` is made at the first letter; its files are for their owner only, since letters hold secrets.

    Those older than ``KEPT_MS`` are removed when another one is written: no link in them works any more.
    """

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        now_ms = self._clock.now_ms()
        content = message_of(letter, self._sender, now_ms).as_bytes()
        try:
            await asyncio.to_thread(self._write, content, now_ms)
        except OSError as error:
            raise MailAway(str(error)) from error

    def _write(self, content: bytes, now_ms: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for letter in (*self._folder.glob("*.eml"), *self._folder.glob("*.new")):
            with suppress(FileNotFoundError):  # another process has removed it
                if letter.stat().st_mtime * 1000 < now_ms - KEPT_MS:
                    letter.unlink()
        path = self._folder / f"{new_id()}.eml"
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(path)
