"""The deploy-time step: on an empty database, again, twice at once, and where it must not go on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from contrail.domain import holding, workspace
from contrail.domain.migrations import MIGRATIONS
from contrail.domain.users import digest, password_matches
from contrail.domain.workspace import RUN
from contrail.store.collections import COLLECTIONS
from contrail.store.database import Store
from contrail.store.runs import Runs
from tests.deploy.conftest import Deploy

PREPARE = {"task": "prepare"}
LATEST = MIGRATIONS[-1].number


def contents(database: Database[Any]) -> dict[str, list[Any]]:
    """Everything, but for who is at which work."""
    names = sorted(set(database.list_collection_names()) - {"contrail_runs"})
    return {name: list(database[name].find({}).sort("_id", 1)) for name in names}


def test_an_empty_database_becomes_a_workspace(database: Database[Any], deploy: Deploy) -> None:
    done = deploy(database)(PREPARE)
    assert (done["version"], done["ahead"]) == (LATEST, False)
    names = set(database.list_collection_names())
    for declared in COLLECTIONS:
        assert declared.name in names
        made = database[declared.name].index_information()
        assert {one.document["name"] for one in declared.indexes} <= set(made)
    assert database["rocketchat_settings"].count_documents({}) > 800
    assert database["rocketchat_permissions"].find_one({"_id": "create-c"})
    assert database["rocketchat_roles"].find_one({"_id": "owner"})
    assert database["rocketchat_room"].find_one({"_id": "GENERAL"})
    assert database["users"].distinct("_id") == ["rocket.cat"]


def test_doing_it_again_changes_nothing(database: Database[Any], deploy: Deploy) -> None:
    """Not what people changed meanwhile either."""
    first = deploy(database, ADMIN_PASS="secret")
    first(PREPARE)
    database["rocketchat_settings"].update_one({"_id": "Site_Name"}, {"$set": {"value": "Mine"}})
    database["rocketchat_permissions"].update_one({"_id": "create-c"}, {"$set": {"roles": []}})
    before = contents(database)
    assert deploy(database, ADMIN_PASS="another")(PREPARE)["migrated"] == ""
    assert contents(database) == before


def test_the_first_admins_password_may_be_a_secret(database: Database[Any], deploy: Deploy) -> None:
    named = {"ADMIN_PASS_SECRET": "admin-password", "ADMIN_EMAIL": "boss@example.com"}
    deploy(database, "made-once", **named)(PREPARE)
    admin = database["users"].find_one({"roles": "admin"})
    assert admin is not None
    assert (admin["username"], admin["_contrail"]) == ("admin", {"username": "admin"})
    assert password_matches(admin, digest("made-once"))
    # Another secret later makes no second one, and gives the first no other password.
    deploy(database, "another", **named)(PREPARE)
    assert list(database["users"].find({"roles": "admin"})) == [admin]


def test_a_secret_that_is_missing_opens_no_workspace_without_an_admin(
    database: Database[Any], deploy: Deploy
) -> None:
    with pytest.raises(KeyError, match="admin-password"):
        deploy(database, ADMIN_PASS_SECRET="admin-password")(PREPARE)
    assert database["rocketchat_settings"].count_documents({}) == 0


def test_many_at_once_do_it_once(database: Database[Any], deploy: Deploy) -> None:
    handlers = [deploy(database, ADMIN_PASS="secret") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda handler: handler(PREPARE), handlers))
    assert [one["version"] for one in done] == [LATEST] * 4
    assert sorted(bool(one["migrated"]) for one in done) == [False, False, False, True]
    assert database["users"].count_documents({"roles": "admin"}) == 1
    assert database["rocketchat_subscription"].count_documents({"rid": "GENERAL"}) == 1
    general = database["rocketchat_room"].find_one({"_id": "GENERAL"})
    assert general is not None
    assert general["usersCount"] == 1


def test_one_that_another_holds_up_says_so(
    database: Database[Any], deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "PATIENCE", 0.3)
    runs, now = Store(database).runs, datetime.now(UTC)
    assert runs.take(RUN, now, due=now, until=now + timedelta(minutes=1))
    with pytest.raises(ValueError, match="another process is preparing this database"):
        deploy(database)(PREPARE)
    assert database["rocketchat_settings"].count_documents({}) == 0


def test_whoever_died_at_it_is_waited_for_no_longer_than_its_lease(
    database: Database[Any], deploy: Deploy
) -> None:
    runs, now = Store(database).runs, datetime.now(UTC)
    assert runs.take(RUN, now, due=now, until=now + timedelta(seconds=0.5))
    assert deploy(database)(PREPARE)["version"] == LATEST
    assert runs.take(RUN, datetime.now(UTC), due=datetime.now(UTC), until=now)


def test_one_that_was_silent_for_too_long_leaves_it_to_its_successor(
    database: Database[Any], deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a machine sleeps: its lease is another's when it wakes up."""
    monkeypatch.setattr(holding, "LEASE", timedelta(seconds=0.1))
    monkeypatch.setattr(Runs, "renew", lambda *_: False)

    def sleep(_: Store) -> None:
        (renewing,) = [one for one in threading.enumerate() if one.name == f"hold-{RUN}"]
        renewing.join(5)

    monkeypatch.setattr(workspace, "_refuse_locked", sleep)
    with pytest.raises(ValueError, match="another process is preparing"):
        deploy(database)(PREPARE)
    assert database["rocketchat_settings"].count_documents({}) == 0


def test_what_rocket_chat_is_changing_is_left_alone(
    database: Database[Any], deploy: Deploy
) -> None:
    control = {"_id": "control", "version": 300, "locked": True}
    database["migrations"].insert_one(control)
    with pytest.raises(ValueError, match=r"Rocket\.Chat is changing this database"):
        deploy(database)(PREPARE)
    assert set(database.list_collection_names()) == {"migrations", "contrail_runs"}
    database["migrations"].update_one({"_id": "control"}, {"$set": {"locked": False}})
    deploy(database)(PREPARE)
    assert list(database["migrations"].find()) == [{**control, "locked": False}]


def test_data_of_a_later_release_is_used_as_it_is(database: Database[Any], deploy: Deploy) -> None:
    """As after rolling back."""
    deploy(database)(PREPARE)
    later = {"$set": {"version": LATEST + 7}}
    database["contrail_migrations"].update_one({"_id": "data"}, later)
    done = deploy(database)(PREPARE)
    assert done == {"version": LATEST + 7, "migrated": "", "ahead": True}


def test_an_overwritten_setting_of_a_wrong_type_stops_it_before_anything_is_stored(
    database: Database[Any], deploy: Deploy
) -> None:
    wrong = {"OVERWRITE_SETTING_API_Default_Count": "many"}
    with pytest.raises(ValueError, match="API_Default_Count must be a whole number"):
        deploy(database, **wrong)(PREPARE)
    assert database["rocketchat_settings"].count_documents({}) == 0
    # It let go of it: the next one need not wait.
    assert deploy(database)(PREPARE)["version"] == LATEST
