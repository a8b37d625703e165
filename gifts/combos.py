"""PURE: combos. Pieces of one gift that one sender gives one person in one room, each in time after the one before.

A combo is named after its first gift. The stamps of its gifts decide what belongs together, not when they are seen:
a backlog that is drained makes the same combos as gifts that are relayed at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gifts.ledger import Gift


@dataclass(frozen=True)
class Combo:
    """``count`` pieces for ``coins``, of which ``win`` came back, in all ``rooms`` that have seen one of them."""

    id: str
    room: str
    item: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    guest: str | None
    guest_name: str | None
    since_ms: int
    last_at_ms: int
    count: int
    coins: int
    win: int
    rooms: tuple[str, ...]

    @property
    def who(self) -> str:
        """As ``who_of`` its gifts."""
        return f"{self.sender}:{self.item}:{self.guest or self.recipient}"

    @property
    def is_one(self) -> bool:
        """Of more than one piece: its end is told. A lone piece is no combo."""
        return self.count > 1


def begun(gift: Gift, rooms: Sequence[str]) -> Combo:
    return Combo(
        id=gift.id,
        room=gift.room,
        item=gift.item,
        sender=gift.sender,
        sender_name=gift.sender_name,
        recipient=gift.recipient,
        recipient_name=gift.recipient_name,
        guest=gift.asked_for,
        guest_name=gift.asked_for_name,
        since_ms=gift.accepted_at_ms,
        last_at_ms=gift.accepted_at_ms,
        count=gift.count,
        coins=gift.coins,
        win=gift.win,
        rooms=tuple(rooms),
    )


def continued(combo: Combo, gift: Gift, rooms: Sequence[str]) -> Combo:
    return replace(
        combo,
        last_at_ms=max(combo.last_at_ms, gift.accepted_at_ms),
        count=combo.count + gift.count,
        coins=combo.coins + gift.coins,
        win=combo.win + gift.win,
        rooms=tuple(dict.fromkeys((*combo.rooms, *rooms))),
    )


def in_time(combo: Combo, gift: Gift, combo_ms: int) -> bool:
    return gift.accepted_at_ms - combo.last_at_ms <= combo_ms


def gathered(pieces: Iterable[tuple[Gift, Sequence[str]]], combo_ms: int) -> list[Combo]:
    """The combos that gifts make, each with the rooms that saw it, in the order of their beginnings."""
    combos: dict[str, Combo] = {}
    newest: dict[tuple[str, str], str] = {}
    for gift, rooms in pieces:
        of = gift.room, who_of(gift)
        known = combos.get(newest.get(of, ""))
        if known is not None and in_time(known, gift, combo_ms):
            combos[known.id] = continued(known, gift, rooms)
        else:
            combos[gift.id] = begun(gift, rooms)
            newest[of] = gift.id
    return list(combos.values())


def who_of(gift: Gift) -> str:
    """Equal for the gifts of one room that can be of one combo."""
    return f"{gift.sender}:{gift.item}:{gift.person}"
