"""Letters to people: by the relay of the settings, or into files."""

from contextlib import AsyncExitStack

from accounts.mail import Mailer
from accounts.mail_file import FileMailer
from accounts.mail_smtp import SmtpMailer, relay_of
from accounts.post import Post
from foundation.clock import Clock
from server.process import Resources
from server.settings import Settings


def mailer(settings: Settings, clock: Clock) -> Mailer:
    if settings.smtp_url is None:
        return FileMailer(settings.data_dir / "mail", settings.mail_from, clock)
    return SmtpMailer(relay_of(settings.smtp_url.get_secret_value()), settings.mail_from, clock)


def post(has: Resources, stack: AsyncExitStack) -> Post:
    """Started; closed when ``stack`` is."""
    opened = Post(mailer(has.settings, has.clock))
    opened.start()
    stack.push_async_callback(opened.close)
    return opened
