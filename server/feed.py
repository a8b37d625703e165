"""The room feed on the api: the sockets of this process, what they may say, and what a newcomer is shown."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

import streaming.feed.router
from server.people import People
from server.process import Resources
from streaming.audience.audience import Audience
from streaming.audience.rules import AudienceRules
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.store import Talk
from streaming.feed.commands import Commands
from streaming.feed.feed import Feed
from streaming.feed.metrics import FeedMetrics
from streaming.feed.router import FeedParts
from streaming.feed.rules import FeedRules
from streaming.feed.shelf import Shelf
from streaming.feed.snapshot import Snapshots
from streaming.feed.store import Wire
from streaming.feed_port import FeedCommand, SnapshotPart
from streaming.lobby import Lobby


def install(
    app: FastAPI,
    has: Resources,
    stack: AsyncExitStack,
    wire: Wire,
    lobby: Lobby,
    talk: Talk,
    people: People,
    commands: Sequence[FeedCommand],
    shown: Sequence[SnapshotPart],
    registry: CollectorRegistry,
) -> None:
    """Put the feed on ``app`` and run it; ``shown`` are the other members of the snapshot."""
    limits = has.settings
    rules = FeedRules(
        native=limits.feed_native,
        sockets_per_address=limits.feed_sockets_per_address,
        sockets_per_user=limits.feed_sockets_per_user,
    )
    audience = Audience(RedisAudiences(has.redis), wire, has.clock, AudienceRules())
    feed = Feed(wire, audience, has.bus, people.gate, people.tokens, has.clock, rules)
    people.keeper.heed(feed.check_user)
    has.tasks.start(feed.run(), "feed")
    metrics, snapshots = FeedMetrics(registry), Snapshots(lobby, audience, talk, shown)
    shelf = Shelf(feed, snapshots, lobby.room, metrics)
    stack.push_async_callback(shelf.close)
    parts = FeedParts(
        feed,
        shelf,
        Commands(commands, has.clock, rules),
        people.tokens,
        people.gate,
        has.clock,
        rules,
        metrics,
    )
    app.include_router(streaming.feed.router.router(parts))
