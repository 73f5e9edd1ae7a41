"""Reporting messages and people to those who moderate."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from contrail.store.messages import visible
from functions.messaging.finding import access_message

DETAILS = {"method": "reportMessage"}
PERSON: Document = {"username": 1, "name": 1, "emails": 1, "createdAt": 1}
LONGEST = 5_000


class Report(Input):
    messageId: str
    description: str


class ReportMethod(Input):
    messageId: str
    description: str


class ReportUser(Input):
    userId: str
    description: str


def report(caller: Caller, given: Report, at: Instance) -> None:
    _report(at, caller, given.messageId, given.description)


def report_method(caller: Caller, given: ReportMethod, at: Instance) -> bool:
    _report(at, caller, given.messageId, given.description)
    return True


def _report(at: Instance, caller: Caller, mid: str, description: str) -> None:
    if not description.strip() or len(description) > LONGEST:
        raise ChatError("error-invalid-description", "Invalid description", DETAILS)
    unknown = ChatError("error-invalid-message_id", "Invalid message id", DETAILS)
    message, standing = access_message(at, caller, mid, refuse=unknown, missing=unknown)
    room = standing.room
    names = ("_id", "name", "fname", "t", "federated")
    shown = {key: room[key] for key in names if room.get(key) is not None}
    _store(at, caller, description, {"message": visible(message), "room": shown})


def report_user(caller: Caller, given: ReportUser, at: Instance) -> None:
    person = at.store.users.by_id(given.userId, PERSON)
    if person is None:
        raise ChatError(None, "Invalid user id provided.")
    if not given.description.strip() or len(given.description) > LONGEST:
        raise ChatError("error-invalid-description", "Invalid description")
    _store(at, caller, given.description, {"reportedUser": person})


def _store(at: Instance, caller: Caller, description: str, what: Document) -> None:
    reporter = at.store.users.by_id(caller.uid, {"username": 1, "name": 1, "createdAt": 1})
    now = at.now()
    row = {"_id": random_id(), **what, "description": description, "reportedBy": reporter}
    at.store.moderation.insert({**row, "ts": now, "_updatedAt": now})
