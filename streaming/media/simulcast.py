"""PURE. Which encodings of one picture an offer promises: `a=rid` and `a=simulcast` (RFC 8851, 8853).

aiortc's parser drops these lines, so they are read from the section's text. Of alternatives the first is taken, the
most preferred one. An encoding that pauses at first is one like the others: its publisher may wake it at any time.
"""

import re
from collections.abc import Iterable

from streaming.media.errors import OfferMalformed

LAYERS_MAX = 3
_RIDS_MAX = 16
# What fits into a one-byte header extension (RFC 8285, section 4.2).
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def read_layers(section: Iterable[str], payload_type: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rids of a section in its order, at most LAYERS_MAX, and which of them pause at first.

    Both are empty when the section promises fewer than two encodings of `payload_type`.
    """
    lines = [line.strip() for line in section]
    wanted = [line.removeprefix("a=simulcast:") for line in lines if line.startswith("a=simulcast:")]
    if not wanted:
        return (), ()
    if len(wanted) > 1:
        raise OfferMalformed("more than one simulcast line in a section")
    sendable = _sendable([line.removeprefix("a=rid:") for line in lines if line.startswith("a=rid:")], payload_type)
    rids: dict[str, bool] = {}
    for choice in _send_list(wanted[0]):
        for alternative in choice.split(","):
            rid = alternative.removeprefix("~")
            if not _RID.fullmatch(rid):
                raise OfferMalformed("a simulcast line with an unusable rid")
        # An encoding that no rid line describes, or that is named twice, is left out.
        first = next((each for each in choice.split(",") if each.removeprefix("~") in sendable), None)
        if first is not None:
            rids.setdefault(first.removeprefix("~"), first.startswith("~"))
    kept = tuple(rids)[:LAYERS_MAX]
    if len(kept) < 2:
        return (), ()
    return kept, tuple(rid for rid in kept if rids[rid])


def _send_list(value: str) -> list[str]:
    """The `;`-separated encodings behind `send` (RFC 8853, section 5.1); none when there is only `recv`."""
    words = value.split()
    directions = words[::2]
    if len(words) not in (2, 4) or len(set(directions)) != len(directions) or set(directions) - {"send", "recv"}:
        raise OfferMalformed("unreadable simulcast line")
    offered = dict(zip(directions, words[1::2], strict=True)).get("send")
    choices = offered.split(";") if offered is not None else []
    if len(choices) > _RIDS_MAX:
        raise OfferMalformed("too many encodings")
    return choices


def _sendable(lines: list[str], payload_type: int) -> set[str]:
    """The rids with direction `send` whose restrictions leave our codec (RFC 8851, section 10)."""
    if len(lines) > _RIDS_MAX:
        raise OfferMalformed("too many rid lines")
    found: set[str] = set()
    for line in lines:
        rid, _, rest = line.partition(" ")
        direction, _, restrictions = rest.strip().partition(" ")
        if not _RID.fullmatch(rid) or direction not in ("send", "recv"):
            raise OfferMalformed("unreadable rid line")
        formats = next((each[3:] for each in restrictions.split(";") if each.startswith("pt=")), None)
        if direction == "send" and (formats is None or str(payload_type) in formats.split(",")):
            found.add(rid)
    return found
