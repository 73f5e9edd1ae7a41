"""A room's settings as clients name them, with the types that they have."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from contrail.shapes.bounded import Fields, Name, Text
from contrail.shapes.inputs import Input


class Favorite(Input):
    favorite: bool = False
    defaultValue: bool = False


class RoomSettings(Input):
    """Those that are given change; any other name is refused by the use case."""

    model_config = ConfigDict(extra="allow")
    featured: bool | None = None
    roomName: Name | None = None
    roomTopic: Text | None = None
    roomAnnouncement: Text | Fields | None = None
    roomCustomFields: Fields | None = None
    roomDescription: Text | None = None
    roomType: str | None = None
    readOnly: bool | None = None
    reactWhenReadOnly: bool | None = None
    systemMessages: Annotated[list[Name], Field(max_length=100)] | None = None
    default: bool | None = None
    joinCode: Name | None = None
    streamingOptions: Fields | None = None
    retentionEnabled: bool | None = None
    retentionMaxAge: Any = None  # days: documented as text, sent as a number
    retentionExcludePinned: bool | None = None
    retentionFilesOnly: bool | None = None
    retentionIgnoreThreads: bool | None = None
    retentionOverrideGlobal: bool | None = None
    encrypted: bool | None = None
    favorite: Favorite | None = None
    roomAvatar: Annotated[str, Field(max_length=6_000_000)] | None = None  # a data URI
    sidepanel: Fields | None = None
