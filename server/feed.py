"""The room feed on the api: the sockets of this process, what they may say, and what a newcomer is shown."""

from collections.abc import Sequence

from fastapi import FastAPI

import streaming.feed.router
from server.people import People
from server.process import Resources
from streaming.audience.audience import Audience
from streaming.audience.rules import AudienceRules
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.store import Talk
from streaming.feed.commands import Commands
from streaming.feed.feed import Feed
from streaming.feed.router import FeedParts
from streaming.feed.rules import FeedRules
from streaming.feed.snapshot import Snapshots
from streaming.feed.store import Wire
from streaming.feed_port import FeedCommand, SnapshotPart
from streaming.lobby import Lobby


def install(
    app: FastAPI,
    has: Resources,
    wire: Wire,
    lobby: Lobby,
    talk: Talk,
    people: People,
    commands: Sequence[FeedCommand],
    shown: Sequence[SnapshotPart],
) -> None:
    """Put the feed on ``app`` and run it; ``shown`` are the other members of the snapshot."""
    rules = FeedRules()
    audience = Audience(RedisAudiences(has.redis), wire, has.clock, AudienceRules())
    feed = Feed(wire, audience, has.bus, people.gate, people.tokens, has.clock, rules)
    people.keeper.heed(feed.check_user)
    has.tasks.start(feed.run(), "feed")
    parts = FeedParts(
        feed,
        lobby,
        Snapshots(lobby, audience, talk, shown),
        Commands(commands, has.clock, rules),
        people.tokens,
        people.gate,
        has.clock,
        rules,
    )
    app.include_router(streaming.feed.router.router(parts))
