"""The moderation console: open reports, and what is done about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import Field, model_validator

from contrail.domain import deleting_messages
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed, When
from contrail.shapes.rows import Document

EVER = datetime(1970, 1, 1, tzinfo=UTC)
ONE_OF = (
    "invalid-params",
    "must have required property 'msgId'\n must have required property 'userId'\n "
    "must match exactly one schema in oneOf",
)
SHOWN = ("_id", "description", "reportedBy", "room", "ts")
DELETING = "DELETE Messages"


class History(Listed):
    latest: When | None = None
    oldest: When | None = None
    selector: str = ""


class OfUser(Listed):
    userId: str
    selector: str = ""


class OfMessage(Listed):
    msgId: str
    selector: str = ""


class WhichReport(Input):
    reportId: str = Field(min_length=1)


class DeleteReported(Input):
    userId: str
    reason: str = ""


class Dismiss(Input):
    """Either all reports of a person's messages or those of one message."""

    documented = {"": ONE_OF}
    userId: str = ""
    msgId: str = ""
    reason: str = ""
    action: str = ""

    @model_validator(mode="after")
    def names_one(self) -> Dismiss:
        if bool(self.userId) == bool(self.msgId):
            raise ValueError("names none or both")
        return self


class DismissUser(Input):
    documented = {"userId": ONE_OF}
    userId: str
    reason: str = ""
    action: str = ""


def by_users(caller: Caller, wanted: History, at: Instance) -> dict[str, Any]:
    """`{reports, count, offset, total}`: authors of reported messages, each with the last one."""
    rows, total = at.store.moderation.by_author(*_span(at, wanted))
    known = _known(at, [row["_id"] for row in rows])
    return _listed([_author(row, known) for row in rows], total, wanted)


def _author(row: Document, known: set[str]) -> Document:
    message = row["report"]["message"]
    return {
        "userId": row["_id"],
        "username": message["u"].get("username"),
        "name": message["u"].get("name"),
        "message": message.get("msg"),
        "msgId": message["_id"],
        "ts": row["report"]["ts"],
        "rooms": row["rooms"],
        "count": row["count"],
        "isUserDeleted": row["_id"] not in known,
    }


def of_people(caller: Caller, wanted: History, at: Instance) -> dict[str, Any]:
    """`{reports, count, offset, total}`: people who were reported."""
    rows, total = at.store.moderation.by_person(*_span(at, wanted))
    reports = [
        {
            "reportedUser": row["report"]["reportedUser"],
            "ts": row["report"]["ts"],
            "count": row["count"],
        }
        for row in rows
    ]
    return _listed(reports, total, wanted)


def _span(at: Instance, wanted: History) -> tuple[datetime, datetime, str, int, int, int]:
    until, since = wanted.latest or at.now(), wanted.oldest or EVER
    order = wanted.sort[0][1] if wanted.sort else -1
    return since, until, wanted.selector, wanted.offset, wanted.count, order


def reported_messages(caller: Caller, wanted: OfUser, at: Instance) -> dict[str, Any]:
    """`{user, messages, count, offset, total}`: each reported message once."""
    reports = at.store.moderation.of_author(wanted.userId, wanted.selector)
    user = at.store.users.by_id(wanted.userId, {"username": 1, "name": 1})
    if user is None and not reports:
        raise ChatError("error-invalid-user", "Invalid user")
    last: dict[str, Document] = {}
    for report in reports:
        last.setdefault(report["message"]["_id"], report)
    names: tuple[str, ...] = ("_id", "message", "room", "ts")
    rows = [{key: report[key] for key in names if key in report} for report in last.values()]
    page = _page(rows, wanted)
    return {
        "user": user or reports[0]["message"]["u"],
        "messages": page,
        **_counted(page, rows, wanted),
    }


def reports_of_user(caller: Caller, wanted: OfUser, at: Instance) -> dict[str, Any]:
    """`{user, reports, count, offset, total}` of a person."""
    fields = ("username", "name", "emails", "createdAt", "roles", "active", "avatarETag")
    user = at.store.users.by_id(wanted.userId, dict.fromkeys(fields, 1))
    reports = at.store.moderation.of_person(wanted.userId, wanted.selector)
    if user is None and not reports:
        raise ChatError("error-invalid-user", "Invalid user")
    names = (*SHOWN, "reportedUser")
    rows = [{key: row[key] for key in names if key in row} for row in reports]
    page = _page(rows, wanted)
    return {
        "user": user or reports[0]["reportedUser"],
        "reports": page,
        **_counted(page, rows, wanted),
    }


def reports_of_message(caller: Caller, wanted: OfMessage, at: Instance) -> dict[str, Any]:
    reports = at.store.moderation.of_message(wanted.msgId, wanted.selector)
    rows = [{key: row[key] for key in SHOWN if key in row} for row in reports]
    page = _page(rows, wanted)
    return {"reports": page, **_counted(page, rows, wanted)}


def report_info(caller: Caller, which: WhichReport, at: Instance) -> dict[str, Any]:
    report = at.store.moderation.by_id(which.reportId)
    if report is None:
        raise ChatError(None, "error-report-not-found")
    return {"report": report}


def delete_reported(caller: Caller, given: DeleteReported, at: Instance) -> None:
    """Delete all messages of someone that open reports are about, and dismiss those."""
    reports = at.store.moderation.of_author(given.userId, "")
    if not reports:
        raise ChatError(None, "No reported messages found for this user.")
    mids = {report["message"]["_id"] for report in reports}
    standing = [
        message
        for message in at.store.messages.by_ids(mids)
        if not deleting_messages.is_gone(message)
    ]
    deleting_messages.delete_all(at, caller, standing)
    read = {"_id": {"$in": [report["_id"] for report in reports]}}
    _dismiss(at, caller, read, given.reason, DELETING)


def dismiss(caller: Caller, given: Dismiss, at: Instance) -> None:
    named = {"message.u._id": given.userId} if given.userId else {"message._id": given.msgId}
    _dismiss(at, caller, named, given.reason, given.action)


def dismiss_user(caller: Caller, given: DismissUser, at: Instance) -> None:
    """Dismiss the reports of a person, not those of their messages."""
    _dismiss(at, caller, {"reportedUser._id": given.userId}, given.reason, given.action)


def _dismiss(at: Instance, caller: Caller, match: Document, reason: str, action: str) -> None:
    moderation: Document = {
        "hiddenAt": at.now(),
        "moderatedBy": caller.uid,
        "reason": reason.strip() or "No reason provided",
        "action": action or "None",
    }
    at.store.moderation.dismiss(match, moderation)


def _known(at: Instance, uids: list[str]) -> set[str]:
    return {row["_id"] for row in at.store.users.by_ids(uids, {"_id": 1})}


def _page(rows: list[Document], wanted: Listed) -> list[Document]:
    """Of rows that come with the newest first."""
    oldest_first = bool(wanted.sort) and wanted.sort[0][1] > 0
    ordered = rows[::-1] if oldest_first else rows
    return ordered[wanted.offset : wanted.offset + wanted.count]


def _counted(page: list[Document], rows: list[Document], wanted: Listed) -> dict[str, int]:
    return {"count": len(page), "offset": wanted.offset, "total": len(rows)}


def _listed(rows: list[Document], total: int, wanted: Listed) -> dict[str, Any]:
    return {"reports": rows, "count": len(rows), "offset": wanted.offset, "total": total}
