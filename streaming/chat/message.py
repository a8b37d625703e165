"""PURE: one line of chat: what it says, to whom it answers, whom it names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from foundation.errors import Malformed
from foundation.feed import Delivery, FeedMessage
from foundation.ids import is_id

MENTIONS = 5
QUOTED = 60
"""Characters of a message that an answer to it repeats."""


@dataclass(frozen=True)
class Quote:
    id: str
    user: str
    name: str
    text: str


@dataclass(frozen=True)
class Said:
    id: str
    user: str
    name: str
    text: str
    at_ms: int
    rank: str | None = None
    mentions: tuple[str, ...] = ()
    reply: Quote | None = None

    @property
    def dear(self) -> tuple[str, ...]:
        """Those whom it concerns: its author, whom he names, and whom he answers."""
        answered = () if self.reply is None else (self.reply.user,)
        return tuple(dict.fromkeys((self.user, *self.mentions, *answered)))

    def body(self) -> dict[str, object]:
        return {
            "id": self.id,
            "user": self.user,
            "name": self.name,
            "text": self.text,
            "at_ms": self.at_ms,
            "rank": self.rank,
            "mentions": list(self.mentions),
            "reply": None if self.reply is None else vars(self.reply),
        }

    def told(self, room: str, only: tuple[str, ...] = ()) -> FeedMessage:
        """As the feed says it, to everybody in the room or to ``only`` these users."""
        return FeedMessage(room, "chat.said", self.body(), Delivery.SAMPLE, users=only, dear=self.dear)

    @classmethod
    def of(cls, body: Mapping[str, object]) -> "Said":
        """From its ``body``."""
        reply = body["reply"]
        quote = None if reply is None else Quote(**reply)  # type: ignore[arg-type]
        return cls(**{**body, "mentions": tuple(body["mentions"]), "reply": quote})  # type: ignore[arg-type]

    def quote(self) -> Quote:
        return Quote(self.id, self.user, self.name, self.text[:QUOTED])

    def without_quoted_text(self) -> "Said":
        """What is left of it when the message that it answers is taken back."""
        return self if self.reply is None else replace(self, reply=replace(self.reply, text=""))


def mentions(given: object) -> tuple[str, ...]:
    """The users that a message names, each once. Raises ``Malformed``."""
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MENTIONS:
        raise Malformed(f"mentions: a list of at most {MENTIONS} users")
    if not all(isinstance(user, str) and is_id(user) for user in given):
        raise Malformed("mentions: ids of users")
    return tuple(dict.fromkeys(given))
