"""Making the archives that were asked for, one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta

from contrail.domain import mail
from contrail.domain.access import find_standing, may_enter
from contrail.domain.history import BEGINNING, END, read
from contrail.domain.instance import Instance
from contrail.ports.blobs import disposition
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note, unexpected
from contrail.shapes.rows import Document
from functions.upload.archive import Archive
from functions.upload.exporting import address, key_of

LEASE = timedelta(minutes=2)
TRIES = 3
ENOUGH = timedelta(seconds=15)
"""How long archives are begun for in one run, which a gateway's patience does not bound."""
PAGE = 500
KEPT = timedelta(days=30)
OLD = 200


def work(caller: Caller, _: NoInput, at: Instance) -> None:
    began = at.now()
    at.store.exports.give_up(began, TRIES)
    _forget(at, began)
    while at.now() - began < ENOUGH:
        operation = at.store.exports.take(at.now(), at.now() + LEASE, TRIES)
        if operation is None:
            return
        try:
            _make(at, caller, operation)
        except Exception:  # noqa: BLE001 - logged; it is taken again later
            unexpected("export failed", operation=operation["_id"])


def _make(at: Instance, caller: Caller, operation: Document) -> None:
    user = at.store.users.by_id(operation["userId"])
    if user is None:
        at.store.exports.fail(operation["_id"], at.now())
        return
    who = Caller(uid=user["_id"], username=user["username"], roles=tuple(user.get("roles") or ()))
    archive = Archive(json=operation["fullExport"])
    if not operation.get("rid"):
        archive.add_user(user)
    rids = [operation["rid"]] if operation.get("rid") else _rooms_of(at, user["_id"])
    for rid in rids:
        standing = find_standing(at, who, rid)
        if standing is not None and may_enter(at, who, standing):
            _add(at, archive, standing.room, operation)
    _keep(at, caller, operation, user, archive.closed())


def _rooms_of(at: Instance, uid: str) -> list[str]:
    return [str(row["rid"]) for row in at.store.subscriptions.of_user(uid)]


def _add(at: Instance, archive: Archive, room: Document, operation: Document) -> None:
    """The room's messages, oldest first, as many as there is place for."""
    low: datetime = operation.get("dateFrom") or BEGINNING
    high = min(operation.get("dateTo") or END, at.now())
    with archive.room(room) as out:
        while not archive.full:
            rows = read(at.store.messages, room, low=low, high=high, order=1, count=PAGE)
            for message in rows:
                out.add(message)
            if len(rows) < PAGE:
                return
            low = rows[-1]["ts"] + timedelta(milliseconds=1)


def _keep(at: Instance, caller: Caller, operation: Document, user: Document, body: bytes) -> None:
    fid, now = random_id(), at.now()
    name = f"{operation.get('rid') or user['username']}-{now:%Y-%m-%d}.zip"
    at.blobs.put(key_of(fid), body, content_type="application/zip", disposition=disposition(name))
    file = {"_id": fid, "userId": user["_id"], "name": name, "type": "application/zip"}
    file |= {"size": len(body), "store": "AmazonS3:UserDataFiles", "complete": True}
    file |= {"rid": operation.get("rid"), "uploadedAt": now, "_updatedAt": now}
    at.store.exports.complete(operation, file)
    values = {"download_link": address(at, fid)}
    mail.tell(at, caller, "export-ready", user, values=values, dedup=operation["_id"])
    note("exported", operation=operation["_id"], size=len(body))


def _forget(at: Instance, now: datetime) -> None:
    rows = at.store.exports.older(now - KEPT, OLD)
    if rows:
        at.blobs.delete_many(key_of(row["_id"]) for row in rows)
        at.store.exports.remove([row["_id"] for row in rows])
