"""What every fact is."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """`group` orders facts; equal `dedup` ids within five minutes are one fact.

    `GROUP` and `DEDUP` say how they are made of the fact's fields: `room:{room[_id]}`. A `slim`
    fact was too large for the bus: its documents hold their ids alone. Of a `guarded` one's room
    members are held against what they may see: see `Instance.guarded`.
    """

    model_config = ConfigDict(frozen=True)
    GROUP: ClassVar[str]
    DEDUP: ClassVar[str]

    correlation_id: str = ""
    slim: bool = False
    guarded: bool = False

    @property
    def group(self) -> str:
        return self.GROUP.format_map(self.__dict__)

    @property
    def dedup(self) -> str:
        return self.DEDUP.format_map(self.__dict__)
