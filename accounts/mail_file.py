"""Mail into a folder, one ``.eml`` a letter: for one machine that tries things out, and whoever reads its files."""

import asyncio
from pathlib import Path

from accounts.mail import Letter, MailAway, message_of
from foundation.clock import Clock
from foundation.ids import new_id


class FileMailer:
    """``folder`` is made at the first letter; its files are for their owner only, since letters hold secrets."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        content = message_of(letter, self._sender, self._clock.now_ms()).as_bytes()
        try:
            await asyncio.to_thread(self._write, content)
        except OSError as error:
            raise MailAway(str(error)) from error

    def _write(self, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{new_id()}.eml"
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(path)
