"""Mail by SMTP (RFC 5321) to a relay that queues by itself: what it does not take at once is not tried again here."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from accounts.mail import Letter, MailAway, message_of
from foundation.clock import Clock

STEP_S = 10.0  # each word of the relay
DEADLINE_S = 30.0
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class Relay:
    """``security``: ``smtp`` in the clear, ``smtp+starttls`` or ``smtps`` with a certificate that is checked."""

    security: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


def relay_of(url: str) -> Relay:
    """``smtp+starttls://user:password@host:port``; ``ValueError`` says what is wrong, without the password."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"SMTP_URL is one of {', '.join(f'{each}://' for each in _PORTS)} with a host")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.scheme == "smtp":
        raise ValueError("SMTP_URL: a password is not sent in the clear; use smtp+starttls:// or smtps://")
    return Relay(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], user, password)


class SmtpMailer:
    def __init__(self, relay: Relay, sender: str, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        self._relay = relay
        self._sender = sender
        self._clock = clock
        self._tls = tls or ssl.create_default_context()

    async def send(self, letter: Letter) -> None:
        message = message_of(letter, self._sender, self._clock.now_ms())
        try:
            async with asyncio.timeout(DEADLINE_S):
                # The thread ends by itself: each of its steps has a deadline.
                await asyncio.to_thread(self._hand_over, message)
        except (OSError, smtplib.SMTPException, TimeoutError) as error:
            raise MailAway(_said(error)) from error

    def _hand_over(self, message: EmailMessage) -> None:
        relay = self._relay
        if relay.security == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=STEP_S, context=self._tls)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=STEP_S)
        with smtp:
            if relay.security == "smtp+starttls":
                smtp.starttls(context=self._tls)  # raises where it is not offered
            if relay.user:
                smtp.login(relay.user, relay.password)
            smtp.send_message(message)


def _said(error: BaseException) -> str:
    """What may be logged: a refusal may repeat the recipient's address."""
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"
