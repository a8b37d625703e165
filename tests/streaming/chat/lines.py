"""Lines of chat for tests."""

from foundation.ids import new_id
from streaming.chat.message import Quote, Said
from tests.streaming.scene import NOW


def said(text: str = "x", user: str = "", at_ms: int = NOW, reply: Quote | None = None) -> Said:
    return Said(new_id(), user or new_id(), "Bob", text, at_ms, reply=reply)
