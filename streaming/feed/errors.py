"""Refusals of the feed itself.

Refusal
+-- Malformed    UnknownType   422 unknown-type   the feed knows no such command
"""

from foundation.errors import Malformed


class UnknownType(Malformed):
    code, title = "unknown-type", "The feed knows no such command"
