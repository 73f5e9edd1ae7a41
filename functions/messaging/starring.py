"""Stars: everyone's own mark on a message."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from contrail.domain import edits
from contrail.domain.access import find_standing, may_enter
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.messaging.finding import NO_ID_EITHER, not_found

METHOD = {"method": "starMessage"}


class WhichMessage(Input):
    documented = {"messageId": NO_ID_EITHER}
    messageId: str


class Star(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    id: str = Field(alias="_id")
    rid: str
    starred: bool


class StarMethod(Input):
    message: Star


def star(caller: Caller, which: WhichMessage, at: Instance) -> None:
    _over_rest(caller, which, at, starred=True)


def unstar(caller: Caller, which: WhichMessage, at: Instance) -> None:
    _over_rest(caller, which, at, starred=False)


def star_method(caller: Caller, given: StarMethod, at: Instance) -> bool:
    """False for a message that is not there, or in a room the caller is no member of."""
    _check_allowed(at)
    message = given.message
    return _star(at, caller, message.rid, message.id, starred=message.starred)


def _over_rest(caller: Caller, which: WhichMessage, at: Instance, *, starred: bool) -> None:
    if not which.messageId.strip():
        raise ChatError(*NO_ID_EITHER)
    _check_allowed(at)
    message = at.store.messages.by_id(which.messageId)
    if message is None or not _star(at, caller, message["rid"], message["_id"], starred=starred):
        raise not_found()


def _check_allowed(at: Instance) -> None:
    if not at.setting("Message_AllowStarring"):
        details = {**METHOD, "action": "Message_starring"}
        raise ChatError("error-action-not-allowed", "Message starring not allowed", details)


def _star(at: Instance, caller: Caller, rid: str, mid: str, *, starred: bool) -> bool:
    standing = find_standing(at, caller, rid, mid)
    if standing is None or standing.subscription is None or not may_enter(at, caller, standing):
        return False
    message = standing.message
    if message is None or message.get("_hidden") or message["rid"] != rid:
        return False

    def marked(before: Document) -> edits.Change | None:
        stars = list(before.get("starred") or ())
        others = [one for one in stars if one.get("_id") != caller.uid]
        if starred == (len(others) < len(stars)):
            return None
        return {"starred": [*others, {"_id": caller.uid}] if starred else others}, ()

    edits.change(at, caller, message, marked)
    return True
