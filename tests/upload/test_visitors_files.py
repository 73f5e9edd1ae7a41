"""Files of livechats: for who visits, by their token, as Rocket.Chat stores it with the room."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from contrail.shapes.ids import random_id
from tests.support.uploads import TEXT, content, fetch, upload
from tests.support.workspace import Json, Person, Workspace


def livechat(workspace: Workspace, agent: Person) -> Json:
    """A room that a visitor has opened, with a file that its agent sent: `{rid, token, link}`."""
    rid, visitor, token = random_id(), random_id(), random_id()
    now = workspace.runtime.clock.now()
    room = workspace.channel(agent)["_id"]
    link = upload(agent, room)["attachments"][0]["title_link"]
    guest = {"_id": visitor, "token": token, "username": f"guest-{rid}", "ts": now}
    workspace.database["rocketchat_livechat_visitor"].insert_one(guest)
    workspace.database["rocketchat_room"].insert_one(
        {
            "_id": rid,
            "t": "l",
            "msgs": 1,
            "usersCount": 1,
            "open": True,
            "ts": now,
            "_updatedAt": now,
            "v": {"_id": visitor, "username": guest["username"], "token": token},
            "servedBy": {"_id": agent.id, "username": agent.username},
        }
    )
    uploads = workspace.database["rocketchat_uploads"]
    uploads.update_one({"_id": link.split("/")[2]}, {"$set": {"rid": rid}})
    return {"rid": rid, "token": token, "link": link}


@pytest.fixture(scope="module")
def room(workspace: Workspace, ann: Person) -> Json:
    return livechat(workspace, ann)


def shown(room: Json, **more: str) -> dict[str, str]:
    given = {"rc_room_type": "l", "rc_rid": room["rid"], "rc_token": room["token"], **more}
    return {name: value for name, value in given.items() if value}


def ask(workspace: Workspace, link: str, given: dict[str, str], way: str) -> Any:
    if way == "query":
        return fetch(workspace, link, params=given)
    cookie = "; ".join(f"{name}={quote(value)}" for name, value in given.items())
    return fetch(workspace, link, headers={"Cookie": cookie})


WAYS = pytest.mark.parametrize("way", ["query", "cookies"])


@WAYS
def test_should_allow_visitor_to_download_file(workspace: Workspace, room: Json, way: str) -> None:
    answer = ask(workspace, room["link"], shown(room), way)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert content(answer).content == TEXT


@WAYS
def test_should_not_allow_visitor_to_download_a_file_from_a_room_he_didnt_create(
    workspace: Workspace, ann: Person, room: Json, way: str
) -> None:
    other = livechat(workspace, ann)
    for link, given in (
        (other["link"], shown(room)),
        (other["link"], shown(room, rc_rid=other["rid"])),
        (other["link"], shown(other, rc_rid=room["rid"])),
    ):
        answer = ask(workspace, link, given, way)
        assert (answer.status_code, answer.text) == (403, "")


@WAYS
@pytest.mark.parametrize(
    "wrong",
    [
        {"rc_token": "nonsense"},
        {"rc_token": ""},
        {"rc_token": "\u20ac"},
        {"rc_rid": ""},
        {"rc_room_type": ""},
        {"rc_room_type": "c"},
        {"rc_room_type": "v"},
    ],
)
def test_what_a_visitor_shows_has_to_be_whole(
    workspace: Workspace, room: Json, way: str, wrong: dict[str, str]
) -> None:
    assert ask(workspace, room["link"], shown(room, **wrong), way).status_code == 403


def test_a_token_opens_no_room_that_is_not_a_visitors(workspace: Workspace, ann: Person) -> None:
    """Whoever puts a visitor into a channel's document makes nothing of it public."""
    rid = workspace.channel(ann)["_id"]
    link = upload(ann, rid)["attachments"][0]["title_link"]
    given = {"rid": rid, "token": random_id()}
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"v": {"token": given["token"]}}})
    assert ask(workspace, link, shown(given), "query").status_code == 403
    rooms.update_one({"_id": rid}, {"$set": {"t": "l", "v": {"token": None}}})
    assert ask(workspace, link, shown({**given, "token": "None"}), "query").status_code == 403
