"""Statuses that a workspace offers beside the four: `{_id, name, statusType}`."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.domain.presence import STATUSES
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, Listed, NoInput
from contrail.shapes.people_facts import CustomStatusChanged
from contrail.shapes.rows import Document

ODD = re.compile(r"[><&\"']")
METHOD = "insertOrUpdateUserStatus"


class Statuses(Listed):
    """`name` and `_id` are what a status must have."""

    name: str = ""
    id: str = Field("", alias="_id")


class NewStatus(Input):
    name: str = Field(max_length=256)
    statusType: str | None = None


class ChangedStatus(NewStatus):
    id: str = Field(alias="_id")


class OneStatus(Input):
    customUserStatusId: str = ""


class GivenStatus(Input):
    """DDP's: without an id a new one."""

    id: str | None = Field(None, alias="_id")
    name: str = Field(max_length=256)
    statusType: str | None = None


class InsertOrUpdate(Input):
    userStatusData: GivenStatus


class Delete(Input):
    userStatusID: str


def list_page(caller: Caller, page: Statuses, at: Instance) -> dict[str, Any]:
    asked = {"name": page.name, "_id": page.id}
    match = {**page.query, **{key: value for key, value in asked.items() if value}}
    sort = page.sort or [("name", 1)]
    rows, total = at.store.custom_statuses.page(match, sort, page.offset, page.count)
    return {"statuses": rows, "count": len(rows), "offset": page.offset, "total": total}


def list_all(caller: Caller, _: NoInput, at: Instance) -> list[Document]:
    return at.store.custom_statuses.all()


def create(caller: Caller, new: NewStatus, at: Instance) -> Document:
    return _insert(caller, new.name, new.statusType, at)


def update(caller: Caller, given: ChangedStatus, at: Instance) -> Document:
    _refuse(caller, at)
    changed = _change(caller, given.id, given.name, given.statusType, at)
    if changed is None:
        raise ChatError(None, f'No custom user status found with the id of "{given.id}".')
    return changed


def delete(caller: Caller, which: OneStatus, at: Instance) -> None:
    if not which.customUserStatusId:
        raise ChatError(None, 'The "customUserStatusId" params is required!')
    _remove(caller, which.customUserStatusId, at)


def insert_or_update(caller: Caller, given: InsertOrUpdate, at: Instance) -> str | bool:
    """DDP: the id of a new one, or true."""
    data = given.userStatusData
    if data.id is None:
        return str(_insert(caller, data.name, data.statusType, at)["_id"])
    _refuse(caller, at)
    if _change(caller, data.id, data.name, data.statusType, at) is None:
        raise _unknown(METHOD)
    return True


def delete_method(caller: Caller, which: Delete, at: Instance) -> bool:
    _remove(caller, which.userStatusID, at)
    return True


def _insert(caller: Caller, name: str, kind: str | None, at: Instance) -> Document:
    _refuse(caller, at)
    status = {"_id": random_id(), **_checked(name, kind), "_updatedAt": at.now()}
    try:
        at.store.custom_statuses.insert(dict(status))
    except DuplicateKeyError:
        raise _taken() from None
    _tell(at, caller, "updated", status)
    return status


def _change(
    caller: Caller, status_id: str, name: str, kind: str | None, at: Instance
) -> Document | None:
    fields = {**_checked(name, kind), "_updatedAt": at.now()}
    try:
        changed = at.store.custom_statuses.change(status_id, fields)
    except DuplicateKeyError:
        raise _taken() from None
    if changed is not None:
        _tell(at, caller, "updated", changed)
    return changed


def _remove(caller: Caller, status_id: str, at: Instance) -> None:
    _refuse(caller, at)
    status = at.store.custom_statuses.remove(status_id)
    if status is None:
        raise _unknown("deleteCustomUserStatus")
    _tell(at, caller, "removed", status)


def _checked(name: str, kind: str | None) -> Document:
    details = {"method": METHOD}
    if not name.strip():
        reason = "The field Name is required"
        raise ChatError("error-the-field-is-required", reason, {**details, "field": "Name"})
    for value, wrong, word, field in (
        (name, bool(ODD.search(name)), "name", "Name"),
        (kind, bool(kind) and kind not in STATUSES, "status type", "StatusType"),
    ):
        if wrong:
            code = "error-input-is-not-a-valid-field"
            more = {**details, "input": value, "field": field}
            raise ChatError(code, f"{value} is not a valid {word}", more)
    return {"name": name, **({"statusType": kind} if kind else {})}


def _refuse(caller: Caller, at: Instance) -> None:
    if not at.allows(caller, "manage-user-status"):
        raise ChatError("not_authorized")


def _taken() -> ChatError:
    code = "Custom_User_Status_Error_Name_Already_In_Use"
    reason = "The custom user status name is already in use"
    return ChatError(code, reason, {"method": METHOD})


def _unknown(method: str) -> ChatError:
    code = "Custom_User_Status_Error_Invalid_User_Status"
    return ChatError(code, "Invalid user status", {"method": method})


def _tell(at: Instance, caller: Caller, action: str, status: Document) -> None:
    fact = {
        "action": action,
        "status": {key: status[key] for key in ("_id", "name", "statusType") if key in status},
        "nonce": random_id(),
        "correlation_id": caller.correlation_id,
    }
    at.publish(CustomStatusChanged.model_validate(fact))
