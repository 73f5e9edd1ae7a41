"""What the embedded database engine does badly, done otherwise: in the local runtime alone.

Its findAndModify reads the whole collection, whatever is asked for. Once a collection is not small
any more, the same is done in a transaction: found by an index, changed by its id, and read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document

SMALL = 300
"""Documents up to which reading them all costs less than a transaction does."""
LOOK = 60.0
"""Seconds until it is looked again whether a collection is still small."""
Done = TypeVar("Done")


class LocalDatabase(Database[Document]):
    """A database of the embedded engine, or of a real one, where nothing is done otherwise.

    `looking` is a client of its own, so that nobody counts what is asked by the way.
    """

    def __init__(
        self, client: MongoClient[Document], name: str, looking: MongoClient[Document]
    ) -> None:
        super().__init__(client, name)
        self._looking = looking
        self._sizes: dict[str, tuple[float, bool]] = {}

    def get_collection(self, name: str, *options: Any, **more: Any) -> Collection[Document]:
        return LocalCollection(self, name, *options, **more)

    def is_slow(self, name: str) -> bool:
        """As of a minute ago or less; a collection that has grown stays so."""
        looked, slow = self._sizes.get(name, (-LOOK, False))
        if not slow and time.monotonic() - looked > LOOK:
            rows = self._looking[self.name][name].find({}, {"_id": 1}, limit=SMALL)
            slow = self._is_embedded and len(list(rows)) == SMALL
            self._sizes[name] = time.monotonic(), slow
        return slow

    @cached_property
    def _is_embedded(self) -> bool:
        return "secantusVersion" in self._looking.admin.command("buildInfo")


class LocalCollection(Collection[Document]):
    def __init__(self, database: LocalDatabase, name: str, *options: Any, **more: Any) -> None:
        super().__init__(database, name, *options, **more)
        self._of = database

    def find_one_and_update(  # type: ignore[override]
        self,
        match: Document,
        update: Any,
        projection: Any = None,
        *,
        upsert: bool = False,
        return_document: bool = ReturnDocument.BEFORE,
        session: ClientSession | None = None,
    ) -> Document | None:
        """As of the class above, without the options that nobody here asks for."""

        def change(session: ClientSession) -> Document | None:
            after = return_document == ReturnDocument.AFTER
            before = self.find_one(match, {"_id": 1} if after else projection, session=session)
            if before is None:
                return None
            found = {"_id": before["_id"]}
            self.update_one(found, update, session=session)
            return self.find_one(found, projection, session=session) if after else before

        def at_once() -> Document | None:
            return super(LocalCollection, self).find_one_and_update(
                match,
                update,
                projection,
                upsert=upsert,
                return_document=return_document,
                session=session,
            )

        if not self._of.is_slow(self.name):
            return at_once()
        changed = self._together(change, session)
        # What is not there yet is found at once, or made.
        return at_once() if changed is None and upsert else changed

    def find_one_and_delete(  # type: ignore[override]
        self, match: Document, projection: Any = None, *, session: ClientSession | None = None
    ) -> Document | None:
        """As of the class above, without the options that nobody here asks for."""

        def delete(session: ClientSession) -> Document | None:
            before = self.find_one(match, projection, session=session)
            if before is not None:
                self.delete_one({"_id": before["_id"]}, session=session)
            return before

        if not self._of.is_slow(self.name):
            return super().find_one_and_delete(match, projection, session=session)
        return self._together(delete, session)

    def _together(
        self, work: Callable[[ClientSession], Done], session: ClientSession | None
    ) -> Done:
        """In the transaction under way, or in one of its own."""
        if session is not None:
            return work(session)
        with self._of.client.start_session() as own:
            return own.with_transaction(work)
