"""`python -m local.restore DUMP [--files FOLDER]`: a workspace moves in, or comes back.

DUMP is a folder that mongodump wrote, of Rocket.Chat's database or of Contrail's; FOLDER is a copy
of the bucket, or of the folder, that Rocket.Chat kept files in. The variables are those of
`make serve`: DATA_DIR or MONGODB_URI say where everything goes, which has to be empty.
"""

from __future__ import annotations

import argparse
import mimetypes
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError

from contrail.api.provide import DATABASE
from contrail.domain.workspace import prepare
from contrail.ports.blobs import Moved
from contrail.ports.clock import SystemClock
from contrail.store.database import connect
from local.console import LocalError, step, told
from local.datadir import DataDir
from local.dump import Part, batches, parts_of
from local.files import FilesChild, LocalBlobs
from local.mongo import MongoChild, wording
from local.variables import environment_of, uri_of

MARK = "contrail_restore"
"""The collection that says which dump is being restored here, and what of it is done."""
DUPLICATE = 11000
OWN = (MARK, "contrail_runs")


def restore(variables: Mapping[str, str], parts: list[Part], files: Path | None) -> None:
    """Raises LocalError. One that was interrupted is taken up where it was left."""
    environment, uri = environment_of(variables), uri_of(variables)
    with DataDir(Path(variables.get("DATA_DIR") or "data")) as data, ExitStack() as stack:
        data.secrets()
        if not uri:
            step("Starting the database")
            uri = stack.enter_context(_running(MongoChild(data.path))).uri
        try:
            client = stack.enter_context(connect(uri))
            database = client.get_default_database(DATABASE)
            _fill(database, parts)
            if files is not None:
                store = stack.enter_context(_running(FilesChild(data.path)))
                _move_in(store.blobs(), files)
            step("Preparing the workspace")
            prepare(database, environment, SystemClock(), alone=True)
            _finish(database)
        except PyMongoError as error:
            raise LocalError(f"cannot use the database: {wording(error)}") from None
        except ValueError as error:
            raise LocalError(str(error)) from None
    step("Restored. `make serve` with the same variables starts it.")


@contextmanager
def _running(child: Any) -> Iterator[Any]:
    child.start()
    try:
        yield child
    finally:
        child.stop()


def _fill(database: Database[Any], parts: list[Part]) -> None:
    """Every collection of the dump that is not there yet."""
    marks = database[MARK]
    begun = marks.find_one({"_id": "dump"})
    if begun is None:
        _refuse_filled(database)
        begun = {"_id": "dump", "done": [], "beganAt": datetime.now(UTC)}
        marks.insert_one(begun)
    elif begun.get("doneAt") or not set(begun["done"]) <= {part.mark for part in parts}:
        raise _not_empty(database)
    for part in parts:
        if part.mark not in begun["done"]:
            count, left = _put(database[part.name], part)
            beside = f" ({left} left out: others have their keys)" if left else ""
            step(f"  {part.name}: {count}{beside}")
            marks.update_one({"_id": "dump"}, {"$push": {"done": part.mark}})


def _refuse_filled(database: Database[Any]) -> None:
    for name in database.list_collection_names():
        if name not in OWN and database[name].find_one({}, {"_id": 1}) is not None:
            raise _not_empty(database)


def _not_empty(database: Database[Any]) -> LocalError:
    return LocalError(
        f"the database {database.name} is not empty: restore into a new one"
        " (another DATA_DIR, or another MONGODB_URI)"
    )


def _put(where: Collection[Any], part: Part) -> tuple[int, int]:
    """How many documents are there, and how many cannot be."""
    count = left = 0
    for batch in batches(part):
        missed = _insert(where, batch)
        count, left = count + len(batch) - missed, left + missed
    return count, left


def _insert(where: Collection[Any], batch: list[RawBSONDocument]) -> int:
    """How many are left out. What an interrupted run put there is there."""
    try:
        where.insert_many(batch, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(one["code"] != DUPLICATE for one in failed):
            raise
        ids = [batch[one["index"]]["_id"] for one in failed]
        return len(ids) - where.count_documents({"_id": {"$in": ids}})
    return 0


def _move_in(blobs: LocalBlobs, folder: Path) -> None:
    """Each file under the path that it has in the folder."""
    if not folder.is_dir():
        raise LocalError(f"there is no folder {folder}")
    count, left = 0, []
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        path = file.relative_to(folder).as_posix()
        try:
            key = Moved(path)
        except ValueError:
            left.append(path)
            continue
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        with file.open("rb") as body:
            blobs.bring(key, body, content_type=kind)
        count += 1
    step(f"  files: {count}" + "".join(f"\n  left out: {path}" for path in left))


def _finish(database: Database[Any]) -> None:
    database[MARK].update_one({"_id": "dump"}, {"$set": {"doneAt": datetime.now(UTC)}})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.restore", description=__doc__)
    parser.add_argument("dump", type=Path, help="a folder that mongodump wrote")
    parser.add_argument(
        "--files", type=Path, help="a copy of the bucket, or of the folder of files"
    )
    given = parser.parse_args()
    return told(lambda: restore(dict(os.environ), parts_of(given.dump), given.files))


if __name__ == "__main__":
    sys.exit(main())
