"""What moderation refuses.

Forbidden
+-- (Sanctioned            403 sanctioned: moderation.gate)
+-- OwnSanction            403 own-sanction         nobody sanctions himself, nor lifts what stands against him
+-- SanctionOfStaff        403 sanction-of-staff    staff loses its rank first, which an admin does, audited
+-- BeyondRank             403 beyond-rank          moderators mute, admins do everything
NotFound
+-- UnknownSubject         404 unknown-user
+-- UnknownSanction        404 unknown-sanction
Conflict
+-- AlreadySanctioned      409 already-sanctioned   a sanction of this scope stands that lasts as long
+-- SanctionOver           409 sanction-over        lifted or run out before
"""

from foundation.errors import Conflict, Forbidden, NotFound


class OwnSanction(Forbidden):
    code, title = "own-sanction", "Nobody decides on sanctions against himself"


class SanctionOfStaff(Forbidden):
    code, title = "sanction-of-staff", "Take the rank from a member of staff before a sanction"


class BeyondRank(Forbidden):
    code, title = "beyond-rank", "A moderator's sanctions are of the chat"


class UnknownSubject(NotFound):
    code, title = "unknown-user", "There is no such user"


class UnknownSanction(NotFound):
    code, title = "unknown-sanction", "There is no such sanction"


class AlreadySanctioned(Conflict):
    code, title = "already-sanctioned", "A sanction of this scope that lasts as long already stands"


class SanctionOver(Conflict):
    code, title = "sanction-over", "This sanction does not stand any more"
