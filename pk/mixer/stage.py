"""Who is on stage at this moment, connected and drawn; and the changes from one roster to the next."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from pk.mixer.arguments import Loudness, MixerArguments, Output, Roster, Scores, Source, told
from pk.mixer.layout import Rectangle
from pk.mixer.mix import Mixes
from pk.mixer.output import KeyframeWish, RoomFeed
from pk.mixer.scene import Bar, Scene, bar
from pk.mixer.source import SourceFeed

log = structlog.get_logger(__name__)

_FAREWELL_S = 2.0


@dataclass(frozen=True)
class Stage:
    """What both clocks look at, once a tick. Replaced as a whole, never changed."""

    scene: Scene
    sources: tuple[SourceFeed, ...]  # by seat
    rooms: tuple[RoomFeed, ...]
    bar: Bar | None = None


class Stages:
    """The steward's: only his thread calls ``obey``; ``now`` may be read by any. Use as a context manager.

    Whoever stays keeps his connection, decoder and sound, whatever seat he has. Whoever goes is let go by a thread of
    its own, for a farewell may wait for a stuck worker.
    """

    def __init__(self, arguments: MixerArguments, wish: KeyframeWish, now_us: Callable[[], int]) -> None:
        self.mixes = Mixes()
        self.not_understood = 0
        self._arguments = arguments
        self._wish = wish
        self._now_us = now_us
        self._leaving: list[threading.Thread] = []
        scene = Scene(arguments.roster, arguments.width, arguments.height)
        self.now = Stage(scene, (), ())
        self._scores: Mapping[int, int] = {}

    def __enter__(self) -> "Stages":
        self._change(self._arguments.roster)
        return self

    def __exit__(self, *_: object) -> None:
        for feed in self.now.sources:
            self._let_go(feed.close)
        for room in self.now.rooms:
            self._let_go(room.close)
        for thread in self._leaving:
            thread.join(_FAREWELL_S)

    def obey(self, message: Mapping[str, Any]) -> None:
        """Do what is told; what cannot be understood is counted and left."""
        try:
            order = told(message, self._arguments.width, self._arguments.height)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self.not_understood += 1
            log.warning("a mixer was told what it does not understand", error=f"{type(error).__name__}: {error}")
            return
        match order:
            case Roster():
                self._change(order)
            case Loudness(room, gains):
                sources = self.now.scene.roster.sources
                self.mixes.hears(
                    room, {sources[seat].origin: gain for seat, gain in gains.items() if seat < len(sources)}
                )
            case Scores(scores):
                self._scores = scores
                self.now = replace(self.now, bar=self._bar(self.now.scene))

    def _change(self, roster: Roster) -> None:
        scene = Scene(roster, self._arguments.width, self._arguments.height)
        sources = {feed.source.origin: feed for feed in self.now.sources}
        rooms = {feed.output: feed for feed in self.now.rooms}
        seated = tuple(
            sources.pop(source.origin) if source.origin in sources else self._source(source, seat.tile)
            for source, seat in zip(roster.sources, scene.seats, strict=True)
        )
        for feed, source, seat in zip(seated, roster.sources, scene.seats, strict=True):
            feed.place(source, seat.tile)
        served = tuple(rooms.pop(output) if output in rooms else self._room(output) for output in roster.outputs)
        self.now = Stage(scene, seated, served, self._bar(scene))
        for gone in sources.values():
            self._let_go(gone.close)
        for left in rooms.values():
            self._let_go(left.close)
        for output in rooms:
            if output.room not in {each.room for each in roster.outputs}:
                self.mixes.forget(output.room)

    def _source(self, source: Source, tile: Rectangle) -> SourceFeed:
        feed = SourceFeed(source, self._arguments.token, tile, self._now_us)
        feed.open()
        return feed

    def _room(self, output: Output) -> RoomFeed:
        feed = RoomFeed(output, self._arguments.battle, self._arguments.token, self._wish)
        feed.open()
        return feed

    def _bar(self, scene: Scene) -> Bar | None:
        return bar(scene, self._arguments.width, self._scores) if self._arguments.score_bar else None

    def _let_go(self, close: Callable[[], None]) -> None:
        self._leaving = [thread for thread in self._leaving if thread.is_alive()]
        thread = threading.Thread(target=close, name="farewell", daemon=True)
        thread.start()
        self._leaving.append(thread)
