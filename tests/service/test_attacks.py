"""Input that is made to cost much: refused for its shape, before anything is done with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contrail.api.values import DEEPEST
from contrail.store.patterns import LONGEST
from functions.upload.multipart import PARTS
from tests.support.ddp import Ddp
from tests.support.uploads import claiming
from tests.support.workspace import Workspace


@pytest.fixture
def person(workspace: Workspace) -> Any:
    return workspace.person()


@pytest.mark.parametrize("levels", [DEEPEST + 1, 1_000, 1_023, 100_000, 1_000_000])
@pytest.mark.parametrize(("begins", "ends"), [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_nesting_is_refused_however_deep(
    workspace: Workspace, person: Any, levels: int, begins: str, ends: str
) -> None:
    rid = workspace.channel(person)["_id"]
    deep = begins * levels + "1" + ends * levels
    body = f'{{"message":{{"rid":"{rid}","msg":"m","attachments":{deep}}}}}'
    headers = {**person.headers, "Content-Type": "application/json"}
    answer = workspace.http("POST", "v1/chat.sendMessage", data=body, headers=headers)
    assert answer.status_code in (400, 413)
    assert person.get("v1/channels.history", roomId=rid).json()["messages"] == []


@pytest.mark.parametrize("levels", [101, 990, 1_010, 15_000])
async def test_nesting_in_a_frame_is_a_parse_error(
    workspace: Workspace, person: Any, levels: int
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        deep = "[" * levels + "]" * levels
        frame = f'{{"msg":"method","id":"1","method":"getUserRoles","params":[{deep}]}}'
        await client.ws.send_str(frame)
        told = await client.until(lambda frame: frame.get("msg") == "error", 30)
        assert told["reason"] == "Parse error"
        assert "error" not in await client.call("getUserRoles", seconds=30)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*a){25}", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_in_a_query_is_text(workspace: Workspace, person: Any, pattern: str) -> None:
    """What it would match if it were run is there."""
    name = "A" * 26
    made = workspace.person(name=name)
    query = json.dumps({"name": {"$regex": pattern}})
    found = workspace.admin.ok("GET", "v1/users.list", {"query": query})["users"]
    assert made.id not in [one["_id"] for one in found]
    plain = json.dumps({"name": {"$regex": f"^{name}$"}, "username": made.username})
    found = workspace.admin.ok("GET", "v1/users.list", {"query": plain})["users"]
    assert [one["_id"] for one in found] == [made.id]


def test_what_is_searched_for_has_an_end(workspace: Workspace, person: Any) -> None:
    rid = workspace.channel(person)["_id"]
    text = "x" * (LONGEST + 1)
    message = {"rid": rid, "msg": text}
    person.ok("POST", "v1/chat.sendMessage", {"message": message})
    for looked_for, count in ((text[:LONGEST], 1), (text, 0)):
        found = person.get("v1/chat.search", roomId=rid, searchText=looked_for)
        assert len(found.json().get("messages", [])) == count


def test_a_form_of_many_parts_is_refused(workspace: Workspace, person: Any) -> None:
    rid = workspace.channel(person)["_id"]
    fields = {f"f{number}": "x" for number in range(PARTS)}
    files = {"file": ("plan.txt", b"flight plan", "text/plain")}
    path = f"v1/rooms.media/{rid}"
    refused = workspace.http("POST", path, files=files, data=fields, headers=person.headers)
    assert refused.status_code == 400
    fits = dict(list(fields.items())[: PARTS // 2])
    taken = workspace.http("POST", path, files=files, data=fits, headers=person.headers)
    assert taken.status_code == 200, taken.text


def test_an_avatar_that_claims_to_be_huge_is_refused(workspace: Workspace, person: Any) -> None:
    """Its pixels are not there, and would be some gigabytes."""
    files = {"image": ("a.png", claiming(20_000, 20_000), "image/png")}
    answer = workspace.http("POST", "v1/users.setAvatar", files=files, headers=person.headers)
    assert answer.status_code == 400
    assert "avatarETag" not in person.ok("GET", "v1/me")
