"""PURE: refusals of battles.

Refusal
+-- NotFound
|   +-- BattleUnknown        404 battle-unknown
|   +-- RoomUnknown          404 room-unknown
+-- Forbidden
|   +-- NotYourRoom          403 not-your-room        inviting for another's room
|   +-- NotYourMove          403 not-your-move        a host of the battle, or a stranger, may not do this
|   +-- Blocked              403 blocked              one of the hosts does not want to meet another; extra: room
|   +-- InvitationsClosed    403 invitations-closed   an invited host's settings leave the inviter out; extra: room
|   (moderation.gate.Sanctioned  403 sanctioned)
+-- Conflict
|   +-- InviteSelf           409 invite-self
|   +-- HostOffline          409 host-offline         extra: room
|   +-- HostBusy             409 host-busy            in a battle, inviting or being invited; extra: room
|   +-- HostSanctioned       409 host-sanctioned      an invited host may not be live; extra: room
|   +-- ClientTooOld         409 client-too-old       a host's page does not know such a battle; extra: room
|   +-- OutOfPhase           409 out-of-phase         extra: phase, reason
|   +-- RefereeElsewhere     409 referee-elsewhere    between our processes: ask the owner
|   +-- Overtaken            409 overtaken            between our processes: a later write or owner exists
+-- Malformed
|   +-- FightNotOffered      422 fight-not-offered    extra: offered_s
|   +-- NotAnOpponent        422 not-an-opponent      only a host of another side can be muted
+-- TooMany
|   +-- TooFrequent          429 too-frequent         with Retry-After
+-- Unavailable
    +-- NoReferee            503 no-referee           nobody answers for the battle at the moment; try again
    +-- QueueFull            503 match-queue-full     too many hosts wait for a random match; with Retry-After
    +-- NoRoomForBattle      503 no-room-for-battle   no machine could mix another battle; with Retry-After
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


class InvitationsClosed(Forbidden):
    code, title = "invitations-closed", "This host has closed his invitations to you"


class InviteSelf(Conflict):
    code, title = "invite-self", "A host cannot battle himself"


class HostOffline(Conflict):
    code, title = "host-offline", "A host who is not live cannot battle"


class HostBusy(Conflict):
    code, title = "host-busy", "A host is in a battle, inviting or being invited"


class OutOfPhase(Conflict):
    code, title = "out-of-phase", "Not possible in this phase of the battle"


class HostSanctioned(Conflict):
    code, title = "host-sanctioned", "A sanction forbids an invited host to be live"


class ClientTooOld(Conflict):
    code, title = "client-too-old", "The page of one of the hosts does not know this kind of battle"


class RefereeElsewhere(Conflict):
    code, title = "referee-elsewhere", "Another process drives this battle"


class Overtaken(Conflict):
    code, title = "overtaken", "The battle has moved on without this writer"


class FightNotOffered(Malformed):
    code, title = "fight-not-offered", "This duration is not offered"


class NotAnOpponent(Malformed):
    code, title = "not-an-opponent", "Only a host of another side can be muted"


class TooFrequent(TooMany):
    code, title = "too-frequent", "Too many invitations in a minute"


class NoReferee(Unavailable):
    code, title = "no-referee", "Nobody answers for this battle at the moment"


class QueueFull(Unavailable):
    code, title = "match-queue-full", "Too many hosts are waiting for a random match"


class NoRoomForBattle(Unavailable):
    code, title = "no-room-for-battle", "There is no room for another battle at the moment"
