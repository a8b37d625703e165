"""Bodies of requests, answers and feed messages about guests."""

from pydantic import BaseModel, ConfigDict, StrictBool

from streaming.guests import Guest, Seats
from streaming.rules import GuestRules


class Application(BaseModel):
    """``picture`` False: to be heard only."""

    model_config = ConfigDict(extra="forbid")

    picture: StrictBool = True


def guest_body(guest: Guest) -> dict[str, object]:
    return {
        "user": guest.user,
        "name": guest.name,
        "state": guest.state.value,
        "picture": guest.picture,
        "muted": guest.muted,
        "since_ms": guest.since_ms,
    }


def stage_body(seats: Seats, rules: GuestRules) -> dict[str, object]:
    """``mixed`` False: the guests meet, but the room sees and hears its host alone. ``screen``: the host's, too."""
    guests = [guest_body(guest) for guest in seats.on_stage if not guest.screen]
    return {"guests": guests, "screen": seats.screen, "mixed": seats.mixed(rules)}


def guests_seen_by(seats: Seats, reader: str | None, *, all_of_them: bool) -> list[dict[str, object]]:
    """Those on stage are everybody's to see, and oneself; ``all_of_them`` is for the host and for moderators."""
    on_stage = seats.on_stage
    return [guest_body(each) for each in seats.guests if all_of_them or each in on_stage or each.user == reader]
