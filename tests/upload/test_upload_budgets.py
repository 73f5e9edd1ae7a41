"""What files may cost, counted: the same however large the room, the file or the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from contrail.domain.members import subscription_of
from contrail.shapes.ids import random_id
from tests.support.counting import Calls, Commands
from tests.support.uploads import TEXT, announce, confirm, fetch, media, picture, put, upload
from tests.support.workspace import Person, Workspace

ADMIN = {"admin_username": "boss", "admin_pass": "secret", "admin_email": "boss@example.com"}
CALLER, STANDING = "aggregate users", "aggregate rocketchat_subscription"
FILE, FILES = "find rocketchat_uploads", "aggregate rocketchat_uploads"
KEEP, TAKE = "insert rocketchat_uploads", "findAndModify rocketchat_uploads"
COMPLETE = "update rocketchat_uploads"
SEND = ["findAndModify rocketchat_room", "insert rocketchat_message"]
SEND += ["findAndModify rocketchat_room"]
BLOBS = ("head", "get", "put", "copy", "delete", "delete_many")
SIZES = (3, 300)


@dataclass
class Scales:
    """`weigh` says what a piece of work costs until it is answered."""

    workspace: Workspace
    owner: Person
    commands: Commands
    calls: Calls

    def weigh(self, work: Callable[..., Any], *given: Any) -> tuple[list[str], dict[str, int], int]:
        """MongoDB's commands, calls of the store by name, and publishes."""
        self.workspace.settle()
        self.commands.reset()
        self.calls.reset()
        work(*given)
        seen = list(self.commands.seen)
        count = dict(self.calls.count)
        self.workspace.settle()
        return seen, count, self.calls.count["publish"]

    def sweep(self) -> None:
        self.workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})

    def room(self, members: int) -> str:
        """With so many members and files, put straight into the database."""
        room, now = self.workspace.channel(self.owner), self.workspace.runtime.clock.now()
        people = [{"_id": random_id(), "username": f"p{n}", "name": "P"} for n in range(members)]
        rows = [subscription_of(room, one, now) for one in people]
        self.workspace.database["rocketchat_subscription"].insert_many(rows)
        files = [
            {"_id": random_id(), "rid": room["_id"], "name": f"{n}.txt", "type": "text/plain"}
            | {"size": 5, "userId": one["_id"], "typeGroup": "text", "uploadedAt": now}
            for n, one in enumerate(people)
        ]
        self.workspace.database["rocketchat_uploads"].insert_many(files)
        return str(room["_id"])


@pytest.fixture
def scales(new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch) -> Scales:
    commands = Commands()
    workspace = new_workspace(test_mode=False, listeners=(commands,), **ADMIN)
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.bus, "publish")
    calls.watch(workspace.runtime.blobs, *BLOBS)
    return Scales(workspace, workspace.login("boss", "secret"), commands, calls)


def without_the_fan_out(seen: list[str]) -> list[str]:
    """What it reads and marks of the message meanwhile is no cost of the upload."""
    stored = "insert rocketchat_message"
    return [one for one in seen if one == stored or not one.endswith("rocketchat_message")]


def test_announcing_costs_three_commands_and_no_call_of_the_store(scales: Scales) -> None:
    for size, members in ((5, SIZES[0]), (90_000_000, SIZES[1])):
        rid = scales.room(members)
        cost = scales.weigh(announce, scales.owner, rid, size)
        assert cost == ([CALLER, STANDING, KEEP], {}, 0)


def test_confirming_what_was_announced_costs_eight_commands_and_a_copy(scales: Scales) -> None:
    for size, members in ((5, SIZES[0]), (9_000_000, SIZES[1])):
        rid = scales.room(members)
        offer = announce(scales.owner, rid, size)
        assert put(offer["upload"], b"x" * size).status_code == 200
        fid = offer["file"]["_id"]
        seen, calls, published = scales.weigh(confirm, scales.owner, rid, fid)
        assert without_the_fan_out(seen) == [CALLER, FILE, STANDING, TAKE, *SEND, COMPLETE]
        assert calls == {"head": 1, "copy": 1, "publish": 1}
        assert published == 1


def test_an_images_thumbnail_costs_one_command_more_and_is_looked_at_once(scales: Scales) -> None:
    rid, body = scales.room(SIZES[0]), picture()
    offer = announce(scales.owner, rid, len(body), name="a.png", type="image/png")
    assert put(offer["upload"], body).status_code == 200
    fid = offer["file"]["_id"]
    seen, calls, published = scales.weigh(confirm, scales.owner, rid, fid)
    wanted = [CALLER, FILE, STANDING, TAKE, KEEP, *SEND, COMPLETE]
    assert without_the_fan_out(seen) == wanted
    assert calls == {"get": 1, "copy": 1, "put": 1, "publish": 1}
    assert published == 1


def test_confirming_again_costs_four_commands_and_publishes_nothing(scales: Scales) -> None:
    rid = scales.room(SIZES[0])
    fid = media(scales.owner, rid)["_id"]
    confirm(scales.owner, rid, fid)
    cost = scales.weigh(confirm, scales.owner, rid, fid)
    assert cost == ([CALLER, FILE, STANDING, COMPLETE], {}, 0)


def test_a_form_costs_seven_commands_and_one_call_of_the_store(scales: Scales) -> None:
    for body, members in ((TEXT, SIZES[0]), (TEXT * 10_000, SIZES[1])):
        rid = scales.room(members)
        cost = scales.weigh(media, scales.owner, rid)
        assert cost == ([CALLER, STANDING, KEEP], {"put": 1}, 0)
        seen, calls, published = scales.weigh(upload, scales.owner, rid, body)
        assert without_the_fan_out(seen) == [CALLER, STANDING, KEEP, *SEND, COMPLETE]
        assert (calls, published) == ({"put": 1, "publish": 1}, 1)


def test_a_download_costs_three_commands_and_no_call_of_the_store(scales: Scales) -> None:
    for members in SIZES:
        rid = scales.room(members)
        link = upload(scales.owner, rid)["attachments"][0]["title_link"]
        cost = scales.weigh(fetch, scales.workspace, link, scales.owner)
        assert cost == ([CALLER, FILE, STANDING], {}, 0)


@pytest.mark.parametrize("count", [5, 100])
def test_a_list_costs_five_commands_however_many_files_it_has(scales: Scales, count: int) -> None:
    for members in SIZES:
        rid = scales.room(members)
        given = {"roomId": rid, "count": count}
        cost = scales.weigh(scales.owner.ok, "GET", "v1/channels.files", given)
        assert cost == ([CALLER, STANDING, FILES, FILES, "find users"], {}, 0)
        cost = scales.weigh(scales.owner.ok, "GET", "v1/rooms.images", given)
        assert cost == ([CALLER, STANDING, FILES, FILES], {}, 0)


def test_deleting_files_costs_three_commands_however_many_they_are(scales: Scales) -> None:
    for number in (1, 4):
        rid = scales.room(SIZES[0])
        fids = [upload(scales.owner, rid)["file"]["_id"] for _ in range(number)]
        scales.workspace.settle()
        files = scales.workspace.database["rocketchat_uploads"]
        gone = {"$set": {"_contrail.gone": scales.workspace.runtime.clock.now()}}
        files.update_many({"_id": {"$in": fids}}, gone)
        seen, calls, _ = scales.weigh(scales.sweep)
        ours = [one for one in seen if one.endswith("rocketchat_uploads")]
        assert ours == [FILE, FILE, "delete rocketchat_uploads"]
        assert calls == {"delete_many": 1}
