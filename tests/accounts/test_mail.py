"""Letters become messages, and go into files or to a relay; the post lets nobody wait."""

import asyncio
import base64
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from accounts.errors import MailBusy
from accounts.letters import confirmation_letter, reset_letter
from accounts.mail import Letter, MailAway, sender_of
from accounts.mail_file import FileMailer
from accounts.mail_smtp import Relay, SmtpMailer, relay_of
from accounts.post import AT_ONCE, Post
from tests.accounts.house import Mailbox
from tests.clocks import ToldClock

SENDER = "Ringside <no-reply@ringside.test>"
LETTER = reset_letter("mina@example.com", "小明", "https://ringside.test/reset#" + "x" * 43, 30)


def read(content: bytes) -> tuple[str, str, str, str]:
    message = message_from_bytes(content, policy=default)
    body = message.get_body()
    assert body is not None
    return str(message["From"]), str(message["To"]), str(message["Subject"]), body.get_content().replace("\r\n", "\n")


def test_a_link_is_in_one_piece_and_both_languages_are_there() -> None:
    for letter in (LETTER, confirmation_letter("mina@example.com", "小明", "https://ringside.test/email#y", 24)):
        assert any(line.startswith("https://ringside.test/") and " " not in line for line in letter.text.splitlines())
        assert "链接" in letter.text and "Ringside account" in letter.text


def test_a_confirmation_begins_with_our_words_and_promises_nothing_that_another_can_break() -> None:
    letter = confirmation_letter("mina@example.com", "WIN A PRIZE", "https://ringside.test/email#y", 24)
    assert not letter.text.startswith("WIN") and 'account "WIN A PRIZE"' in letter.text
    assert "not write to you again" not in letter.text


def test_a_letter_does_not_show_its_secret_when_it_is_printed() -> None:
    assert "xxx" not in repr(LETTER) and "mina" not in repr(LETTER)


def test_a_sender_is_an_address() -> None:
    assert sender_of(SENDER) == SENDER
    for wrong in ("Ringside", "", "a@b\r\nBcc: c@d"):
        with pytest.raises(ValueError, match="is to be like"):
            sender_of(wrong)


class TestFiles:
    async def test_a_letter_is_a_message_that_only_its_owner_reads(self, tmp_path: Path, clock: ToldClock) -> None:
        folder = tmp_path / "new" / "mail"
        await FileMailer(folder, SENDER, clock).send(LETTER)
        (path,) = folder.iterdir()
        assert path.suffix == ".eml" and stat.S_IMODE(path.stat().st_mode) == 0o600
        assert read(path.read_bytes()) == (SENDER, LETTER.to, LETTER.subject, LETTER.text)
        assert b"Date: Tue, 14 Nov 2023" in path.read_bytes() and b"Auto-Submitted" in path.read_bytes()

    async def test_letters_of_the_day_before_are_removed_and_nothing_else_is(
        self, tmp_path: Path, clock: ToldClock
    ) -> None:
        now_s = clock.now_ms() / 1000
        for name, age_s in (("old.eml", 86_401), ("broken.new", 86_401), ("young.eml", 86_399), ("notes.txt", 86_401)):
            (tmp_path / name).write_text("https://ringside.test/reset#secret")
            os.utime(tmp_path / name, (now_s - age_s, now_s - age_s))
        await FileMailer(tmp_path, SENDER, clock).send(LETTER)
        left = set(os.listdir(tmp_path))
        assert {"young.eml", "notes.txt"} <= left and len(left) == 3

    async def test_a_folder_that_cannot_be_written_is_mail_away(self, tmp_path: Path, clock: ToldClock) -> None:
        (tmp_path / "mail").write_text("not a folder")
        with pytest.raises(MailAway):
            await FileMailer(tmp_path / "mail", SENDER, clock).send(LETTER)


class ScriptedRelay:
    """An SMTP server that takes one letter a connection, or refuses ``refused`` with 550."""

    def __init__(self, refused: str = "", offers: str = "AUTH PLAIN") -> None:
        self.commands: list[str] = []
        self.content = b""
        self._refused = refused
        self._offers = offers

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            command = line.decode().strip()
            self.commands.append(command)
            verb = command.partition(" ")[0].upper()
            if verb == self._refused:
                writer.write(f"550 no {command}\r\n".encode())
            elif verb == "EHLO":
                writer.write(f"250-relay\r\n250 {self._offers}\r\n".encode())
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                self.content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                writer.write(b"250 taken\r\n")
            else:
                writer.write({"AUTH": b"235 welcome\r\n", "QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
        writer.close()


class TestARelay:
    async def test_is_handed_the_letter(self, clock: ToldClock) -> None:
        relay = ScriptedRelay()
        async with relay.serving() as port:
            await SmtpMailer(relay_of(f"smtp://127.0.0.1:{port}"), SENDER, clock).send(LETTER)
        assert read(relay.content) == (SENDER, LETTER.to, LETTER.subject, LETTER.text)
        assert [each for each in relay.commands if each.startswith("rcpt")] == [f"rcpt TO:<{LETTER.to}>"]

    async def test_that_refuses_is_mail_away_and_names_no_address(self, clock: ToldClock) -> None:
        relay = ScriptedRelay(refused="MAIL")
        async with relay.serving() as port:
            with pytest.raises(MailAway) as refused:
                await SmtpMailer(relay_of(f"smtp://127.0.0.1:{port}"), SENDER, clock).send(LETTER)
        assert "550" in str(refused.value) and "@" not in str(refused.value)

    async def test_that_is_not_there_is_mail_away(self, clock: ToldClock) -> None:
        async with ScriptedRelay().serving() as port:
            pass
        with pytest.raises(MailAway):
            await SmtpMailer(relay_of(f"smtp://127.0.0.1:{port}"), SENDER, clock).send(LETTER)

    async def test_without_encryption_gets_neither_password_nor_letter(self, clock: ToldClock) -> None:
        relay = ScriptedRelay()
        async with relay.serving() as port:
            mailer = SmtpMailer(relay_of(f"smtp+starttls://ring:side@127.0.0.1:{port}"), SENDER, clock)
            with pytest.raises(MailAway):
                await mailer.send(LETTER)
        secret = base64.b64encode(b"\0ring\0side").decode()
        assert relay.content == b"" and not any(secret in each or "AUTH" in each for each in relay.commands)


def test_the_address_of_a_relay_is_read() -> None:
    assert relay_of("smtp+starttls://ring:s%40de@mail.example") == Relay(
        "smtp+starttls", "mail.example", 587, "ring", "s@de"
    )
    assert (relay_of("smtps://mail.example").port, relay_of("smtp://mail.example:1025").port) == (465, 1025)
    assert "s@de" not in repr(relay_of("smtps://ring:s%40de@mail.example"))


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://ring:side@mail.example", "smtps://a/b", "smtps://a?x"],
)
def test_what_is_no_relay_is_refused_without_naming_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as refused:
        relay_of(url)
    assert "side@" not in str(refused.value)


class TestThePost:
    async def test_takes_no_more_than_may_wait(self) -> None:
        go = asyncio.Event()

        async def slow() -> Letter:
            await go.wait()
            return LETTER

        mailbox = Mailbox()
        post = Post(mailbox, waiting=2)
        post.soon(slow)
        post.soon(slow)
        with pytest.raises(MailBusy):
            post.soon(slow)
        post.start()
        go.set()
        await post.settled()
        assert mailbox.letters == [LETTER, LETTER]
        await post.close()

    async def test_sends_what_waits_before_it_closes(self) -> None:
        async def written() -> Letter:
            return LETTER

        mailbox = Mailbox()
        post = Post(mailbox)
        post.start()
        for _ in range(AT_ONCE * 3):
            post.soon(written)
        await post.close()
        assert len(mailbox.letters) == AT_ONCE * 3
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_closes_although_a_letter_hangs(self) -> None:
        async def hanging() -> Letter:
            await asyncio.Event().wait()
            return LETTER

        post = Post(Mailbox(), leave_s=0.01)
        post.start()
        post.soon(hanging)
        await post.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_outlives_a_letter_that_cannot_be_written(self) -> None:
        async def wrong() -> Letter:
            raise RuntimeError("no ink")

        async def written() -> Letter:
            return LETTER

        mailbox = Mailbox()
        post = Post(mailbox)
        post.start()
        for _ in range(AT_ONCE + 1):
            post.soon(wrong)
        post.soon(written)
        await post.close()
        assert mailbox.letters == [LETTER]
