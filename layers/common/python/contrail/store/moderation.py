"""Collection `rocketchat_moderation_reports`: reports of messages, and of people.

A report of a message carries the message as it was then; one of a person has `reportedUser`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import containing

OPEN: Document = {"_hidden": {"$ne": True}}
NAMES = ("message.u.username", "message.u.name", "message.msg", "description")
PEOPLE = ("reportedUser.username", "reportedUser.name", "description")


class Moderation:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(
            database, "rocketchat_moderation_reports"
        )

    def insert(self, report: Document) -> None:
        self.collection.insert_one(report)

    def by_id(self, report_id: str) -> Document | None:
        return self.collection.find_one({"_id": report_id})

    def by_author(
        self, since: datetime, until: datetime, text: str, skip: int, limit: int, order: int
    ) -> tuple[list[Document], int]:
        """Authors of reported messages: the last report of each, `count` and `rooms`."""
        return self._groups("message.u._id", NAMES, since, until, text, skip, limit, order)

    def by_person(
        self, since: datetime, until: datetime, text: str, skip: int, limit: int, order: int
    ) -> tuple[list[Document], int]:
        """People who were reported: the last report of each, and `count`."""
        return self._groups("reportedUser._id", PEOPLE, since, until, text, skip, limit, order)

    def _groups(
        self,
        by: str,
        names: tuple[str, ...],
        since: datetime,
        until: datetime,
        text: str,
        skip: int,
        limit: int,
        order: int,
    ) -> tuple[list[Document], int]:
        more: Document = {**OPEN, **_texts(names, text)}
        moments = {"ts": {"$gte": since, "$lte": until}}
        steps: list[dict[str, Any]] = [{"$match": {by: {"$gte": ""}}}, {"$match": moments}]
        steps += [{"$match": more}, {"$sort": {"ts": -1}}]
        group = {"_id": f"${by}", "report": {"$first": "$$ROOT"}, "count": {"$sum": 1}}
        steps.append({"$group": {**group, "rooms": {"$addToSet": "$room"}}})
        page: list[Document] = [{"$sort": {"report.ts": order}}, {"$skip": skip}, {"$limit": limit}]
        rows = list(self.collection.aggregate([*steps, *page], batchSize=BATCH)) if limit else []
        number = list(self.collection.aggregate([*steps, {"$count": "n"}]))
        return rows, int(number[0]["n"]) if number else 0

    def of_author(self, uid: str, text: str) -> list[Document]:
        """Open reports of someone's messages, the newest first."""
        return self._open({"message.u._id": uid}, _texts(NAMES, text))

    def of_person(self, uid: str, text: str) -> list[Document]:
        return self._open({"reportedUser._id": uid}, _texts(PEOPLE, text))

    def of_message(self, mid: str, text: str) -> list[Document]:
        return self._open({"message._id": mid}, _texts(("description",), text))

    def _open(self, found_by: Document, more: Document) -> list[Document]:
        steps = [{"$match": found_by}, {"$match": {**OPEN, **more}}, {"$sort": {"ts": -1}}]
        return list(self.collection.aggregate(steps, batchSize=BATCH))

    def dismiss(self, match: Document, moderation: Document) -> None:
        """Hide the open reports that match; `moderation` says who did it, when and why."""
        rows = self.collection.find(match, {"_id": 1, "_hidden": 1}, batch_size=BATCH)
        ids = [row["_id"] for row in rows if not row.get("_hidden")]
        change = {"_hidden": True, "moderationInfo": moderation}
        self.collection.update_many({"_id": {"$in": ids}}, {"$set": change})


def _texts(names: tuple[str, ...], text: str) -> Document:
    return {"$or": [{name: containing(text)} for name in names]} if text else {}
