"""What people show as their status, and the text beside it."""

from __future__ import annotations

from typing import Any

from contrail.domain import presence
from contrail.domain.instance import Instance
from contrail.domain.presence import STATUSES
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.account.changing import text_fields
from functions.account.finding import SomeUser, find, is_self, myself


class NewStatus(SomeUser):
    status: str | None = None
    message: str | None = None


class SetStatus(Input):
    statusType: str | None = None
    statusText: str | None = None


def set_status(caller: Caller, given: NewStatus, at: Instance) -> None:
    """REST: one's own, and others' with edit-other-user-info."""
    if given.status is None and given.message is None:
        reason = "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation"
        raise ChatError(None, reason)
    method = "users.setStatus"
    if not at.setting("Accounts_AllowUserStatusMessageChange"):
        raise ChatError("error-not-allowed", "Change status is not allowed", {"method": method})
    own = is_self(caller, given)
    if not own and not at.allows(caller, "edit-other-user-info"):
        raise Forbidden
    user = myself(at, caller) if own else find(at, given)
    save(at, caller, user, wanted(at, user, given.status or None, given.message, method))


def set_user_status(caller: Caller, given: SetStatus, at: Instance) -> None:
    """DDP: a default, which is what everyone sees while one is connected."""
    user = myself(at, caller)
    fields = wanted(at, user, given.statusType or None, given.statusText, "setUserStatus")
    if "statusDefault" not in fields:
        save(at, caller, user, fields)
        return
    texts = {name: fields[name] for name in fields.keys() - {"status", "statusDefault"}}
    changed = at.store.presence.choose(user["_id"], fields["statusDefault"], texts, at.now())
    if changed is not None:
        presence.tell(at, caller, changed)


def wanted(
    at: Instance, user: Document, status: str | None, text: str | None, method: str
) -> Document:
    """The fields that are to change; None leaves either as it is. Raises for what may not be."""
    fields: Document = {}
    details = {"method": method}
    if status is not None:
        if status not in STATUSES:
            reason = "Valid status types include online, away, offline, and busy."
            raise ChatError("error-invalid-status", reason, details)
        if status == "offline" and not at.setting("Accounts_AllowInvisibleStatusOption"):
            raise ChatError("error-status-not-allowed", "Invisible status is disabled", details)
        fields = {"status": status, "statusDefault": status}
    changed = text is not None and text != (user.get("statusText") or "")
    if changed and not at.setting("Accounts_AllowUserStatusMessageChange"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    return {**fields, **text_fields(None, None, text)}


def save(at: Instance, caller: Caller, user: Document, fields: Document) -> Document:
    """Store what `wanted` gave and tell everyone who is logged in."""
    if not fields:
        return user
    changed = at.store.users.change(user["_id"], {**fields, "_updatedAt": at.now()})
    if changed is None:
        raise ChatError("error-invalid-user", "Invalid user")
    presence.tell(at, caller, changed)
    return changed


def get_status(caller: Caller, which: SomeUser, at: Instance) -> dict[str, Any]:
    user = myself(at, caller) if is_self(caller, which) else find(at, which)
    shown = {
        "_id": user["_id"],
        "message": user.get("statusText"),
        "connectionStatus": user.get("statusConnection") or "offline",
        "status": user.get("status") or "offline",
    }
    return {key: value for key, value in shown.items() if value is not None}


def get_presence(caller: Caller, which: SomeUser, at: Instance) -> dict[str, Any]:
    """Of oneself also how one is connected and when one last logged in."""
    own = is_self(caller, which)
    user = myself(at, caller) if own else find(at, which)
    shown: dict[str, Any] = {"presence": user.get("status") or "offline"}
    if own:
        shown["connectionStatus"] = user.get("statusConnection") or "offline"
        if user.get("lastLogin"):
            shown["lastLogin"] = user["lastLogin"]
    return shown
