"""Mail: what is asked of whoever carries a letter to somebody's mailbox. ``FileMailer`` and ``SmtpMailer`` do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Protocol


class MailAway(Exception):
    """The letter was not taken: the server does not answer, or refuses it."""


@dataclass(frozen=True)
class Letter:
    """``to`` is an address as ``address_of`` gives it; ``text`` may hold a secret and is never logged."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter on; raises ``MailAway``, within half a minute, when it was not taken."""


def sender_of(said: str) -> str:
    """``said`` when it is ``Name <address>`` or an address; ``ValueError`` says what is wrong with it."""
    _, address = parseaddr(said)
    if "@" not in address or not said.isprintable():
        raise ValueError(f"is to be like Ringside <no-reply@example.net>; {said} is not.")
    return said


def message_of(letter: Letter, sender: str, at_ms: int) -> EmailMessage:
    """The letter as a message of RFC 5322; ``sender`` is ``Name <address>`` or an address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].partition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message.set_content(letter.text)
    return message
