"""The data of a Rocket.Chat workspace works as it is: passwords, tokens, rooms, unread marks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import pytest
from pymongo import MongoClient

from contrail.domain.tokens import hash_token
from contrail.domain.users import digest
from tests.support.people import new
from tests.support.workspace import Person, Workspace

TOKEN = "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq"
NOW = datetime.now(UTC).replace(microsecond=0)
LAST = NOW - timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=800)
PERSONAL = "a1-personal-access-token-of-43-characters--"
FIELDS = '{"desk": {"type": "text", "public": true}}'
ROLE = {"_id": "clerk", "name": "Clerk", "scope": "Users", "description": "", "protected": False}


def _user(uid: str, username: str, **more: Any) -> dict[str, Any]:
    hashed = bcrypt.hashpw(digest("old-password").encode(), bcrypt.gensalt(4)).decode()
    return {
        "_id": uid,
        "username": username,
        "name": username.title(),
        "emails": [{"address": f"{username}@example.com", "verified": True}],
        "type": "user",
        "active": True,
        "roles": ["user"],
        "status": "offline",
        "createdAt": NOW - timedelta(days=900),
        "_updatedAt": NOW,
        "services": {
            "password": {"bcrypt": hashed},
            "resume": {"loginTokens": [{"hashedToken": hash_token(TOKEN + uid), "when": LAST}]},
        },
        "__rooms": ["r1"],
        **more,
    }


def _message(number: int) -> dict[str, Any]:
    return {
        "_id": f"m{number}",
        "rid": "r1",
        "msg": f"old {number}",
        "ts": LAST - timedelta(days=10 * (9 - number)),
        "u": {"_id": "u1", "username": "ann", "name": "Ann"},
        "_updatedAt": NOW,
        "md": [{"type": "PARAGRAPH", "value": []}],
    }


def _subscription(uid: str, username: str, ls: datetime) -> dict[str, Any]:
    return {
        "_id": f"s{uid}",
        "rid": "r1",
        "name": "old-room",
        "t": "c",
        "u": {"_id": uid, "username": username},
        "open": True,
        "alert": False,
        "unread": 0,
        "ls": ls,
        "ts": NOW - timedelta(days=800),
        "_updatedAt": ls,
    }


@pytest.fixture
def imported(mongo_uri: str, new_workspace: Callable[..., Workspace]) -> Workspace:
    name = f"test-{uuid.uuid4().hex}"
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri)
    database = client[name]
    database["users"].create_index("username", unique=True, sparse=True, name="old_username")
    personal = {"hashedToken": hash_token(PERSONAL), "type": "personalAccessToken", "name": "bot"}
    clerk = _user("u3", "Cleo.Clerk", roles=["user", "clerk"], customFields={"desk": "4", "x": "y"})
    clerk["services"]["resume"]["loginTokens"].append({**personal, "createdAt": LONG_AGO})
    idle = _user("u4", "ida", active=False)
    database["users"].insert_many([_user("u1", "ann"), _user("u2", "ben"), clerk, idle])
    messages = [_message(number) for number in range(10)]
    database["rocketchat_message"].insert_many(messages)
    room = {
        "_id": "r1",
        "t": "c",
        "name": "old-room",
        "msgs": 10,
        "usersCount": 2,
        "ts": NOW - timedelta(days=800),
        "lm": messages[-1]["ts"],
        "lastMessage": messages[-1],
        "_updatedAt": NOW,
    }
    database["rocketchat_room"].insert_one(room)
    database["rocketchat_subscription"].insert_many(
        [_subscription("u1", "ann", NOW), _subscription("u2", "ben", NOW - timedelta(days=30))]
    )
    database["rocketchat_settings"].insert_many(
        [
            {"_id": "Site_Name", "value": "Old place", "type": "string", "public": True},
            {"_id": "Accounts_CustomFields", "value": FIELDS, "type": "code", "public": True},
            {"_id": "Message_AllowPinning", "value": False, "type": "boolean", "public": True},
        ]
    )
    database["rocketchat_roles"].insert_one(ROLE)
    database["rocketchat_permissions"].insert_many(
        [
            {"_id": "create-user", "roles": ["admin", "clerk"], "_updatedAt": NOW},
            {"_id": "view-full-other-user-info", "roles": ["clerk"], "_updatedAt": NOW},
        ]
    )
    client.close()
    return new_workspace(database=name, test_mode=False)


def test_people_log_in_with_their_passwords_and_with_tokens_they_have(imported: Workspace) -> None:
    ann = imported.login("ann", "old-password")
    assert ann.id == "u1"
    old = Person(imported, "u2", TOKEN + "u2", "ben")
    assert old.ok("GET", "v1/me")["username"] == "ben"
    assert imported.http("POST", "v1/login", json={"resume": TOKEN + "u1"}).status_code == 200


def test_history_and_unread_marks_are_there(imported: Workspace) -> None:
    ann, ben = (imported.login(name, "old-password") for name in ("ann", "ben"))
    rows = ben.ok("GET", "v1/channels.history", {"roomId": "r1", "count": 3})["messages"]
    assert [row["msg"] for row in rows] == ["old 9", "old 8", "old 7"]
    assert "md" in rows[0]
    alerts = {}
    for person in (ann, ben):
        (row,) = person.ok("GET", "v1/subscriptions.get")["update"]
        alerts[person.username] = row["alert"]
    assert alerts == {"ann": False, "ben": True}


def test_the_conversation_goes_on(imported: Workspace) -> None:
    ann, ben = (imported.login(name, "old-password") for name in ("ann", "ben"))
    message = {"rid": "r1", "msg": "new"}
    ann.ok("POST", "v1/chat.sendMessage", {"message": message})
    rows = ben.ok("GET", "v1/channels.messages", {"roomId": "r1", "count": 2})
    assert [row["msg"] for row in rows["messages"]] == ["new", "old 9"]
    assert rows["total"] == 11


def test_settings_it_had_are_kept_and_missing_ones_added(imported: Workspace) -> None:
    asked = {"_id": "Site_Name,Message_AllowEditing"}
    answer = imported.http("GET", "v1/settings.public", params=asked).json()["settings"]
    values = {row["_id"]: row["value"] for row in answer}
    assert values == {"Site_Name": "Old place", "Message_AllowEditing": True}


def test_roles_and_permissions_it_had_are_in_force(imported: Workspace) -> None:
    """By one's own role, and beside it those that the workspace did not know yet."""
    clerk, ann = imported.login("cleo.clerk", "old-password"), imported.login("ann", "old-password")
    assert clerk.username == "Cleo.Clerk"
    given = new(roles=None)
    made = clerk.ok("POST", "v1/users.create", given)["user"]
    assert made["roles"] == ["user"]
    answer = ann.post("v1/users.create", new())
    assert answer.json()["errorType"] == "error-action-not-allowed"
    seen = clerk.ok("GET", "v1/users.info", {"userId": "u1"})["user"]
    assert seen["emails"][0]["address"] == "ann@example.com"
    assert "emails" not in ann.ok("GET", "v1/users.info", {"userId": "u3"})["user"]
    listed = clerk.ok("GET", "v1/permissions.listAll")["update"]
    roles = {row["_id"]: row["roles"] for row in listed}
    assert roles["create-user"] == ["admin", "clerk"]
    assert roles["create-c"] == ["admin", "user", "bot", "app"]


def test_names_that_are_there_are_taken_in_any_case(imported: Workspace) -> None:
    """Though nothing of ours stands beside them."""
    clerk = imported.login("Cleo.Clerk", "old-password")
    for name in ("ANN", "cleo.clerk"):
        answer = clerk.post("v1/users.create", new(username=name))
        assert answer.json()["errorType"] == "error-field-unavailable"
    answer = clerk.post("v1/users.create", new(email="Ben@Example.com"))
    assert answer.json()["errorType"] == "error-field-unavailable"


def test_personal_tokens_are_in_force_and_those_of_the_deactivated_are_not(
    imported: Workspace,
) -> None:
    """A personal access token does not age."""
    personal = Person(imported, "u3", PERSONAL, "Cleo.Clerk")
    assert personal.ok("GET", "v1/me")["customFields"] == {"desk": "4", "x": "y"}
    idle = Person(imported, "u4", TOKEN + "u4", "ida")
    assert idle.get("v1/me").status_code == 401
    login = {"user": "ida", "password": "old-password"}
    assert imported.http("POST", "v1/login", json=login).status_code == 401


def test_custom_fields_it_declares_are_shown(imported: Workspace) -> None:
    ann = imported.login("ann", "old-password")
    seen = ann.ok("GET", "v1/users.info", {"userId": "u3"})["user"]
    assert seen["customFields"] == {"desk": "4"}


def test_people_it_had_are_renamed_and_deactivated(imported: Workspace) -> None:
    """Copies of a name follow, in what was imported too."""
    ann = imported.login("ann", "old-password")
    body = {"data": {"username": "anna"}}
    assert ann.ok("POST", "v1/users.updateOwnBasicInfo", body)["user"]["username"] == "anna"
    messages = imported.database["rocketchat_message"].find({"rid": "r1"})
    assert {message["u"]["username"] for message in messages} == {"anna"}
    rows = imported.database["rocketchat_subscription"].find({"u._id": "u1"})
    assert [row["u"]["username"] for row in rows] == ["anna"]
    assert imported.login("anna", "old-password").id == "u1"
