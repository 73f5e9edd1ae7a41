"""Deleting one message."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain.access import access_room
from contrail.domain.deleting_messages import delete as delete_message
from contrail.domain.deleting_messages import may_delete
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.messaging.editing import ELSEWHERE
from functions.messaging.finding import access_message

DETAILS = {"method": "deleteMessage", "action": "Delete_message"}
AS_THEM = (
    'Unauthorized. You must have the permission "force-delete-message" '
    "to delete other's message as them."
)


class Delete(Input):
    roomId: str
    msgId: str
    asUser: bool = False


class Named(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    id: str = Field(alias="_id")


class DeleteMethod(Input):
    message: Named


class DeleteFile(Input):
    fileId: str


def delete(caller: Caller, given: Delete, at: Instance) -> dict[str, Any]:
    """`{_id, ts, message}`: of the message, its id, room and author."""
    standing = access_room(at, caller, given.roomId, given.msgId, refuse=_not_allowed())
    message = standing.message
    if message is None or message.get("_hidden"):
        raise ChatError(None, f'No message found with the id of "{given.msgId}".')
    if message["rid"] != given.roomId:
        raise ChatError(None, ELSEWHERE)
    other = message["u"]["_id"] != caller.uid
    if given.asUser and other and not at.allows(caller, "force-delete-message", standing.roles):
        raise ChatError(None, AS_THEM)
    if not may_delete(at, caller, message, standing):
        raise _not_allowed()
    delete_message(at, caller, message)
    shown = {key: message[key] for key in ("_id", "rid", "u")}
    return {"_id": message["_id"], "ts": str(int(at.now().timestamp() * 1000)), "message": shown}


def delete_method(caller: Caller, given: DeleteMethod, at: Instance) -> None:
    refused = _not_allowed()
    message, standing = access_message(
        at, caller, given.message.id, refuse=refused, missing=refused
    )
    if not may_delete(at, caller, message, standing):
        raise refused
    delete_message(at, caller, message)


def delete_file(caller: Caller, given: DeleteFile, at: Instance) -> None:
    """Delete the message that brought a file; nothing when there is none."""
    message = at.store.message_lists.by_file(given.fileId)
    if message is not None:
        delete_method(caller, DeleteMethod(message=Named(_id=message["_id"])), at)


def _not_allowed() -> ChatError:
    return ChatError("error-action-not-allowed", "Not allowed", DETAILS)
