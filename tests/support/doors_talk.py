"""Examples for what surrounds messages: marks, reports, keys. See `doors.py`."""

from __future__ import annotations

from typing import Any

from tests.support.doors_messages import own
from tests.support.doors_shapes import message
from tests.support.example import OK, PAGE, USER, VOID, Example
from tests.support.example import admin as _admin
from tests.support.example import spare as _spare
from tests.support.people import direct, said
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json, Person


def _own(scene: Scene) -> Json:
    return {"messageId": own(scene)["_id"]}


def _report(scene: Scene) -> Json:
    return {**_own(scene), "description": "rude"}


def _author(scene: Scene) -> Person:
    """Someone new, of whom a message was reported."""
    author = scene.workspace.person()
    written = said(author, scene.workspace.channel(author), "rude")
    given = {"messageId": written["_id"], "description": "rude"}
    author.ok("POST", "v1/chat.reportMessage", given)
    return author


def _rude(scene: Scene) -> Person:
    """Someone new who was reported."""
    person = scene.workspace.person()
    given = {"userId": person.id, "description": "rude"}
    scene.person.ok("POST", "v1/moderation.reportUser", given)
    return person


def _reported_message(scene: Scene) -> Json:
    given = _report(scene)
    scene.person.ok("POST", "v1/chat.reportMessage", given)
    return {"msgId": given["messageId"]}


def _report_id(scene: Scene) -> Json:
    mid = _reported_message(scene)["msgId"]
    rows = scene.workspace.database["rocketchat_moderation_reports"]
    return {"reportId": (rows.find_one({"message._id": mid}) or {})["_id"]}


def _is_open(scene: Scene) -> bool:
    return scene.message.get("msg") == "hello"


def _new_room(scene: Scene) -> str:
    """One without keys, where the person may enter the scene's."""
    return str((scene.workspace.channel(scene.person) if _is_open(scene) else scene.room)["_id"])


def _suggested(scene: Scene) -> str:
    """A room whose key was suggested to the person."""
    rid, rows = _new_room(scene), scene.workspace.database["rocketchat_subscription"]
    change = {"$set": {"E2ESuggestedKey": "key"}}
    rows.update_one({"rid": rid, "u._id": scene.person.id}, change)
    return rid


def _direct(scene: Scene) -> str:
    if not _is_open(scene):
        return str(scene.room["_id"])
    return str(direct(scene.workspace, scene.workspace.admin, scene.workspace.person())["_id"])


def _acknowledged(scene: Scene) -> list[Any]:
    author = {"_id": scene.workspace.admin.id, "username": scene.workspace.admin.username}
    now = scene.workspace.runtime.clock.now()
    said = {"_id": fresh("m"), "rid": _direct(scene), "msg": "x", "t": "otr", "ts": now}
    return [{"message": {**said, "u": author}, "ack": "x"}]


KEYS: Json = {"public_key": "public", "private_key": "private", "force": True}
REPORT: Json = {"_id": str, "description": str, "reportedBy": USER, "ts": is_date}
REST: dict[str, Example] = {
    "POST v1/chat.react": Example(OK, lambda scene: {**_own(scene), "emoji": ":smile:"}),
    "POST v1/chat.starMessage": Example(OK, _own),
    "POST v1/chat.unStarMessage": Example(OK, _own),
    "POST v1/chat.pinMessage": Example(
        {"message": {"_id": str, "t": "message_pinned", "attachments": list}, **OK}, _own
    ),
    "POST v1/chat.unPinMessage": Example(OK, _own),
    "GET v1/chat.getMessageReadReceipts": Example({"receipts": list, **OK}, _own),
    "POST v1/chat.otr": Example(
        OK, lambda scene: {"roomId": _direct(scene), "type": "user_joined_otr"}, _admin
    ),
    "POST v1/chat.reportMessage": Example(OK, _report),
    "POST v1/moderation.reportUser": Example(
        OK, lambda scene: {"userId": scene.other.id, "description": "rude"}
    ),
    "GET v1/moderation.reportsByUsers": Example(
        {
            "reports": [
                {
                    **dict.fromkeys(("userId", "username", "name", "message", "msgId"), str),
                    "count": int,
                    "rooms": list,
                    "ts": is_date,
                    "isUserDeleted": bool,
                }
            ],
            **PAGE,
        },
        lambda scene: {"selector": _author(scene).username},
        _admin,
    ),
    "GET v1/moderation.userReports": Example(
        {"reports": [{"reportedUser": USER, "count": int, "ts": is_date}], **PAGE},
        lambda scene: {"selector": _rude(scene).username},
        _admin,
    ),
    "GET v1/moderation.user.reportedMessages": Example(
        {
            "user": USER,
            "messages": [{"_id": str, "message": message(is_date), "room": dict, "ts": is_date}],
            **PAGE,
        },
        lambda scene: {"userId": _author(scene).id},
        _admin,
    ),
    "GET v1/moderation.user.reportsByUserId": Example(
        {"user": USER, "reports": [{**REPORT, "reportedUser": USER}], **PAGE},
        lambda scene: {"userId": _rude(scene).id},
        _admin,
    ),
    "GET v1/moderation.reports": Example(
        {"reports": [{**REPORT, "room": dict}], **PAGE}, _reported_message, _admin
    ),
    "GET v1/moderation.reportInfo": Example(
        {"report": {**REPORT, "message": message(is_date)}, **OK}, _report_id, _admin
    ),
    "POST v1/moderation.user.deleteReportedMessages": Example(
        OK, lambda scene: {"userId": _author(scene).id}, _admin
    ),
    "POST v1/moderation.dismissReports": Example(
        OK, lambda scene: {"userId": _author(scene).id}, _admin
    ),
    "POST v1/moderation.dismissUserReports": Example(
        OK, lambda scene: {"userId": _rude(scene).id}, _admin
    ),
    "GET v1/e2e.fetchMyKeys": Example(OK, sender=_spare),
    "POST v1/e2e.setUserPublicAndPrivateKeys": Example(OK, lambda scene: KEYS, _spare),
    "POST v1/e2e.setRoomKeyID": Example(
        OK, lambda scene: {"rid": _new_room(scene), "keyID": "key"}
    ),
    "POST v1/e2e.updateGroupKey": Example(
        OK, lambda scene: {"rid": _new_room(scene), "uid": scene.person.id, "key": "key"}
    ),
    "GET v1/e2e.getUsersOfRoomWithoutKey": Example(
        {"users": list, **OK}, lambda scene: {"rid": scene.room["_id"]}
    ),
    "POST v1/e2e.acceptSuggestedGroupKey": Example(OK, lambda scene: {"rid": _suggested(scene)}),
    "POST v1/e2e.rejectSuggestedGroupKey": Example(OK, lambda scene: {"rid": _suggested(scene)}),
    "GET v1/e2e.fetchUsersWaitingForGroupKey": Example(
        {"usersWaitingForE2EKeys": dict, **OK}, lambda scene: {"roomIds": [scene.room["_id"]]}
    ),
    "POST v1/e2e.provideUsersSuggestedGroupKeys": Example(
        OK,
        lambda scene: {"usersSuggestedGroupKeys": {scene.room["_id"]: []}},
    ),
}

METHODS: dict[str, Example] = {
    "setReaction": Example(VOID, lambda scene: ["smile", own(scene)["_id"]]),
    "starMessage": Example(
        True,
        lambda scene: [
            {"_id": own(scene)["_id"], "rid": scene.room["_id"], "starred": True},
        ],
    ),
    "pinMessage": Example(
        {"_id": str, "t": "message_pinned", "ts": is_moment},
        lambda scene: [{"_id": own(scene)["_id"]}],
    ),
    "unpinMessage": Example(True, lambda scene: [{"_id": own(scene)["_id"]}]),
    "getReadReceipts": Example(list, lambda scene: [{"messageId": scene.message["_id"]}]),
    "reportMessage": Example(True, lambda scene: [own(scene)["_id"], "rude"]),
    "e2e.fetchMyKeys": Example({}, lambda scene: [], _spare),
    "e2e.setUserPublicAndPrivateKeys": Example(VOID, lambda scene: [KEYS], _spare),
    "e2e.setRoomKeyID": Example(VOID, lambda scene: [_new_room(scene), "key"]),
    "e2e.updateGroupKey": Example(VOID, lambda scene: [_new_room(scene), scene.person.id, "key"]),
    "e2e.getUsersOfRoomWithoutKey": Example({"users": list}, lambda scene: [scene.room["_id"]]),
    "e2e.requestSubscriptionKeys": Example(True, lambda scene: []),
    "sendSystemMessages": Example(
        VOID, lambda scene: [_direct(scene), scene.person.username, "user_joined_otr"], _admin
    ),
    "deleteOldOTRMessages": Example(VOID, lambda scene: [_direct(scene)], _admin),
    "updateOTRAck": Example(VOID, _acknowledged, _admin),
}
