"""Who is there, for clients that fetch it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field, field_validator

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, When

FIELDS = dict.fromkeys(("username", "name", "status", "statusText", "utcOffset", "avatarETag"), 1)
RECENT = timedelta(minutes=10)
"""How far back changes are told one by one; before that everyone who is there is."""


class Asked(Input):
    """`ids` repeated, as a list, or as one text with commas."""

    ids: list[str] | None = None
    since: When | None = Field(None, alias="from")

    @field_validator("ids", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        given = value if isinstance(value, list) else [value] if value else None
        if given is None:
            return None
        parts = [part for part in given if isinstance(part, str)]
        return [uid for part in parts for uid in part.split(",") if uid]


def presence(caller: Caller, asked: Asked, at: Instance) -> dict[str, Any]:
    """`{users, full}`; nobody while broadcasting is off, when everyone counts as offline."""
    if at.setting("Presence_broadcast_disabled"):
        return {"users": [], "full": True}
    store = at.store.presence
    if asked.ids is not None:
        return {"users": store.not_offline(asked.ids, FIELDS), "full": False}
    if asked.since is not None and at.now() - asked.since < RECENT:
        return {"users": store.changed_since(caller.uid, asked.since, FIELDS), "full": False}
    return {"users": store.not_offline(None, FIELDS), "full": True}
