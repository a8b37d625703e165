"""Bodies of requests about the order of a room's chat."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from streaming.chat.limits import ChatLimits
from streaming.chat.rules import ChatRules


class RulesBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slow_s: Literal[0, 3, 5, 10, 30, 60]
    followers_only: bool
    links: bool

    def rules(self) -> ChatRules:
        return ChatRules(self.slow_s, self.followers_only, self.links)


class MuteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    for_s: int = Field(ge=1, le=ChatLimits.mute_s)
