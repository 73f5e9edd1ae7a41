"""Who has read a message: it follows from when each member last read the room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging.finding import access_message

METHOD = {"method": "getReadReceipts"}
NO_ID = (None, "The required 'messageId' param is missing.")


class Receipts(Input):
    documented = {"messageId": NO_ID}
    messageId: str


class ReceiptsOptions(Input):
    messageId: str


class ReceiptsMethod(Input):
    options: ReceiptsOptions


def receipts(caller: Caller, which: Receipts, at: Instance) -> dict[str, Any]:
    return {"receipts": _receipts(at, caller, which.messageId)}


def receipts_method(caller: Caller, given: ReceiptsMethod, at: Instance) -> list[Document]:
    return _receipts(at, caller, given.options.messageId)


def _receipts(at: Instance, caller: Caller, mid: str) -> list[Document]:
    """One for each member who read the room after the message came; its author has read it."""
    if at.environment.edition != "enterprise":
        reason = "This is an enterprise feature"
        raise ChatError("error-action-not-allowed", reason, METHOD)
    invalid = ChatError("error-invalid-message", "Invalid message", METHOD)
    message, _ = access_message(
        at,
        caller,
        mid,
        refuse=ChatError("error-invalid-room", "Invalid room", METHOD),
        missing=invalid,
    )
    if not at.setting("Message_Read_Receipt_Enabled"):
        return []
    rows = at.store.memberships.of_room(message["rid"])
    return [_receipt(message, row) for row in rows if _has_read(row, message)]


def _has_read(row: Document, message: Document) -> bool:
    if row["u"]["_id"] == message["u"]["_id"]:
        return True
    seen = row.get("ls")
    return isinstance(seen, datetime) and seen >= message["ts"]


def _receipt(message: Document, row: Document) -> Document:
    own = row["u"]["_id"] == message["u"]["_id"]
    return {
        "_id": f"{message['_id']}{row['_id']}",
        "roomId": message["rid"],
        "messageId": message["_id"],
        "userId": row["u"]["_id"],
        "ts": message["ts"] if own else row["ls"],
        "user": row["u"],
    }
