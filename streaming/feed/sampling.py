"""PURE: who is heard when more is said than people can read.

Everybody who speaks has his turn before anybody's second.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

REMEMBERED = 1024
"""Speakers of whom it is known when they were heard last: more than can be heard in several seconds."""


class Sampler:
    """Of one room, for as long as it has sockets."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heard: dict[str, int] = {}  # speaker: in which round, the latest heard at the end
        self._round = 0

    def heard(self, speakers: Sequence[str]) -> list[bool]:
        """One round: of messages in the order of arrival, by their speakers, those that everybody hears.

        First one of each, of those who were heard longest ago first; then each one's second.
        """
        if len(speakers) <= self._most:
            chosen = set(range(len(speakers)))
        else:
            said: Counter[str] = Counter()
            ranks = []
            for number, speaker in enumerate(speakers):
                ranks.append((said[speaker], self._heard.get(speaker, -1), number))
                said[speaker] += 1
            chosen = {number for _, _, number in sorted(ranks)[: self._most]}
        self._remember(speaker for number, speaker in enumerate(speakers) if number in chosen)
        return [number in chosen for number in range(len(speakers))]

    def _remember(self, speakers: Iterable[str]) -> None:
        for speaker in speakers:
            self._heard.pop(speaker, None)
            self._heard[speaker] = self._round
        self._round += 1
        while len(self._heard) > REMEMBERED:
            del self._heard[next(iter(self._heard))]
