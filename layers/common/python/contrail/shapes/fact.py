"""What every fact is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

Document = dict[str, Any]


class Fact(BaseModel):
    """`group` orders facts; equal `dedup` ids within five minutes are one fact.

    A `slim` fact was too large for the bus: its documents hold their ids alone.
    """

    model_config = ConfigDict(frozen=True)

    correlation_id: str = ""
    slim: bool = False

    @property
    def group(self) -> str:
        raise NotImplementedError

    @property
    def dedup(self) -> str:
        raise NotImplementedError
