"""Facts: what happened, in the past tense. They are published without naming a recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

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


class MessageSent(Fact):
    """A message was stored or changed. `room` is as it stood with this message, `_contrail` too.

    `behind` are ids of messages with earlier timestamps that were still being stored when this
    one was: whoever keeps a room's order delivers them first.
    """

    kind: Literal["MessageSent"] = "MessageSent"
    message: Document
    revision: int
    room: Document
    behind: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return f"room:{self.message['rid']}"

    @property
    def dedup(self) -> str:
        return f"{self.message['_id']}:{self.revision}"


class RoomChanged(Fact):
    """A room document was made or changed."""

    kind: Literal["RoomChanged"] = "RoomChanged"
    action: Literal["inserted", "updated", "removed"]
    room: Document
    nonce: str

    @property
    def group(self) -> str:
        return f"room:{self.room['_id']}"

    @property
    def dedup(self) -> str:
        return f"{self.room['_id']}:{self.nonce}"


class SubscriptionChanged(Fact):
    """One person's subscription was made, changed or removed.

    It is ordered with its room's messages, so that a client's two lists never run backwards.
    """

    kind: Literal["SubscriptionChanged"] = "SubscriptionChanged"
    action: Literal["inserted", "updated", "removed"]
    subscription: Document
    room: Document | None = None
    nonce: str

    @property
    def group(self) -> str:
        return f"room:{self.subscription['rid']}"

    @property
    def dedup(self) -> str:
        return f"{self.subscription['_id']}:{self.nonce}"


class StreamWritten(Fact):
    """A client wrote to a room's stream (typing, activity). Ephemeral: stored nowhere."""

    kind: Literal["StreamWritten"] = "StreamWritten"
    room: Document
    stream: str
    event: str
    args: list[Any]
    origin: str
    nonce: str

    @property
    def group(self) -> str:
        return f"room:{self.room['_id']}"

    @property
    def dedup(self) -> str:
        return f"{self.origin}:{self.nonce}"


class EphemeralMessage(Fact):
    """A notice that only one person sees; it is stored nowhere."""

    kind: Literal["EphemeralMessage"] = "EphemeralMessage"
    uid: str
    message: Document

    @property
    def group(self) -> str:
        return f"user:{self.uid}"

    @property
    def dedup(self) -> str:
        return str(self.message["_id"])


class PermissionChanged(Fact):
    """A permission's roles were set."""

    kind: Literal["PermissionChanged"] = "PermissionChanged"
    permission: Document
    at: datetime

    @property
    def group(self) -> str:
        return "workspace"

    @property
    def dedup(self) -> str:
        return f"{self.permission['_id']}:{self.at.timestamp()}"


AnyFact = Annotated[
    MessageSent
    | RoomChanged
    | SubscriptionChanged
    | StreamWritten
    | EphemeralMessage
    | PermissionChanged,
    Field(discriminator="kind"),
]
FACTS: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
