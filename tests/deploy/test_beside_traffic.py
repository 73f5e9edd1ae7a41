"""The step beside a workspace that is used: nothing is lost, nobody sees an error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.store import collections
from contrail.store.collections import Declared, index
from tests.deploy.conftest import Deploy
from tests.support.workspace import Person, Workspace

ROUNDS = 4
COLLECTIONS = ("rocketchat_message", "rocketchat_room", "users")


def test_indexes_and_changes_come_while_people_write(
    new_workspace: Callable[..., Workspace], deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = new_workspace()
    people = [workspace.person() for _ in range(3)]
    room = workspace.channel(people[0], *people[1:])["_id"]
    database, enough = workspace.database, threading.Event()

    def write(person: Person) -> list[str]:
        sent: list[str] = []
        while not enough.is_set():
            message = {"rid": room, "msg": f"{person.username} {len(sent)}"}
            answer = person.ok("POST", "v1/chat.sendMessage", {"message": message})
            sent.append(answer["message"]["_id"])
            person.ok("GET", "v1/channels.history", {"roomId": room, "count": 5})
        return sent

    def release(number: int) -> None:
        """One with new indexes, on data that lacks something again."""
        more = [Declared(name, (index(f"new{number}"),)) for name in COLLECTIONS]
        monkeypatch.setattr(collections, "COLLECTIONS", (*declared, *more))
        database["contrail_migrations"].delete_many({})
        database["users"].update_many({"type": "user"}, {"$unset": {"_contrail.username": 1}})

    declared = collections.COLLECTIONS
    done: list[Any] = []
    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(write, person) for person in people]
        try:
            for number in range(ROUNDS):
                release(number)
                done.append(deploy(database)({"task": "prepare"}))
        finally:
            enough.set()
        sent = [mid for one in writing for mid in one.result(60)]
    assert all(one["migrated"] for one in done)
    for name in COLLECTIONS:
        made = database[name].index_information()
        assert {f"new{number}_1" for number in range(ROUNDS)} <= set(made)
    left = {"type": "user", "_contrail.username": {"$exists": False}}
    assert database["users"].count_documents(left) == 0
    # Whoever is here stays so, and what was answered is stored and counted.
    stored = {row["_id"] for row in database["rocketchat_message"].find({"rid": room})}
    assert set(sent) <= stored
    assert len(sent) > 3 * ROUNDS
    counted = database["rocketchat_room"].find_one({"_id": room}) or {}
    assert counted["msgs"] == len(stored)
