"""Stands between a client and PostgreSQL and cuts both off when the database has committed, or is about to."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Self

BEFORE, AFTER = "before", "after"  # the COMMIT
_CHUNK = 1 << 16
_LONGEST = 16  # no sign is longer
# A simple query, as the ledger's driver and as SQLAlchemy says it; and CommandComplete.
_ASKED = (b"Q\x00\x00\x00\x0bCOMMIT\x00", b"Q\x00\x00\x00\x0cCOMMIT;\x00")
_DONE = (b"C\x00\x00\x00\x0bCOMMIT\x00",)


class Cutter:
    """Listens on ``folder``/.s.PGSQL.5432 and passes everything on to the socket in ``to``, until it is told to cut."""

    def __init__(self, folder: Path, to: Path) -> None:
        self._folder = folder
        self._to = to / ".s.PGSQL.5432"
        self._server: asyncio.Server | None = None
        self._at: str | None = None
        self._refuse = 0
        self._open: set[asyncio.StreamWriter] = set()
        self.cuts = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._connected, self._folder / ".s.PGSQL.5432")
        return self

    async def __aexit__(self, *how: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    def cut(self, at: str, refuse: int) -> None:
        """At the next COMMIT; then turn away so many who come again."""
        self._at, self._refuse = at, refuse

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._at is None and self._refuse:
            self._refuse -= 1
            writer.transport.abort()
            return
        with suppress(OSError):
            from_database, to_database = await asyncio.open_unix_connection(self._to)
            both = (writer, to_database)
            self._open.update(both)
            pumps = [
                asyncio.create_task(self._pump(reader, to_database, BEFORE, _ASKED)),
                asyncio.create_task(self._pump(from_database, writer, AFTER, _DONE)),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for each in both:
                each.transport.abort()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._open.difference_update(both)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at: str, signs: tuple[bytes, ...]
    ) -> None:
        """Until one end is closed, or what comes is one of the ``signs`` to cut at: that is not passed on."""
        tail = b""
        while chunk := await reader.read(_CHUNK):
            if self._at == at and any(sign in tail + chunk for sign in signs):
                self._at = None
                self.cuts += 1
                return
            tail = chunk[-_LONGEST:]
            writer.write(chunk)
            await writer.drain()
