"""PURE: refusals of battles.

Refusal
+-- NotFound
|   +-- BattleUnknown        404 battle-unknown
|   +-- RoomUnknown          404 room-unknown
+-- Forbidden
|   +-- NotYourRoom          403 not-your-room        inviting for another's room
|   +-- NotYourMove          403 not-your-move        a host of the battle, or a stranger, may not do this
|   +-- Blocked              403 blocked              the other host does not want to meet this one
|   (moderation.gate.Sanctioned  403 sanctioned)
+-- Conflict
|   +-- InviteSelf           409 invite-self
|   +-- HostOffline          409 host-offline         extra: room
|   +-- HostBusy             409 host-busy            in a battle, inviting or being invited; extra: room
|   +-- OutOfPhase           409 out-of-phase         extra: phase, reason
|   +-- RefereeElsewhere     409 referee-elsewhere    between our processes: ask the owner
|   +-- Overtaken            409 overtaken            between our processes: a later write or owner exists
+-- Malformed
|   +-- FightNotOffered      422 fight-not-offered    extra: offered_s
+-- TooMany
|   +-- TooFrequent          429 too-frequent         with Retry-After
+-- Unavailable
    +-- NoReferee            503 no-referee           nobody answers for the battle at the moment; try again
"""

from foundation.errors import Conflict, Forbidden, Malformed, NotFound, TooMany, Unavailable


class BattleUnknown(NotFound):
    code, title = "battle-unknown", "There is no such battle"


class RoomUnknown(NotFound):
    code, title = "room-unknown", "There is no such room"


class NotYourRoom(Forbidden):
    code, title = "not-your-room", "The room belongs to somebody else"


class NotYourMove(Forbidden):
    code, title = "not-your-move", "This is not yours to do in this battle"


class Blocked(Forbidden):
    code, title = "blocked", "This host does not take your invitations"


class InviteSelf(Conflict):
    code, title = "invite-self", "A host cannot battle himself"


class HostOffline(Conflict):
    code, title = "host-offline", "A host who is not live cannot battle"


class HostBusy(Conflict):
    code, title = "host-busy", "A host is in a battle, inviting or being invited"


class OutOfPhase(Conflict):
    code, title = "out-of-phase", "Not possible in this phase of the battle"


class RefereeElsewhere(Conflict):
    code, title = "referee-elsewhere", "Another process drives this battle"


class Overtaken(Conflict):
    code, title = "overtaken", "The battle has moved on without this writer"


class FightNotOffered(Malformed):
    code, title = "fight-not-offered", "This duration is not offered"


class TooFrequent(TooMany):
    code, title = "too-frequent", "Too many invitations in a minute"


class NoReferee(Unavailable):
    code, title = "no-referee", "Nobody answers for this battle at the moment"
