"""Refusals of rooms and broadcasts.

Refusal
+-- NotFound     RoomUnknown   404 room-unknown
+-- Conflict     NotLive       409 not-live       with Retry-After for those who want to watch
|                StaleOwner    409 stale-owner    a later keeper has taken the broadcast over
+-- Forbidden    NotYourRoom   403 not-your-room
|                NotInBattle   403 not-in-battle  the camera is for opponents and moderators
+-- TooMany      TooFast       429 too-fast
+-- Malformed    UnknownType   422 unknown-type   the feed knows no such command
"""

from foundation.errors import Conflict, Forbidden, Malformed, NotFound, TooMany


class RoomUnknown(NotFound):
    code, title = "room-unknown", "There is no such room"


class NotLive(Conflict):
    code, title = "not-live", "The room is not live"


class NotYourRoom(Forbidden):
    code, title = "not-your-room", "The room belongs to somebody else"


class NotInBattle(Forbidden):
    code, title = "not-in-battle", "A room's camera is for its opponents in a battle"


class TooFast(TooMany):
    code, title = "too-fast", "Slower, please"


class UnknownType(Malformed):
    code, title = "unknown-type", "The feed knows no such command"


class StaleOwner(Conflict):
    code, title = "stale-owner", "A later owner has taken over"
