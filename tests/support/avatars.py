"""What tests of avatars do over and over."""

from __future__ import annotations

import base64
from typing import Any

from tests.support.pictures import fetch, picture, post_form
from tests.support.workspace import Json, Person


def upload(person: Person, body: bytes, **fields: str) -> Any:
    return post_form(person, "v1/users.setAvatar", {"image": body}, fields)


def set_own(person: Person, body: bytes | None = None) -> None:
    answer = upload(person, body or picture())
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def shown(person: Person, whose: Person | None = None) -> Any:
    return fetch(person, person.workspace, f"/avatar/{(whose or person).username}")


def user_of(person: Person) -> Json:
    found: Json = person.workspace.database["users"].find_one({"_id": person.id})
    return found


def records(person: Person) -> list[Json]:
    return list(person.workspace.database["rocketchat_avatars"].find({"userId": person.id}))


def uri(body: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(body).decode()}"
