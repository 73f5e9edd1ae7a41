"""Older data: what it lacks is added in batches, also by who comes after one that was killed."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from contrail.domain.migrations import MIGRATIONS, Migration, migrate
from contrail.ports.clock import SystemClock
from contrail.store import moved_in
from contrail.store.database import Store
from contrail.store.moved_in import Batch
from tests.deploy.conftest import Deploy
from tests.support.dump import user, whole

PREPARE = {"task": "prepare"}
ROOT = Path(__file__).parents[2]
DIES = """
import os, signal, sys
from pymongo import MongoClient
from contrail.domain import holding, workspace
from contrail.domain.environment import Environment
from contrail.ports.clock import SystemClock
from contrail.store import migrations, moved_in

moved_in.SIZE = 10
holding.LEASE /= 60
batches = []
advance = migrations.Migrations.advance

def die(*given):
    batches.append(given)
    if len(batches) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    advance(*given)

migrations.Migrations.advance = die
database = MongoClient(sys.argv[1], tz_aware=True)[sys.argv[2]]
workspace.prepare(database, Environment(), SystemClock())
"""


def fill(database: Database[Any]) -> None:
    for name, documents in whole().items():
        database[name].insert_many(documents)


def test_what_rocket_chat_left_gets_what_is_unique_here(
    database: Database[Any], deploy: Deploy
) -> None:
    fill(database)
    before = {one["_id"]: one for one in database["users"].find()}
    done = deploy(database)(PREPARE)
    assert done["migrated"] == ", ".join(one.name for one in MIGRATIONS)
    users = {one["_id"]: one for one in database["users"].find()}
    assert users["u1"] == {**before["u1"], "_contrail": {"username": "ann"}}
    assert users["u2"]["_contrail"] == {"username": "ben", "external": ["google:1001"]}
    emoji = database["rocketchat_custom_emoji"].find_one({"_id": "e1"}) or {}
    assert emoji["_contrail"] == {"names": ["plane", "jet"]}
    sound = database["rocketchat_custom_sounds"].find_one({"_id": "b1"}) or {}
    assert sound["_contrail"] == {"name": "bell"}


def test_nobody_is_online_who_was_so_elsewhere(database: Database[Any], deploy: Deploy) -> None:
    """But bots, which always are, and whoever is here by now."""
    fill(database)
    here = user("u5", "here", status="online", _contrail={"username": "here", "presence": 3})
    database["users"].insert_one(here)
    mine = {"_id": "u5", "connections": [], "_contrail": {"rev": 3}}
    database["usersSessions"].insert_one(mine)
    deploy(database)(PREPARE)
    status = {one["_id"]: one["status"] for one in database["users"].find()}
    assert status == {"u1": "offline", "u2": "offline", "rocket.cat": "online", "u5": "online"}
    assert list(database["usersSessions"].find()) == [mine]


def test_people_whose_names_differ_in_case_alone_stay_and_are_logged(
    database: Database[Any], deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    database["users"].insert_many([user("u1", "ann"), user("u2", "ANN"), user("u3", "ben")])
    with caplog.at_level(logging.WARNING):
        deploy(database)(PREPARE)
    users = {one["_id"]: one for one in database["users"].find({"type": "user"})}
    assert "_contrail" not in users["u2"]
    assert [users[uid]["_contrail"]["username"] for uid in ("u1", "u3")] == ["ann", "ben"]
    (line,) = [one for one in caplog.records if "contradict" in one.getMessage()]
    assert vars(line)["fields"]["ids"] == ("u2",)
    noted = database["contrail_migrations"].find_one({"_id": 1}) or {}
    assert (noted["changed"], noted["left"]) == (2, 1)


def test_documents_that_contradict_an_index_cost_the_index_and_not_the_workspace(
    database: Database[Any], deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    database["rocketchat_team"].insert_many([{"_id": one, "name": "same"} for one in "ab"])
    with caplog.at_level(logging.WARNING):
        deploy(database)(PREPARE)
    assert "name_1" not in database["rocketchat_team"].index_information()
    assert "type_1" in database["rocketchat_team"].index_information()
    assert "index left out: documents contradict each other" in caplog.text


def test_what_was_killed_half_way_goes_on_where_it_was(
    mongo_uri: str, database: Database[Any], deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [user(f"p{number:04}", f"person{number}", services={}) for number in range(95)]
    database["users"].insert_many(people)
    killed = subprocess.run(
        [sys.executable, "-c", DIES, mongo_uri, database.name],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = {"_contrail.username": {"$exists": False}}
    # The fourth batch was written and not noted: it is worked on once more.
    assert database["users"].count_documents(left) == 95 - 4 * 10
    places: list[str] = []
    name_users = moved_in.MovedIn.name_users

    def noting(store: moved_in.MovedIn, place: str, now: datetime) -> Batch:
        places.append(place)
        return name_users(store, place, now)

    monkeypatch.setattr(moved_in.MovedIn, "name_users", noting)
    assert deploy(database)(PREPARE)["version"] == MIGRATIONS[-1].number
    assert places == ["p0029"]
    assert database["users"].count_documents(left) == 0


def test_changes_are_made_in_order_and_one_that_fails_is_tried_again_next_time(
    database: Database[Any],
) -> None:
    store, made = Store(database), []

    def batch(number: int) -> Any:
        def work(_: Store, place: str, now: datetime) -> Batch:
            assert now.tzinfo is UTC
            made.append((number, place))
            if (number, place) == (2, "b") and made.count((2, "b")) == 1:
                raise RuntimeError("the power went")
            return Batch({"": "b", "b": ""}[place], changed=1)

        return work

    changes = tuple(Migration(number, str(number), batch(number)) for number in (1, 2, 3))
    with pytest.raises(RuntimeError, match="the power went"):
        migrate(store, SystemClock(), lambda: None, changes)
    assert store.migrations.version() == 1
    assert migrate(store, SystemClock(), lambda: None, changes) == ("2", "3")
    assert made == [(1, ""), (1, "b"), (2, ""), (2, "b"), (2, "b"), (3, ""), (3, "b")]
    assert store.migrations.version() == 3
    assert migrate(store, SystemClock(), lambda: None, changes) == ()


def test_numbers_rise_and_are_never_used_twice() -> None:
    numbers = [one.number for one in MIGRATIONS]
    assert numbers == list(range(1, len(numbers) + 1))
