"""Refusals of the feed itself.

Refusal
+-- Malformed    UnknownType      422 unknown-type       the feed knows no such command
+-- TooMany      TooManySockets   429 too-many-sockets   this address or user holds as many as he may
"""

from foundation.errors import Malformed, TooMany


class UnknownType(Malformed):
    code, title = "unknown-type", "The feed knows no such command"


class TooManySockets(TooMany):
    code, title = "too-many-sockets", "Too many places are open from here"
