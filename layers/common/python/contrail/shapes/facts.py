"""Facts: what happened, in the past tense. They are published without naming a recipient.

While code is replaced two releases read each other's. A field that is new has a default, since a
fact of the release before lacks it; that release drops the field. A new value of a field with a
`Literal` is no fact to it and would hold up its group: make it a new kind, which it passes over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from contrail.shapes.fact import Fact
from contrail.shapes.invite_facts import InviteMade
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.people_facts import (
    CustomStatusChanged,
    UserChanged,
    UserDeleted,
    UserRenamed,
    UserStatusChanged,
)
from contrail.shapes.picture_facts import AvatarChanged, EmojiChanged, SoundChanged
from contrail.shapes.receipt_facts import MessagesRead
from contrail.shapes.rows import Document
from contrail.shapes.stream_facts import UserStreamWritten


class MessageSent(Fact):
    """A message was stored or changed. `room` is as it stood with this message, `_contrail` too.

    `behind` are ids of messages with earlier timestamps that were still being stored when this
    one was: whoever keeps a room's order delivers them first. `after` is what else is to be done
    about it: see `domain.afterwards`.
    """

    GROUP, DEDUP = "room:{message[rid]}", "{message[_id]}:{revision}"
    kind: Literal["MessageSent"] = "MessageSent"
    message: Document
    revision: int
    room: Document
    behind: tuple[str, ...] = ()
    after: dict[str, str] = {}


class RoomChanged(Fact):
    """A room document was made or changed, and its members' `subscriptions` with it."""

    GROUP, DEDUP = "room:{room[_id]}", "{room[_id]}:{nonce}"
    kind: Literal["RoomChanged"] = "RoomChanged"
    action: Literal["inserted", "updated", "removed"]
    room: Document
    subscriptions: bool = False
    nonce: str


class SubscriptionChanged(Fact):
    """One person's subscription was made, changed or removed.

    It is ordered with its room's messages, so that a client's two lists never run backwards.
    """

    GROUP, DEDUP = "room:{subscription[rid]}", "{subscription[_id]}:{nonce}"
    kind: Literal["SubscriptionChanged"] = "SubscriptionChanged"
    action: Literal["inserted", "updated", "removed"]
    subscription: Document
    room: Document | None = None
    nonce: str


class StreamWritten(Fact):
    """A client wrote to a room's stream (typing, activity). Ephemeral: stored nowhere."""

    GROUP, DEDUP = "room:{room[_id]}", "{origin}:{nonce}"
    kind: Literal["StreamWritten"] = "StreamWritten"
    room: Document
    stream: str
    event: str
    args: list[Any]
    origin: str
    nonce: str


class EphemeralMessage(Fact):
    """A notice that only one person sees; it is stored nowhere."""

    GROUP, DEDUP = "user:{uid}", "{message[_id]}"
    kind: Literal["EphemeralMessage"] = "EphemeralMessage"
    uid: str
    message: Document


class PermissionChanged(Fact):
    """A permission's roles were set."""

    GROUP, DEDUP = "workspace", "{permission[_id]}:{at:%Y-%m-%dT%H:%M:%S.%f}"
    kind: Literal["PermissionChanged"] = "PermissionChanged"
    permission: Document
    at: datetime


class RoleChanged(Fact):
    """A role was made, changed or deleted."""

    GROUP, DEDUP = "workspace", "{role[_id]}:{nonce}"
    kind: Literal["RoleChanged"] = "RoleChanged"
    action: Literal["inserted", "updated", "removed"]
    role: Document
    nonce: str


class UserRoleChanged(Fact):
    """Someone (`_id username`) got or lost a role; `scope` is the room it counts in, if any."""

    GROUP, DEDUP = "user:{user[_id]}", "{user[_id]}:{nonce}"
    kind: Literal["UserRoleChanged"] = "UserRoleChanged"
    action: Literal["added", "removed"]
    role: str
    user: Document
    scope: str | None = None
    nonce: str


class SettingChanged(Fact):
    """A setting that is not hidden was made, changed or removed. Secret ones bear no value."""

    GROUP, DEDUP = "workspace", "{setting[_id]}:{nonce}"
    kind: Literal["SettingChanged"] = "SettingChanged"
    action: Literal["inserted", "updated", "removed"]
    setting: Document
    nonce: str


AnyFact = Annotated[
    MessageSent
    | MessagesDeleted
    | MessagesRead
    | RoomChanged
    | SubscriptionChanged
    | StreamWritten
    | UserStreamWritten
    | EphemeralMessage
    | PermissionChanged
    | RoleChanged
    | UserRoleChanged
    | SettingChanged
    | UserChanged
    | UserRenamed
    | UserStatusChanged
    | UserDeleted
    | CustomStatusChanged
    | InviteMade
    | AvatarChanged
    | EmojiChanged
    | SoundChanged,
    Field(discriminator="kind"),
]
FACTS: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
KINDS = frozenset(one.model_fields["kind"].default for one in get_args(get_args(AnyFact)[0]))
