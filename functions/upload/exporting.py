"""Asking for messages as files: of a room, or all that the workspace has of oneself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from contrail.domain import mail_exports
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.mail import site_url
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Headed, Input, When
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from contrail.store.exports import COMPLETED, PENDING
from functions.upload.fetching import OPEN, PRIVATE

KIND = "exports"
DAY = timedelta(days=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Export(Input):
    """`dateFrom`, `dateTo` and `format` are of type `file`, the others of `email`."""

    rid: str
    type: Literal["file", "email"]
    dateFrom: When | None = None
    dateTo: When | None = None
    format: Literal["html", "json"] | None = None
    toUsers: list[str] = []
    toEmails: list[str] = []
    subject: str = ""
    messages: list[str] = []


class OfMyself(Input):
    fullExport: bool = False


class OfMyselfMethod(Input):
    data: OfMyself = OfMyself()


class Which(Headed):
    id: str


def export(caller: Caller, given: Export, at: Instance) -> dict[str, Any]:
    """A file is made a little later, and a letter tells where it is."""
    _check(given)
    standing = mail_exports.access_export(at, caller, given.rid)
    if given.type == "email":
        return _by_mail(at, caller, given, standing)
    first, last = given.dateFrom or BEGINNING, (given.dateTo or at.now()) + DAY
    if first > last:
        raise ChatError("error-invalid-dates", "From date cannot be after To date")
    at.store.exports.request(
        {
            **_operation(at, caller, full=given.format == "json"),
            "rid": standing.room["_id"],
            "dateFrom": first,
            "dateTo": last,
        }
    )
    return {}


def _check(given: Export) -> None:
    """What each type has to have."""
    if given.type == "file" and given.format is None:
        raise InvalidInput("invalid-params", "must have required property 'format'")
    if given.type == "email" and not given.messages:
        raise InvalidInput("invalid-params", "must NOT have fewer than 1 items")


def request(caller: Caller, given: OfMyself, at: Instance) -> dict[str, Any]:
    """`{requested, exportOperation}`: once a day, otherwise what was asked for before."""
    asked = _request(caller, given, at)
    return {name: asked[name] for name in ("requested", "exportOperation")}


def request_method(caller: Caller, given: OfMyselfMethod, at: Instance) -> dict[str, Any]:
    return _request(caller, given.data, at)


def fetch(caller: Caller, which: Which, at: Instance) -> Reply:
    """Its owner is sent on to the store."""
    file = at.store.exports.file(which.id) if caller.logged_in else None
    if file is None or file["userId"] != caller.uid:
        return Reply(status=403, headers={"Content-Type": "text/plain"})
    address = at.blobs.download_url(key_of(file["_id"]), expires=OPEN, head=which.head)
    return Reply(status=302, headers={"Location": address, "Cache-Control": PRIVATE})


def key_of(fid: str) -> Key:
    return Key(KIND, fid)


def address(at: Instance, fid: str) -> str:
    return f"{site_url(at)}/data-export/{fid}"


def _request(caller: Caller, given: OfMyself, at: Instance) -> dict[str, Any]:
    last = at.store.exports.last(caller.uid, full=given.fullExport)
    if last is not None and last["createdAt"] > at.now() - DAY:
        ready = last["status"] == COMPLETED
        return {
            "requested": False,
            "exportOperation": last,
            "url": address(at, last["fileId"]) if ready else None,
            "pendingOperationsBeforeMyRequest": 0 if ready else at.store.exports.waiting() - 1,
        }
    before = at.store.exports.waiting()
    operation = _operation(at, caller, full=given.fullExport)
    at.store.exports.request(operation)
    return {
        "requested": True,
        "exportOperation": operation,
        "url": None,
        "pendingOperationsBeforeMyRequest": before,
    }


def _operation(at: Instance, caller: Caller, *, full: bool) -> Document:
    now = at.now()
    return {
        "_id": random_id(),
        "userId": caller.uid,
        "status": PENDING,
        "fileList": [],
        "fullExport": full,
        "createdAt": now,
        "_updatedAt": now,
    }


def _by_mail(at: Instance, caller: Caller, given: Export, standing: Standing) -> dict[str, Any]:
    return mail_exports.send(
        at,
        caller,
        standing,
        usernames=given.toUsers,
        emails=given.toEmails,
        mids=given.messages,
        subject=given.subject,
    )
