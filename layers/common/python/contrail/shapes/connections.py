"""What is kept about an open WebSocket connection and who listens where."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Mark = Literal["started", "done"]


class Sub(BaseModel):
    """One open DDP subscription. `audience` is empty for publications that nothing is sent to."""

    model_config = ConfigDict(frozen=True)

    stream: str
    event: str = ""
    audience: str = ""
    extra: list[object] = Field(default_factory=list)

    @property
    def key(self) -> str:
        """What a listener's set of events holds: `stream/event`."""
        return f"{self.stream}/{self.event}"


class Frame(BaseModel):
    """One frame of a client as the gateway queued it.

    `id` is the same however often it is delivered; `time` is when the gateway received it (ms);
    `body` is the text in base64.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    time: int
    body: str


class Connection(BaseModel):
    """A connection's record. `session` is empty before `connect`, `uid` before `login`.

    `marks` says of the latest frames how far they came; `parked` are those that came too early.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    opened_at: int
    session: str = ""
    uid: str = ""
    token_hash: str = ""
    address: str = ""
    user_agent: str = ""
    subs: dict[str, Sub] = Field(default_factory=dict)
    marks: dict[str, Mark] = Field(default_factory=dict)
    parked: list[Frame] = Field(default_factory=list)


class Listener(BaseModel):
    """One connection's row in an audience, with the set of `stream/event` keys it listens to."""

    model_config = ConfigDict(frozen=True)

    connection_id: str
    uid: str
    events: frozenset[str]
