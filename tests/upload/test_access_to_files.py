"""Who gets a file: every way to ask, every kind of room, everyone, under every rule there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.uploads import content, fetch, picture, upload
from tests.support.workspace import Json, Person, Workspace

ALL = {"open", "closed", "direct", "discussion", "team"}
IN_ROOMS, BY_ACCESS = (
    "FileUpload_Restrict_to_room_members",
    "FileUpload_Restrict_to_users_who_can_access_room",
)
POLICIES: dict[str, dict[str, bool]] = {
    "members": {},
    "who may enter": {IN_ROOMS: False, BY_ACCESS: True},
    "logged in": {IN_ROOMS: False, BY_ACCESS: False},
    "anonymous reading": {"Accounts_AllowAnonymousRead": True},
    "anyone": {"FileUpload_ProtectFiles": False},
}
NOTHING: set[str] = set()
ENTERING = {"open"}
EXPECTED: dict[str, dict[str, set[str]]] = {
    "members": {"member": ALL, "of the parent": {"closed"}, "admin": NOTHING},
    "who may enter": {
        "member": ALL,
        "of the parent": {"open", "closed", "discussion"},
        **dict.fromkeys(("outsider", "left", "kicked", "admin"), ENTERING),
    },
    "logged in": dict.fromkeys(
        ("member", "of the parent", "outsider", "left", "kicked", "admin"), ALL
    ),
    "anonymous reading": {
        "member": ALL,
        "of the parent": {"closed"},
        **dict.fromkeys(("nobody", "deactivated", "logged out"), ENTERING),
    },
    "anyone": dict.fromkeys(
        (
            *("member", "of the parent", "outsider", "left", "kicked", "admin", "nobody"),
            *("deactivated", "logged out"),
        ),
        ALL,
    ),
}
"""By rule and person the rooms whose files they get; who is not named gets none."""


@dataclass
class Stage:
    """`people` by what they are to the rooms; `links` by room, to its file."""

    workspace: Workspace
    people: dict[str, Person | None]
    links: dict[str, str]
    rooms: dict[str, str]


@pytest.fixture(scope="module")
def stage(workspace: Workspace) -> Stage:
    ann, kinds = workspace.person(), ("member", "of the parent", "outsider", "left", "kicked")
    people = {kind: workspace.person() for kind in (*kinds, "deactivated", "logged out")}
    rooms = {
        "open": ann.ok("POST", "v1/channels.create", {"name": fresh("o")})["channel"]["_id"],
        "closed": ann.ok("POST", "v1/groups.create", {"name": fresh("c")})["group"]["_id"],
        "direct": ann.ok("POST", "v1/im.create", {"username": people["member"].username})["room"][
            "_id"
        ],
        "team": workspace.admin.ok("POST", "v1/teams.create", {"name": fresh("t"), "type": 1})[
            "team"
        ]["roomId"],
    }
    asked = {"prid": rooms["closed"], "t_name": "more", "users": []}
    rooms["discussion"] = ann.ok("POST", "v1/rooms.createDiscussion", asked)["discussion"]["_id"]
    for one in (ann, *(people[kind] for kind in ("member", "left", "kicked", "deactivated"))):
        invite(workspace.admin, "groups", rooms["team"], one)
    for kind in ("member", "left", "kicked", "deactivated", "logged out"):
        for room, words in (("open", "channels"), ("closed", "groups"), ("discussion", "groups")):
            invite(ann, words, rooms[room], people[kind])
    invite(ann, "groups", rooms["closed"], people["of the parent"])
    links = {room: upload(ann, rid)["attachments"][0]["title_link"] for room, rid in rooms.items()}
    for room, words in (("open", "channels"), ("closed", "groups"), ("discussion", "groups")):
        people["left"].ok("POST", f"v1/{words}.leave", {"roomId": rooms[room]})
        kick(ann, words, rooms[room], people["kicked"])
    people["left"].ok("POST", "v1/groups.leave", {"roomId": rooms["team"]})
    kick(workspace.admin, "groups", rooms["team"], people["kicked"])
    gone = {"userId": people["deactivated"].id, "activeStatus": False}
    workspace.admin.ok("POST", "v1/users.setActiveStatus", {**gone, "confirmRelinquish": True})
    people["logged out"].ok("POST", "v1/logout")
    known: dict[str, Person | None] = {**people, "nobody": None, "admin": stranger(workspace)}
    return Stage(workspace, known, links, rooms)


def stranger(workspace: Workspace) -> Person:
    """An admin who is in none of the rooms."""
    return workspace.person(roles=["user", "admin"])


def invite(by: Person, words: str, rid: str, who: Person) -> None:
    by.ok("POST", f"v1/{words}.invite", {"roomId": rid, "userId": who.id})


def kick(by: Person, words: str, rid: str, who: Person) -> None:
    by.ok("POST", f"v1/{words}.kick", {"roomId": rid, "userId": who.id})


def by_headers(stage: Stage, who: Person | None, path: str) -> requests.Response:
    return fetched(stage, path, headers=who.headers if who else {})


def by_cookie(stage: Stage, who: Person | None, path: str) -> requests.Response:
    return fetched(stage, path, headers={"Cookie": "; ".join(shown(who))})


def by_query(stage: Stage, who: Person | None, path: str) -> requests.Response:
    return fetched(stage, f"{path}?{'&'.join(shown(who))}")


def by_older_address(stage: Stage, who: Person | None, path: str) -> requests.Response:
    return by_headers(stage, who, path.replace("/file-upload/", "/ufs/AmazonS3:Uploads/"))


def shown(who: Person | None) -> list[str]:
    return [f"rc_uid={who.id}", f"rc_token={who.token}"] if who else []


def fetched(stage: Stage, path: str, **more: Any) -> requests.Response:
    answer: requests.Response = fetch(stage.workspace, path, **more)
    return answer


WAYS: dict[str, Callable[[Stage, Person | None, str], requests.Response]] = {
    "headers": by_headers,
    "cookie": by_cookie,
    "query": by_query,
    "older address": by_older_address,
}


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest, workspace: Workspace) -> Iterator[str]:
    with ExitStack() as changes:
        for name, value in POLICIES[request.param].items():
            changes.enter_context(setting(workspace, name, value))
        yield request.param


@pytest.mark.parametrize("way", WAYS)
def test_everyone_gets_the_files_that_the_rules_give_them_and_no_others(
    stage: Stage, policy: str, way: str
) -> None:
    found: dict[str, set[str]] = {}
    for kind, person in stage.people.items():
        for room, link in stage.links.items():
            answer = WAYS[way](stage, person, link)
            assert answer.status_code in (302, 403), (kind, room)
            if answer.status_code == 302:
                assert answer.headers["Cache-Control"] == "private, no-cache"
                found.setdefault(kind, set()).add(room)
            else:
                assert answer.text == "", (kind, room)
    assert found == {kind: rooms for kind, rooms in EXPECTED[policy].items() if rooms}


def test_lists_of_files_are_closed_to_who_left_or_was_kicked(stage: Stage) -> None:
    for kind in ("left", "kicked"):
        person = stage.people[kind]
        assert person is not None
        assert person.get("v1/groups.files", roomId=stage.rooms["closed"]).status_code == 400
        assert person.get("v1/rooms.images", roomId=stage.rooms["closed"]).status_code == 403


@pytest.mark.parametrize("how", ["kicked", "leaves", "is deactivated", "logs out", "room deleted"])
def test_who_loses_a_room_loses_its_files_at_once_thumbnails_too(
    workspace: Workspace, how: str
) -> None:
    ann, bob = workspace.person(), workspace.person()
    rid = ann.ok("POST", "v1/groups.create", {"name": fresh("g")})["group"]["_id"]
    invite(ann, "groups", rid, bob)
    message = upload(ann, rid, picture(), name="a.png", kind="image/png")
    (attachment,) = message["attachments"]
    links = [attachment["title_link"], attachment["image_url"]]
    assert [fetch(workspace, link, bob).status_code for link in links] == [302, 302]
    gone = {"userId": bob.id, "activeStatus": False, "confirmRelinquish": True}
    ways: dict[str, tuple[Person, str, Json]] = {
        "kicked": (ann, "v1/groups.kick", {"roomId": rid, "userId": bob.id}),
        "leaves": (bob, "v1/groups.leave", {"roomId": rid}),
        "is deactivated": (workspace.admin, "v1/users.setActiveStatus", gone),
        "logs out": (bob, "v1/logout", {}),
        "room deleted": (ann, "v1/groups.delete", {"roomId": rid}),
    }
    by, path, given = ways[how]
    by.ok("POST", path, given)
    wanted = 404 if how == "room deleted" else 403
    assert [fetch(workspace, link, bob).status_code for link in links] == [wanted, wanted]


def test_where_someone_is_sent_holds_for_a_short_while(stage: Stage) -> None:
    member, link = stage.people["member"], stage.links["closed"]
    for value, seconds in ((120, "120"), (30, "30"), (1, "5"), (10**6, "3600")):
        with setting(stage.workspace, "FileUpload_S3_URLExpiryTimeSpan", value):
            answer = fetch(stage.workspace, link, member)
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert asked["X-Amz-Expires"] == [seconds]
        assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_where_someone_is_sent_leads_to_that_file_alone(stage: Stage) -> None:
    member = stage.people["member"]
    there = fetch(stage.workspace, stage.links["closed"], member).headers["Location"]
    fid, other = (stage.links[room].split("/")[2] for room in ("closed", "direct"))
    assert requests.get(there, timeout=10).ok
    for altered in (
        there.replace(fid, other),
        there.replace("X-Amz-Expires=120", "X-Amz-Expires=3600"),
        f"{there}&response-content-type=text/html",
        there.partition("?")[0],
    ):
        assert requests.get(altered, timeout=10).status_code == 403
    assert requests.delete(there, timeout=10).status_code == 403
    assert requests.put(there, data=b"x", timeout=10).status_code == 403


def test_parts_of_a_file_and_a_download_come_byte_for_byte(stage: Stage) -> None:
    member, link = stage.people["member"], stage.links["open"]
    whole = content(fetch(stage.workspace, link, member)).content
    for asked, part in (("-7", whole[-7:]), ("5-", whole[5:]), ("3-9", whole[3:10])):
        given = content(fetch(stage.workspace, link, member), Range=f"bytes={asked}")
        assert (given.status_code, given.content) == (206, part)
    several = content(fetch(stage.workspace, link, member), Range="bytes=0-1,4-5")
    assert (several.status_code, several.content) == (200, whole)
    kept = content(fetch(stage.workspace, f"{link}?download", member))
    assert kept.headers["Content-Disposition"] == "attachment; filename*=UTF-8''plan.txt"
    assert kept.content == whole
