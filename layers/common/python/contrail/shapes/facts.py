"""Facts: what happened, in the past tense. They are published without naming a recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from contrail.shapes.fact import Document, Fact
from contrail.shapes.people_facts import (
    CustomStatusChanged,
    UserChanged,
    UserDeleted,
    UserRenamed,
    UserStatusChanged,
)


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


class RoleChanged(Fact):
    """A role was made, changed or deleted."""

    kind: Literal["RoleChanged"] = "RoleChanged"
    action: Literal["inserted", "updated", "removed"]
    role: Document
    nonce: str

    @property
    def group(self) -> str:
        return "workspace"

    @property
    def dedup(self) -> str:
        return f"{self.role['_id']}:{self.nonce}"


class UserRoleChanged(Fact):
    """Someone (`_id username`) got or lost a role; `scope` is the room it counts in, if any."""

    kind: Literal["UserRoleChanged"] = "UserRoleChanged"
    action: Literal["added", "removed"]
    role: str
    user: Document
    scope: str | None = None
    nonce: str

    @property
    def group(self) -> str:
        return f"user:{self.user['_id']}"

    @property
    def dedup(self) -> str:
        return f"{self.user['_id']}:{self.nonce}"


class SettingChanged(Fact):
    """A setting that is not hidden was made, changed or removed. Secret ones bear no value."""

    kind: Literal["SettingChanged"] = "SettingChanged"
    action: Literal["inserted", "updated", "removed"]
    setting: Document
    nonce: str

    @property
    def group(self) -> str:
        return "workspace"

    @property
    def dedup(self) -> str:
        return f"{self.setting['_id']}:{self.nonce}"


AnyFact = Annotated[
    MessageSent
    | RoomChanged
    | SubscriptionChanged
    | StreamWritten
    | EphemeralMessage
    | PermissionChanged
    | RoleChanged
    | UserRoleChanged
    | SettingChanged
    | UserChanged
    | UserRenamed
    | UserStatusChanged
    | UserDeleted
    | CustomStatusChanged,
    Field(discriminator="kind"),
]
FACTS: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
