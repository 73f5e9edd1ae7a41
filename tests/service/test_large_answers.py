"""Answers larger than a function may give: whole to a client that unpacks, refused to others."""

from __future__ import annotations

from collections.abc import Callable

import requests

from contrail.shapes.ids import random_id
from tests.support.workspace import Workspace

ROOMS, LONG = 1_200, 6_000


def test_all_of_many_rooms_reach_a_client_that_unpacks(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace()
    person = workspace.person()
    first = workspace.channel(person)
    workspace.settle()
    rooms = workspace.database["rocketchat_room"]
    subscriptions = workspace.database["rocketchat_subscription"]
    room = rooms.find_one({"_id": first["_id"]}) or {}
    mine = subscriptions.find_one({"rid": first["_id"], "u._id": person.id}) or {}
    last = {"_id": random_id(), "rid": "", "msg": "x" * LONG, "u": mine["u"], "ts": room["ts"]}
    ids = [random_id() for _ in range(ROOMS)]
    made = [{**room, "_id": rid, "name": rid, "fname": rid} for rid in ids]
    rooms.insert_many([{**one, "lastMessage": {**last, "rid": one["_id"]}} for one in made])
    subscriptions.insert_many([{**mine, "_id": random_id(), "rid": rid} for rid in ids])
    url, headers = f"{workspace.url}/api/v1/rooms.get", person.headers
    answer = requests.get(url, headers=headers, timeout=60)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) > 6 * 1024 * 1024
    assert {*ids} <= {one["_id"] for one in answer.json()["update"]}
    plain = requests.get(url, headers={**headers, "Accept-Encoding": "identity"}, timeout=60)
    assert plain.status_code == 413
    assert plain.json()["errorType"] == "error-answer-too-large"
