"""What tests about people ask over and over."""

from __future__ import annotations

from typing import Any

from tests.support.scene import fresh, refused
from tests.support.workspace import Json, Person, Workspace


def new(**more: Any) -> Json:
    """A body of users.create."""
    name = fresh("u")
    given = {"name": name, "username": name, "email": f"{name}@example.com"}
    return {**given, "password": "secret", **more}


def made(workspace: Workspace, **more: Any) -> Json:
    user: Json = workspace.admin.ok("POST", "v1/users.create", new(**more))["user"]
    return user


def register(workspace: Workspace, person: Person | None = None, **given: Any) -> Any:
    body = new(**given)
    body["pass"] = body.pop("password")
    headers = person.headers if person else {}
    return workspace.http("POST", "v1/users.register", json=body, headers=headers)


def fails(answer: Any, error: str, error_type: Any = None, details: Any = None) -> None:
    """A 400 with exactly this."""
    body: Json = {"success": False, "error": error}
    if error_type is not None:
        text = f"{error} [{error_type}]" if error else f"[{error_type}]"
        body |= {"error": text, "errorType": error_type}
    refused(answer, 400, body | ({"details": details} if details else {}))


def stored(workspace: Workspace, uid: str) -> Json:
    user: Json | None = workspace.database["users"].find_one({"_id": uid})
    assert user is not None
    return user


def own(person: Person, **data: Any) -> Any:
    """users.updateOwnBasicInfo."""
    return person.post("v1/users.updateOwnBasicInfo", {"data": data})


def edited(workspace: Workspace, uid: str, **data: Any) -> Any:
    """users.update by the admin."""
    return workspace.admin.post("v1/users.update", {"userId": uid, "data": data})


def direct(workspace: Workspace, *people: Person) -> Json:
    """A direct room, straight into the database."""
    now, uids = workspace.runtime.clock.now(), [one.id for one in people]
    names = {one.id: one.username for one in people}
    room: Json = {"_id": "".join(sorted(uids)), "t": "d", "uids": uids, "msgs": 0, "ts": now}
    room |= {"usernames": list(names.values()), "usersCount": len(uids), "_updatedAt": now}
    workspace.database["rocketchat_room"].insert_one(dict(room))
    for uid in uids:
        others = [name for other, name in names.items() if other != uid]
        row: Json = {"_id": fresh("s"), "rid": room["_id"], "t": "d", "open": True, "ts": now}
        row |= {"u": {"_id": uid, "username": names[uid]}, "unread": 0, "alert": False, "ls": now}
        row |= {"userMentions": 0, "groupMentions": 0}
        row |= {"name": ",".join(others), "fname": ", ".join(others), "_updatedAt": now}
        workspace.database["rocketchat_subscription"].insert_one(row)
    return room


def said(person: Person, room: Json, text: str) -> Json:
    """The message."""
    given = {"message": {"rid": room["_id"], "msg": text}}
    message: Json = person.ok("POST", "v1/chat.sendMessage", given)["message"]
    return message
