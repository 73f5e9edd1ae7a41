"""The files of a room."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden
from contrail.shapes.inputs import Listed
from contrail.shapes.rows import Document
from contrail.store import patterns
from functions.upload.places import OfDirect, OfGroup, OfRoom, access

NEWEST = [("uploadedAt", -1)]


class Images(Listed):
    """`startingFromId` is an image: it and those before it."""

    roomId: str = Field(min_length=1)
    startingFromId: str = ""


def of_channel(caller: Caller, page: OfRoom, at: Instance) -> dict[str, Any]:
    return _files(at, caller, page, "c")


def of_group(caller: Caller, page: OfGroup, at: Instance) -> dict[str, Any]:
    return _files(at, caller, page, "p")


def of_direct(caller: Caller, page: OfDirect, at: Instance) -> dict[str, Any]:
    return _files(at, caller, page, "d")


def images(caller: Caller, page: Images, at: Instance) -> dict[str, Any]:
    """The newest first; `count` is what was asked for, as clients know it."""
    standing = access_room(at, caller, page.roomId, refuse=Forbidden())
    more: Document = {"typeGroup": "image"}
    if page.startingFromId:
        first = at.store.uploads.by_id(page.startingFromId)
        if first is not None and first.get("rid") == page.roomId:
            more["uploadedAt"] = {"$lte": first["uploadedAt"]}
    rid, sort = standing.room["_id"], page.sort or NEWEST
    rows, total = at.store.uploads.page(rid, more, sort, page.offset, page.count)
    return {"files": rows, "count": page.count, "offset": page.offset, "total": total}


def _files(at: Instance, caller: Caller, page: OfRoom, kind: str) -> dict[str, Any]:
    standing = access(at, caller, page, kind)
    more: Document = {"$and": [page.query]}
    if page.typeGroup:
        more["$and"].append({"typeGroup": page.typeGroup})
    if page.name:
        more["$and"].append({"name": patterns.containing(page.name)})
    sort = page.sort or [("name", 1)]
    rows, total = at.store.uploads.page(standing.room["_id"], more, sort, page.offset, page.count)
    files = _with_users(at, rows)
    if page.fields:
        files = [_projected(file, page.fields) for file in files]
    return {"files": files, "count": len(files), "offset": page.offset, "total": total}


def _with_users(at: Instance, rows: list[Document]) -> list[Document]:
    uids = {row["userId"] for row in rows if row.get("userId")}
    people = at.store.users.by_ids(uids, {"username": 1, "name": 1}) if uids else []
    known = {one["_id"]: one for one in people}
    return [{**row, "user": known.get(row.get("userId"))} for row in rows]


def _projected(file: Document, fields: dict[str, int]) -> Document:
    wanted = {name for name, value in fields.items() if value}
    if wanted:
        return {key: value for key, value in file.items() if key in wanted | {"_id"}}
    return {key: value for key, value in file.items() if key not in fields}
