"""Documents as Rocket.Chat writes them, for workspaces that moved in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt

from contrail.domain.tokens import hash_token
from contrail.domain.users import digest

Document = dict[str, Any]
PASSWORD = "old-password"
NOW = datetime.now(UTC).replace(microsecond=0)
LAST = NOW - timedelta(hours=1)


def token_of(uid: str) -> str:
    """The login token that a client of theirs still has, as Meteor makes them."""
    return f"9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3Q{uid}"


def user(uid: str, username: str, **more: Any) -> Document:
    hashed = bcrypt.hashpw(digest(PASSWORD).encode(), bcrypt.gensalt(4)).decode()
    resume = {"loginTokens": [{"hashedToken": hash_token(token_of(uid)), "when": LAST}]}
    services = {"password": {"bcrypt": hashed}, "resume": resume, **more.pop("services", {})}
    return {
        "_id": uid,
        "username": username,
        "name": username.title(),
        "emails": [{"address": f"{username}@{uid}.example.com", "verified": True}],
        "type": "user",
        "active": True,
        "roles": ["user"],
        "status": "offline",
        "statusConnection": "offline",
        "createdAt": NOW - timedelta(days=900),
        "_updatedAt": NOW,
        "services": services,
        "__rooms": ["r1"],
        **more,
    }


def message(number: int, rid: str = "r1") -> Document:
    return {
        "_id": f"{rid}m{number:014}",
        "rid": rid,
        "msg": f"old {number}",
        "ts": LAST - timedelta(minutes=1000 - number),
        "u": {"_id": "u1", "username": "ann", "name": "Ann"},
        "_updatedAt": NOW,
        "urls": [],
        "mentions": [],
        "channels": [],
        "md": [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": f"old {number}"}]}],
    }


def room(rid: str, name: str, last: Document, messages: int, people: int) -> Document:
    return {
        "_id": rid,
        "t": "c",
        "name": name,
        "fname": name,
        "msgs": messages,
        "usersCount": people,
        "u": {"_id": "u1", "username": "ann"},
        "ts": NOW - timedelta(days=800),
        "lm": last["ts"],
        "lastMessage": last,
        "_updatedAt": NOW,
    }


def subscription(uid: str, username: str, rid: str = "r1", name: str = "old-room") -> Document:
    return {
        "_id": f"s{uid}{rid}",
        "rid": rid,
        "name": name,
        "t": "c",
        "u": {"_id": uid, "username": username},
        "open": True,
        "alert": False,
        "unread": 0,
        "ls": NOW - timedelta(days=30),
        "ts": NOW - timedelta(days=800),
        "_updatedAt": NOW,
    }


def whole(messages: int = 60) -> dict[str, list[Document]]:
    """Collection -> its documents: a small workspace with something of everything."""
    talk = [message(number) for number in range(messages)]
    google = {"google": {"id": "1001", "email": "ben@example.com"}}
    report = {"_id": "f1", "name": "report.txt", "rid": "r1", "userId": "u1", "size": 5}
    return {
        "users": [
            user("u1", "ann", roles=["user", "admin"]),
            user("u2", "Ben", services=google, status="online", statusConnection="online"),
            user("rocket.cat", "rocket.cat", type="bot", roles=["bot"], status="online"),
        ],
        "rocketchat_room": [room("r1", "old-room", talk[-1], messages, 2)],
        "rocketchat_subscription": [subscription("u1", "ann"), subscription("u2", "Ben")],
        "rocketchat_message": talk,
        "rocketchat_settings": [
            {"_id": "Site_Name", "value": "Old place", "type": "string", "public": True},
            {"_id": "uniqueID", "value": "theirs", "type": "string", "public": True},
        ],
        "rocketchat_permissions": [{"_id": "create-c", "roles": ["admin"], "_updatedAt": NOW}],
        "rocketchat_roles": [{"_id": "clerk", "name": "Clerk", "scope": "Users"}],
        "rocketchat_uploads": [
            {**report, "type": "text/plain", "store": "AmazonS3:Uploads", "complete": True}
        ],
        "rocketchat_custom_emoji": [
            {"_id": "e1", "name": "plane", "aliases": ["jet"], "extension": "png"}
        ],
        "rocketchat_custom_sounds": [{"_id": "b1", "name": "bell", "extension": "mp3"}],
        "usersSessions": [
            {"_id": "u2", "connections": [{"id": "c", "instanceId": "gone", "status": "online"}]}
        ],
        "migrations": [{"_id": "control", "version": 313, "locked": False}],
    }
