"""PURE. What a guest's track is called: in a session, in the media pipe, and in the address it is watched under."""

GUEST = "guest"


def guest_track(user: str) -> str:
    return f"{GUEST}:{user}"


def guest_of(track: str) -> str:
    """Whose track that is; empty when it is no guest's."""
    kind, _, user = track.partition(":")
    return user if kind == GUEST else ""
