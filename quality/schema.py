"""Bodies of quality's requests."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from foundation.ids import ID_LENGTH
from quality.sample import LONGEST_MS, Sample

Span = Annotated[int, Field(ge=0, le=LONGEST_MS)]
Count = Annotated[int, Field(ge=0, le=LONGEST_MS)]

BATCH = 16


class SampleBody(BaseModel):
    """See ``quality.sample.Sample``; all spans in whole milliseconds."""

    model_config = ConfigDict(extra="forbid")

    room: str = Field(min_length=ID_LENGTH, max_length=ID_LENGTH)
    joined: bool = True
    join_ms: Span | None = None
    watched_ms: Span
    freezes: Count = 0
    frozen_ms: Span = 0
    audio_freezes: Count = 0
    audio_frozen_ms: Span = 0

    def sample(self) -> Sample:
        return Sample(**self.model_dump())


class SamplesBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    samples: list[SampleBody] = Field(min_length=1, max_length=BATCH)
