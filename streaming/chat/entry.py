"""PURE: a kept message as Redis has it: who and what first, so that a script takes it out without reading JSON.

OFFSET ID USER QUOTED_ID QUOTED_USER
BODY
BODY, without the text that it quotes
"""

import orjson

from streaming.chat.message import Said


def encode(said: Said) -> bytes:
    """Without the offset at which the feed tells it: the script that posts it knows."""
    quoted, author = ("-", "-") if said.reply is None else (said.reply.id, said.reply.user)
    bodies = (said.body(), said.without_quoted_text().body())
    head = f"{said.id} {said.user} {quoted} {author}".encode()
    return b"\n".join((head, *(orjson.dumps(body) for body in bodies)))


def body_of(entry: bytes) -> dict[str, object]:
    body: dict[str, object] = orjson.loads(entry.split(b"\n", 2)[1])
    return body
