"""Users as they and others see them."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import model_validator

from contrail.domain import customfields
from contrail.domain.instance import Instance
from contrail.domain.users import FULL_FIELDS, OTHER_FIELDS, self_shown, services_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, NotLoggedIn
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document

ROOM_OF_USER = ("_id", "rid", "name", "t", "roles", "unread")


class WhichUser(Input):
    documented = {
        "": (
            "invalid-params",
            "must have required property 'userId'\n must have required property 'username'\n"
            " must have required property 'importId'\n must match a schema in anyOf",
        )
    }
    userId: str = ""
    username: str = ""
    importId: str = ""
    includeUserRooms: str = "false"
    fields: str = ""

    @property
    def with_rooms(self) -> bool:
        """Clients of before and after version 7 ask for them in different ways."""
        if self.includeUserRooms == "true":
            return True
        try:
            fields = orjson.loads(self.fields)
        except orjson.JSONDecodeError:
            return False
        return isinstance(fields, dict) and fields.get("userRooms") == 1

    @model_validator(mode="after")
    def names_someone(self) -> WhichUser:
        if not (self.userId or self.username or self.importId):
            raise ValueError("nobody is named")
        return self


def me(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    user = at.store.users.by_id(caller.uid)
    if user is None:
        raise NotLoggedIn
    return self_shown(at, user)


def info(caller: Caller, which: WhichUser, at: Instance) -> dict[str, Any]:
    """Own data whole, others' by permission. `rooms` only when asked for and allowed."""
    user = _find(caller, which, at)
    if user is None:
        raise ChatError(None, "User not found.")
    own = user["_id"] == caller.uid
    full = own or at.allows(caller, "view-full-other-user-info")
    shown = {key: user[key] for key in (FULL_FIELDS if full else OTHER_FIELDS) if key in user}
    shown["canViewAllInfo"] = full
    fields = customfields.shown(at, user.get("customFields"), everything=full)
    if fields:
        shown["customFields"] = fields
    if own:
        shown["services"] = services_shown(user.get("services", {}))
        shown["settings"] = user.get("settings", {})
    allowed = own or at.allows(caller, "view-other-user-channels")
    if which.with_rooms and allowed:
        shown["rooms"] = [
            {key: row[key] for key in ROOM_OF_USER if key in row}
            for row in at.store.subscriptions.of_user(user["_id"])
        ]
    return shown


def _find(caller: Caller, which: WhichUser, at: Instance) -> Document | None:
    if which.userId:
        return at.store.users.by_id(which.userId)
    if which.username:
        return at.store.users.by_username(which.username)
    if not at.allows(caller, "view-full-other-user-info"):
        return None
    return at.store.users.by_import_id(which.importId)
