"""Chat and likes on the api: their commands, their order, and what a room remembers of them."""

import hashlib
import hmac
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import FastAPI

import streaming.chat.router
from accounts.pace import Pace
from accounts.store_redis import RedisThrottle
from foundation.feed import FeedOutlet
from server.people import People
from server.process import Resources
from streaming.chat.deed import DeleteFromChat, MuteInChat
from streaming.chat.followers import Followers
from streaming.chat.likes import Like
from streaming.chat.limits import ChatLimits
from streaming.chat.say import SayInChat
from streaming.chat.service import ChatOrder, ChatPart, ChatStores
from streaming.chat.store_redis import RedisOrderCopies, RedisTalk
from streaming.chat.store_sql import SqlOrders
from streaming.feed_port import FeedCommand


@dataclass(frozen=True)
class Chat:
    talk: RedisTalk
    commands: tuple[FeedCommand, ...]
    snapshot: ChatPart


def chat(app: FastAPI, has: Resources, stack: AsyncExitStack, outlet: FeedOutlet, people: People) -> Chat:
    """Put the routes of chat on ``app``. Likes are carried for as long as the process runs."""
    talk, limits = RedisTalk(has.redis), ChatLimits()
    stores = ChatStores(SqlOrders(has.database), RedisOrderCopies(has.redis), talk)
    pace = Pace(RedisThrottle(has.redis), has.clock, "chat-deeds:user")
    order = ChatOrder(stores, outlet, people.ranks, pace, has.clock, limits)
    followers = Followers(people.relations)
    stack.push_async_callback(followers.close)
    likes = Like(talk, outlet, limits)
    has.tasks.start(likes.run(), "likes")
    say = SayInChat(talk, outlet, people.gate, order, followers, has.clock, limits, _key(has))
    app.include_router(streaming.chat.router.router(order))
    return Chat(talk, (say, DeleteFromChat(order), MuteInChat(order, limits), likes), ChatPart(order))


def _key(has: Resources) -> bytes:
    """For what Redis holds of addresses: the same on all processes."""
    assert has.settings.secret_key is not None
    return hmac.digest(has.settings.secret_key.get_secret_value().encode(), b"chat-addresses", hashlib.sha256)
