"""PURE. What the api says to a media worker to open a session, and hears: one shape for both ends."""

from pydantic import BaseModel, Field, TypeAdapter

from streaming.media.answer import AnswerParameters
from streaming.media.offer import Offer, Role

PATH = "/internal/sessions"
ANSWER: TypeAdapter[AnswerParameters] = TypeAdapter(AnswerParameters)


class OpenSession(BaseModel):
    role: Role
    room: str = Field(max_length=64)
    track: str = Field("program", pattern=r"^(program|camera|check|guest|guest:[^:]{1,64})$")
    """Of a publisher program, guest or check; of a viewer program, camera or guest:USER."""
    user: str = Field("", max_length=64)
    """Empty: a viewer who is not signed in."""
    offer: Offer
    relay_of: str = Field("", max_length=300)
    """`host:port` of the media pipe of the room's home, when this worker relays its program."""
    credential: str = Field("", max_length=64)
    """Fingerprint of the stream key that a publisher came with."""
