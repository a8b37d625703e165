"""Refusals of chat.

Refusal
+-- TooMany     ChatSlow           429 chat-slow             slow mode; with Retry-After
+-- Forbidden   FollowersOnly      403 followers-only
|               MutedHere          403 muted-here            with until_ms
|               NotARoomModerator  403 not-a-room-moderator
|               OutOfReach         403 out-of-reach          against the host, staff or one's own rank
+-- Malformed   LinksNotAllowed    422 links-not-allowed
+-- NotFound    MessageUnknown     404 message-unknown
|               UnknownUser        404 unknown-user
+-- Conflict    ModeratorsFull     409 moderators-full
                MutesFull          409 mutes-full
"""

from foundation.errors import Conflict, Forbidden, Malformed, NotFound, TooMany


class ChatSlow(TooMany):
    code, title = "chat-slow", "The room is in slow mode: wait before you speak again"


class FollowersOnly(Forbidden):
    code, title = "followers-only", "Only followers of the host may speak here"


class MutedHere(Forbidden):
    code, title = "muted-here", "You may not speak in this room at the moment"


class NotARoomModerator(Forbidden):
    code, title = "not-a-room-moderator", "This is for those who keep the room"


class OutOfReach(Forbidden):
    code, title = "out-of-reach", "Not against somebody of this rank"


class LinksNotAllowed(Malformed):
    code, title = "links-not-allowed", "Links are not allowed in this room"


class MessageUnknown(NotFound):
    code, title = "message-unknown", "There is no such message any more"


class UnknownUser(NotFound):
    code, title = "unknown-user", "There is no such user"


class ModeratorsFull(Conflict):
    code, title = "moderators-full", "A room has no more moderators than this"


class MutesFull(Conflict):
    code, title = "mutes-full", "A room mutes no more people than this at a time"
