"""PURE: what the feed says of gifts, combos and banners; the members are described in docs/protocol.md."""

from gifts.catalogue import Item
from gifts.combos import Combo
from gifts.ledger import Gift

Body = dict[str, object]


def gift_body(gift: Gift, item: Item | None, combo: int, combo_id: str, fan_level: int) -> Body:
    return {
        "id": gift.id,
        **_item(gift.item, item),
        "count": gift.count,
        "coins": gift.coins,
        "from": {"user": gift.sender, "name": gift.sender_name, "fan_level": fan_level},
        "to": {"user": gift.recipient, "name": gift.recipient_name},
        "guest": _person(gift.asked_for, gift.asked_for_name),
        "battle": gift.battle,
        "side": gift.side,
        "score": gift.score if gift.battle else None,
        "boost": gift.boost,
        "win": gift.win,
        "combo": combo,
        "combo_id": combo_id,
        "at_ms": gift.accepted_at_ms,
    }


def combo_body(combo: Combo, item: Item | None) -> Body:
    return {
        "combo_id": combo.id,
        **_item(combo.item, item),
        "count": combo.count,
        "coins": combo.coins,
        "win": combo.win,
        "from": {"user": combo.sender, "name": combo.sender_name},
        "to": {"user": combo.recipient, "name": combo.recipient_name},
        "guest": _person(combo.guest, combo.guest_name),
        "since_ms": combo.since_ms,
        "last_at_ms": combo.last_at_ms,
    }


def banner_body(gift: Gift, item: Item | None, more: int) -> Body:
    return {
        "id": gift.id,
        "room": gift.room,
        **_item(gift.item, item),
        "count": gift.count,
        "coins": gift.coins,
        "from": {"user": gift.sender, "name": gift.sender_name},
        "to": {"user": gift.recipient, "name": gift.recipient_name},
        "more": more,
        "at_ms": gift.accepted_at_ms,
    }


def _item(name: str, item: Item | None) -> Body:
    return {"gift": name, "name": item.name if item else name, "emoji": item.emoji if item else ""}


def _person(user: str | None, name: str | None) -> Body | None:
    return {"user": user, "name": name} if user else None
