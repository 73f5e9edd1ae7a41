"""Examples for files: see `doors.py`."""

from __future__ import annotations

from typing import Any

from tests.support.example import OK, PAGE, Example, admin
from tests.support.scene import Scene, is_date, is_moment
from tests.support.uploads import TEXT, media, upload
from tests.support.workspace import Json

FILE: Json = {
    **dict.fromkeys(("_id", "name", "type", "rid", "userId", "store", "path", "url"), str),
    "size": int,
    "typeGroup": str,
    "uploadedAt": is_date,
}


def _rid(scene: Scene) -> str:
    return str(scene.room["_id"])


def _form(scene: Scene) -> Json:
    return {"rid": _rid(scene), "file": TEXT}


def _announced(scene: Scene) -> Json:
    return {"rid": _rid(scene), "name": "plan.txt", "type": "text/plain", "size": 5}


def _uploaded(scene: Scene) -> Json:
    """A file that waits; of a room that is closed there is none."""
    if scene.room["t"] != "c":
        return {"rid": _rid(scene), "fileId": "none"}
    return {"rid": _rid(scene), "fileId": media(scene.person, _rid(scene))["_id"]}


def _filled(scene: Scene) -> Json:
    if scene.room["t"] == "c":
        upload(scene.person, _rid(scene))
    return {"roomId": _rid(scene)}


def _group(scene: Scene) -> Json:
    if scene.room["t"] == "p":
        return {"roomId": _rid(scene)}
    name = {"name": f"g{scene.person.id.lower()}{len(_rid(scene))}"}
    listed = scene.person.ok("GET", "v1/groups.list")["groups"]
    known = [room for room in listed if room["name"] == name["name"]]
    made = known or [scene.person.ok("POST", "v1/groups.create", name)["group"]]
    upload(scene.person, made[0]["_id"])
    return {"roomId": made[0]["_id"]}


def _direct(scene: Scene) -> Json:
    if scene.room["t"] == "p":
        return {"roomId": _rid(scene)}
    given = {"username": scene.other.username}
    rid = scene.person.ok("POST", "v1/im.create", given)["room"]["_id"]
    upload(scene.person, rid)
    return {"roomId": rid}


def _sent(scene: Scene) -> list[Any]:
    waiting = _uploaded(scene)
    return [waiting["rid"], None, {"_id": waiting["fileId"]}, {"msg": "look"}]


MESSAGE: Json = {"_id": str, "rid": str, "files": list, "attachments": list}
FILES: Json = {"files": [{**FILE, "user": {"_id": str, "username": str}}], **PAGE}
REST: dict[str, Example] = {
    "POST v1/rooms.media/:rid": Example(
        {
            "file": {"_id": str, "url": str},
            "upload": {"method": "PUT", "url": str, "headers": dict, "expiresAt": is_date},
            **OK,
        },
        _announced,
    ),
    "POST v1/rooms.mediaConfirm/:rid/:fileId": Example(
        {"message": {**MESSAGE, "ts": is_date}, **OK}, _uploaded
    ),
    "POST v1/rooms.upload/:rid": Example({"message": {**MESSAGE, "ts": is_date}, **OK}, _form),
    "GET v1/channels.files": Example(FILES, _filled),
    "GET v1/groups.files": Example(FILES, _group),
    "GET v1/im.files": Example(FILES, _direct),
    "GET v1/dm.files": Example(FILES, _direct),
    "GET v1/rooms.images": Example({"files": list, **PAGE}, _filled),
    "POST v1/rooms.export": Example(
        OK, lambda scene: {"rid": _rid(scene), "type": "file", "format": "html"}, admin
    ),
    "GET v1/users.requestDataDownload": Example(
        {"requested": bool, "exportOperation": {"_id": str, "fullExport": False}, **OK}
    ),
    "GET v1/channels.images": Example({"files": list, **PAGE}, _filled),
}
METHODS: dict[str, Example] = {
    "requestDataDownload": Example(
        {"requested": bool, "exportOperation": dict, "pendingOperationsBeforeMyRequest": int},
        lambda scene: [{"fullExport": False}],
    ),
    "sendFileMessage": Example({**MESSAGE, "ts": is_moment}, _sent),
}
