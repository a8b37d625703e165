"""Refusals of rooms and broadcasts.

Refusal
+-- NotFound     RoomUnknown   404 room-unknown
|                GuestUnknown  404 guest-unknown
|                NoPoster      404 no-poster      it is not live, or has no picture yet
+-- Conflict     NotLive       409 not-live       with Retry-After for those who want to watch
|                StaleOwner    409 stale-owner    a later keeper has taken the broadcast over
|                AlreadyOnStage    409 already-on-stage
|                ApplicationsFull  409 applications-full  with Retry-After
|                StageFull         409 stage-full
+-- Forbidden    NotYourRoom   403 not-your-room
|                NotInBattle   403 not-in-battle  the camera is for those on the same stage, and for moderators
|                NotOnStage    403 not-on-stage   a guest's camera, and publishing as a guest
|                Blocked       403 blocked        the host does not want to meet him
+-- TooMany      TooFast       429 too-fast
"""

from foundation.errors import Conflict, Forbidden, NotFound, TooMany


class RoomUnknown(NotFound):
    code, title = "room-unknown", "There is no such room"


class GuestUnknown(NotFound):
    code, title = "guest-unknown", "He has no seat here and has not applied for one"


class NoPoster(NotFound):
    code, title = "no-poster", "There is no picture of the room now"


class NotLive(Conflict):
    code, title = "not-live", "The room is not live"


class NotYourRoom(Forbidden):
    code, title = "not-your-room", "The room belongs to somebody else"


class NotInBattle(Forbidden):
    code, title = "not-in-battle", "A room's camera is for those on the same stage"


class NotOnStage(Forbidden):
    code, title = "not-on-stage", "This is for the people on that stage"


class Blocked(Forbidden):
    code, title = "blocked", "The host does not want to meet you"


class AlreadyOnStage(Conflict):
    code, title = "already-on-stage", "You are on a stage already"


class ApplicationsFull(Conflict):
    code, title = "applications-full", "Too many people wait for this host's answer"


class StageFull(Conflict):
    code, title = "stage-full", "Every seat on this stage is taken"


class TooFast(TooMany):
    code, title = "too-fast", "Slower, please"


class StaleOwner(Conflict):
    code, title = "stale-owner", "A later owner has taken over"
