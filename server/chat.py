"""Chat and likes on the api: their commands, and what a room remembers of them."""

from dataclasses import dataclass

from foundation.feed import FeedOutlet
from moderation.gate import Gate
from server.process import Resources
from streaming.chat.likes import Like
from streaming.chat.limits import ChatLimits
from streaming.chat.say import SayInChat
from streaming.chat.store_redis import RedisTalk


@dataclass(frozen=True)
class Chat:
    talk: RedisTalk
    commands: tuple[SayInChat, Like]


def chat(has: Resources, outlet: FeedOutlet, gate: Gate) -> Chat:
    """Likes are carried for as long as the process runs."""
    talk, limits = RedisTalk(has.redis), ChatLimits()
    likes = Like(talk, outlet, limits)
    has.tasks.start(likes.run(), "likes")
    return Chat(talk, (SayInChat(talk, outlet, gate, has.clock, limits), likes))
