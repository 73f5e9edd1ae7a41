"""Finding and changing at once in a large collection of the embedded engine: as in a small one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo import IndexModel, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from contrail.store.database import connect
from local.embedded import SMALL, LocalDatabase
from tests.support.counting import Commands

NAME = "things"
AFTER, BEFORE = ReturnDocument.AFTER, ReturnDocument.BEFORE
ONE_AT_A_TIME = f"findAndModify {NAME}"


class Things:
    """`size` documents `{_id: "n", of: "n", count: 0}`, and what is asked for them."""

    def __init__(self, uri: str, size: int) -> None:
        self.commands = Commands()
        self.client = connect(uri, pool=20, listeners=(self.commands,))
        self.looking = connect(uri, pool=1)
        name = f"test-{uuid.uuid4().hex}"
        rows = self.client[name][NAME]
        rows.create_indexes([IndexModel([("of", 1)], unique=True)])
        rows.insert_many([{"_id": f"{n}", "of": f"{n}", "count": 0} for n in range(size)])
        self.collection: Collection[dict[str, Any]] = LocalDatabase(
            self.client, name, self.looking
        ).get_collection(NAME)
        self.commands.reset()

    @property
    def is_embedded(self) -> bool:
        return "secantusVersion" in self.client.admin.command("buildInfo")


@pytest.fixture(params=[SMALL - 1, SMALL + 1], ids=["small", "large"])
def things(mongo_uri: str, request: pytest.FixtureRequest) -> Iterator[Things]:
    made = Things(mongo_uri, request.param)
    yield made
    made.client.drop_database(made.collection.database.name)
    made.client.close()
    made.looking.close()


def test_one_is_changed_and_shown_as_it_was_or_is(things: Things) -> None:
    change, more = {"$inc": {"count": 1}}, {"$set": {"by": "me"}}
    rows = things.collection
    assert rows.find_one_and_update({"of": "7", "count": 0}, change) == {
        "_id": "7",
        "of": "7",
        "count": 0,
    }
    after = rows.find_one_and_update({"_id": "7"}, [more], return_document=AFTER)
    assert after == {"_id": "7", "of": "7", "count": 1, "by": "me"}
    shown = rows.find_one_and_update({"_id": "7"}, change, {"of": 1}, return_document=AFTER)
    assert shown == {"_id": "7", "of": "7"}
    assert rows.find_one_and_update({"_id": "7", "count": 0}, change) is None
    assert rows.find_one({"_id": "7"}) == {"_id": "7", "of": "7", "count": 2, "by": "me"}
    assert rows.count_documents({"count": {"$gt": 0}}) == 1


def test_what_is_missing_is_made_once(things: Things) -> None:
    rows, change = things.collection, {"$inc": {"count": 1}}
    for expected in (1, 2):
        made = rows.find_one_and_update({"of": "new"}, change, upsert=True, return_document=AFTER)
        assert made is not None
        assert made["count"] == expected
    with pytest.raises(DuplicateKeyError):
        rows.find_one_and_update({"of": "new"}, {"$set": {"of": "7"}})


def test_one_is_taken_away_and_shown(things: Things) -> None:
    rows = things.collection
    assert rows.find_one_and_delete({"of": "7"}, {"count": 1}) == {"_id": "7", "count": 0}
    assert rows.find_one_and_delete({"of": "7"}) is None
    assert rows.find_one({"_id": "7"}) is None
    assert rows.find_one({"_id": "8"}) is not None


def test_none_of_many_changes_at_once_is_lost_or_shown_twice(things: Things) -> None:
    rows = things.collection

    def change(_: int) -> int:
        done = rows.find_one_and_update({"of": "7"}, {"$inc": {"count": 1}}, return_document=AFTER)
        return int((done or {})["count"])

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(change, range(80))) == list(range(1, 81))


def test_a_change_within_a_transaction_ends_with_it(things: Things) -> None:
    rows = things.collection
    with things.client.start_session() as session, session.start_transaction():
        rows.find_one_and_update({"of": "7"}, {"$set": {"count": 9}}, session=session)
        rows.find_one_and_delete({"of": "8"}, session=session)
        session.abort_transaction()
    assert rows.count_documents({"of": {"$in": ["7", "8"]}, "count": 0}) == 2


def test_only_a_large_collection_of_the_embedded_engine_is_treated_otherwise(
    things: Things,
) -> None:
    things.collection.find_one_and_update({"of": "7"}, {"$inc": {"count": 1}})
    large = things.client[things.collection.database.name][NAME].count_documents({}) > SMALL
    assert (ONE_AT_A_TIME in things.commands.seen) is not (large and things.is_embedded)
