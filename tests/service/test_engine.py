"""The MongoDB operators in use, each with what is relied on: the embedded engine and MongoDB alike.

Run against a real MongoDB by setting MONGODB_URI.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from contrail.store.database import connect
from contrail.store.patterns import containing, exactly

ROOT = Path(__file__).resolve().parents[2]
ROW = dict[str, Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

QUERIES = {
    "$lt": ({"n": {"$lt": 2}}, ["a"]),
    "$gt": ({"n": {"$gt": 2}}, ["c"]),
    "$gte": ({"n": {"$gte": 2}}, ["b", "c"]),
    "$lte": ({"n": {"$lte": 2}}, ["a", "b"]),
    "$ne": ({"n": {"$ne": 1}}, ["b", "c", "d"]),
    "$in": ({"_id": {"$in": ["a", "d", "x"]}}, ["a", "d"]),
    "$nin": ({"_id": {"$nin": ["a", "d"]}}, ["b", "c"]),
    "$exists": ({"n": {"$exists": False}}, ["d"]),
    "$or": ({"$or": [{"n": 1}, {"n": 3}]}, ["a", "c"]),
    "$and": ({"$and": [{"n": {"$gt": 0}}, {"n": {"$ne": 2}}]}, ["a", "c"]),
    "$elemMatch": ({"list": {"$elemMatch": {"k": 1, "v": 2}}}, ["b"]),
    "$not": ({"list": {"$not": {"$elemMatch": {"k": 2}}}}, ["b", "c", "d"]),
    "$type": ({"name": {"$type": "string"}}, ["a", "b", "c"]),
    "$regex": ({"name": exactly("A.N")}, ["c"]),
    "$options": ({"name": containing("n")}, ["a", "c"]),
}
EXPRESSIONS: dict[str, tuple[Any, Any]] = {
    "$add": ({"$add": ["$at", 1]}, NOW + timedelta(milliseconds=1)),
    "$max": ({"$max": ["$at", "$missing"]}, NOW),
    "$ifNull": ({"$ifNull": ["$missing", 7]}, 7),
    "$cond": ({"$cond": [{"$eq": ["$n", 1]}, "yes", "no"]}, "yes"),
    "$eq": ({"$eq": ["$n", 1]}, True),
    "$ne": ({"$ne": ["$n", 1]}, False),
    "$or": ({"$or": [{"$eq": ["$n", 5]}, {"$eq": ["$n", 1]}]}, True),
    "$gte": ({"$gte": ["$at", NOW]}, True),
    "$in": ({"$in": [2, "$numbers"]}, True),
    "$literal": ({"$literal": {"msg": "$n", "a.b": 1}}, {"msg": "$n", "a.b": 1}),
    "$map": ({"$map": {"input": "$list", "as": "one", "in": "$$one.k"}}, [1, 2]),
    "$filter": (
        {"$filter": {"input": "$list", "as": "one", "cond": {"$ne": ["$$one.k", 1]}}},
        [{"k": 2, "v": 2}],
    ),
    "$and": ({"$and": [{"$gt": ["$n", 0]}, {"$ne": ["$n", 1]}]}, False),
    "$gt": ({"$gt": ["$at", NOW - timedelta(milliseconds=1)]}, True),
    "$toLower": ({"$toLower": {"$ifNull": ["$missing", "ANN É"]}}, "ann É"),
    "$slice": ({"$slice": ["$numbers", -1]}, [2]),
    "$mergeObjects": (
        {"$mergeObjects": [{"v": "$n", "w": 2}, {"$literal": {"v": "$n"}}]},
        {"v": "$n", "w": 2},
    ),
    "$size": ({"$size": "$list"}, 2),
    "$subtract": ({"$subtract": ["$n", 3]}, -2),
    "$setDifference": ({"$setDifference": [{"$literal": [2, 3]}, "$numbers"]}, [3]),
    "$concatArrays": ({"$concatArrays": ["$numbers", [{"at": "$at"}]]}, [1, 2, {"at": NOW}]),
}
UPDATES: dict[str, tuple[Any, ROW]] = {
    "$set": ({"$set": {"deep.er": 2}}, {"deep": {"er": 2}}),
    "$unset": ({"$unset": {"n": 1}}, {"n": None}),
    "$inc": ({"$inc": {"n": -1}}, {"n": 0}),
    "$push": ({"$push": {"numbers": 3}}, {"numbers": [1, 2, 3]}),
    "$addToSet": ({"$addToSet": {"numbers": 3}}, {"numbers": [1, 2, 3]}),
    "$each": ({"$push": {"numbers": {"$each": [3], "$slice": -2}}}, {"numbers": [2, 3]}),
    "$pull": ({"$pull": {"list": {"k": {"$lt": 2}}}}, {"list": [{"k": 2, "v": 2}]}),
}
STAGES = (
    "$group",
    "$sum",
    "$first",
    "$match",
    "$limit",
    "$skip",
    "$sort",
    "$project",
    "$lookup",
    "$set",
    "$count",
)
UPSERTS = ("$setOnInsert",)


@pytest.fixture(scope="module")
def database(mongo_uri: str) -> Iterator[Database[ROW]]:
    client: MongoClient[ROW] = connect(mongo_uri)
    database = client[f"test-{uuid.uuid4().hex}"]
    database.create_collection("rows")
    yield database
    client.close()


@pytest.fixture
def rows(database: Database[ROW]) -> Collection[ROW]:
    found = database["rows"]
    found.delete_many({})
    more = {"at": NOW, "numbers": [1, 2], "list": [{"k": 1, "v": 1}, {"k": 2, "v": 2}]}
    found.insert_many(
        [
            {"_id": "a", "n": 1, "name": "ann", **more},
            {"_id": "b", "n": 2, "name": "bea-", "list": [{"k": 1, "v": 2}]},
            {"_id": "c", "n": 3, "name": "a.n"},
            {"_id": "d"},
        ]
    )
    return found


def test_no_operator_is_used_that_has_no_contract_here() -> None:
    known = {*QUERIES, *EXPRESSIONS, *UPDATES, *STAGES, *UPSERTS}
    used = {
        name
        for folder in ("layers/common/python/contrail", "functions")
        for file in (ROOT / folder).rglob("*.py")
        if file.parent.name != "ddp"
        for name in re.findall(r'"(\$[a-zA-Z]+)"\s*:', file.read_text("utf-8"))
    }
    assert used - known == set()


@pytest.mark.parametrize("name", QUERIES)
def test_query(rows: Collection[ROW], name: str) -> None:
    match, expected = QUERIES[name]
    assert sorted(row["_id"] for row in rows.find(match)) == expected


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_in_an_update_pipeline(rows: Collection[ROW], name: str) -> None:
    expression, expected = EXPRESSIONS[name]
    changed = rows.find_one_and_update(
        {"_id": "a"}, [{"$set": {"out": expression}}], return_document=ReturnDocument.AFTER
    )
    assert (changed or {})["out"] == expected


@pytest.mark.parametrize("name", UPDATES)
def test_update(rows: Collection[ROW], name: str) -> None:
    update, expected = UPDATES[name]
    rows.update_one({"_id": "a"}, update)
    row = rows.find_one({"_id": "a"}) or {}
    assert {key: row.get(key) for key in expected} == expected


def test_a_field_that_an_expression_removes_is_gone(rows: Collection[ROW]) -> None:
    left: ROW = {"$cond": [{"$eq": ["$n", 1]}, "$$REMOVE", "$name"]}
    rows.update_many({"_id": {"$in": ["a", "b"]}}, [{"$set": {"name": left}}])
    assert [row.get("name") for row in rows.find({"n": {"$lt": 3}}).sort("n")] == [None, "bea-"]
    assert rows.count_documents({"name": {"$exists": False}, "n": 1}) == 1


def test_all_expressions_of_one_stage_see_the_document_as_it_was(rows: Collection[ROW]) -> None:
    rows.update_one({"_id": "a"}, [{"$set": {"n": {"$add": ["$n", 1]}, "was": "$n"}}])
    row = rows.find_one({"_id": "a"}) or {}
    assert (row["n"], row["was"]) == (2, 1)


def test_stages(rows: Collection[ROW]) -> None:
    page: list[ROW] = [{"$match": {"n": {"$gt": 0}}}, {"$match": {"x": {"$exists": False}}}]
    page += [{"$sort": {"n": -1}}, {"$skip": 1}, {"$limit": 1}, {"$project": {"list": 0}}]
    assert list(rows.aggregate(page)) == [{"_id": "b", "n": 2, "name": "bea-"}]
    assert list(rows.aggregate([{"$match": {}}, {"$count": "n"}])) == [{"n": 4}]
    last: list[ROW] = [{"$match": {"n": {"$gt": 1}}}, {"$sort": {"n": -1}}]
    last.append({"$group": {"_id": None, "name": {"$first": "$name"}, "row": {"$first": "$$ROOT"}}})
    assert [(one["name"], one["row"]["_id"]) for one in rows.aggregate(last)] == [("a.n", "c")]
    sizes = {"_id": None, "n": {"$sum": {"$size": {"$ifNull": ["$list", []]}}}}
    assert list(rows.aggregate([{"$project": {"list": 1}}, {"$group": sizes}])) == [
        {"_id": None, "n": 3}
    ]
    joined = {"from": "rows", "localField": "other", "foreignField": "_id", "as": "found"}
    (row,) = rows.aggregate(
        [
            {"$match": {"_id": "d"}},
            {"$set": {"other": {"$literal": "b"}}},
            {"$lookup": joined},
            {"$lookup": {"from": "rows", "pipeline": [{"$project": {"n": 1}}], "as": "all"}},
        ]
    )
    assert [one["n"] for one in row["found"]] == [2]
    assert len(row["all"]) == 4
    assert row["all"][0] == {"_id": "a", "n": 1}


def test_of_rows_inserted_together_those_that_are_taken_are_told_by_their_places(
    rows: Collection[ROW],
) -> None:
    with pytest.raises(BulkWriteError) as raised:
        rows.insert_many([{"_id": "y"}, {"_id": "a"}, {"_id": "z"}], ordered=False)
    refused = raised.value.details["writeErrors"]
    assert [(one["index"], one["code"]) for one in refused] == [(1, 11_000)]
    assert rows.count_documents({"_id": {"$in": ["y", "z"]}}) == 2


def test_of_two_who_remove_a_row_one_gets_it(rows: Collection[ROW]) -> None:
    assert (rows.find_one_and_delete({"_id": "a"}) or {})["_id"] == "a"
    assert rows.find_one_and_delete({"_id": "a"}) is None


def test_an_upsert_inserts_once(rows: Collection[ROW]) -> None:
    for value in (1, 2):
        rows.update_one({"_id": "new"}, {"$setOnInsert": {"v": value}}, upsert=True)
    assert rows.find_one({"_id": "new"}) == {"_id": "new", "v": 1}


def test_a_taken_key_names_its_index_and_a_sparse_one_ignores_what_lacks_it(
    database: Database[ROW],
) -> None:
    people = database["people"]
    people.create_index([("emails.address", 1)], unique=True, sparse=True)
    people.insert_many([{"_id": 1}, {"_id": 2}, {"_id": 3, "emails": [{"address": "a"}]}])
    with pytest.raises(DuplicateKeyError) as raised:
        people.insert_one({"_id": 4, "emails": [{"address": "a"}]})
    assert "emails.address" in (raised.value.details or {})["keyPattern"]


def test_a_transaction_writes_both_or_neither(database: Database[ROW]) -> None:
    database.create_collection("other")

    def write_twice(session: ClientSession) -> None:
        database["other"].insert_one({"_id": 1}, session=session)
        database["other"].insert_one({"_id": 1}, session=session)

    with database.client.start_session() as session, pytest.raises(DuplicateKeyError):
        session.with_transaction(write_twice)
    assert database["other"].count_documents({}) == 0
