"""The memory of the upload function, over the sizes that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from contrail.shapes.ids import random_id
from tests.support.isolated import IsolatedWorkspace
from tests.support.uploads import announce, confirm, content, fetch, picture, put, upload
from tests.support.workspace import Person

MB = 1024 * 1024
FLAT = 64 * MB
LARGEST = 44 * MB // 10
"""Bytes of a file that a function can be called with."""


def peak(workspace: IsolatedWorkspace) -> int:
    """Bytes of the most that a process of the function has held so far."""
    peaks = []
    for pid in workspace.runtime.pools["upload"].pids:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return max(peaks) * 1024


def upload_announced(person: Person, rid: str, body: bytes, name: str, kind: str) -> None:
    offer = announce(person, rid, len(body), name=name, type=kind)
    assert put(offer["upload"], body).status_code == 200
    confirm(person, rid, offer["file"]["_id"])


def move_in(person: Person, rid: str, size: int) -> None:
    """A file that an imported workspace kept in its database, asked for."""
    workspace, fid, step = person.workspace, random_id(), 255 * 1024
    database, body = workspace.database, bytes(size)
    file = {"_id": fid, "rid": rid, "userId": person.id, "name": "old.bin", "size": size}
    database["rocketchat_uploads"].insert_one({**file, "store": "GridFS:Uploads"})
    entry = {"_id": fid, "filename": fid, "length": size, "chunkSize": step}
    database["rocketchat_uploads.files"].insert_one(entry)
    for number, place in enumerate(range(0, size, step)):
        row = {"files_id": fid, "n": number, "data": body[place : place + step]}
        database["rocketchat_uploads.chunks"].insert_one(row)
    answer = fetch(workspace, f"/file-upload/{fid}/old.bin", person)
    assert len(content(answer).content) == size


@pytest.mark.timeout(240)
def test_memory_is_flat_over_the_sizes_that_are_taken(
    isolated_workspace: IsolatedWorkspace,
) -> None:
    workspace, ann = isolated_workspace, isolated_workspace.person()
    rid = workspace.channel(ann)["_id"]
    upload(ann, rid, picture(), name="a.png", kind="image/png")
    before = peak(workspace)
    for size in (1000, MB, LARGEST):
        upload(ann, rid, b"x" * size, kind="application/x-bytes")
    for form, side in (("PNG", 3000), ("JPEG", 6900), ("GIF", 2400), ("WEBP", 1500)):
        body, kind = picture(side, side, form), f"image/{form.lower()}"
        assert len(body) < LARGEST
        upload(ann, rid, body, name="a", kind=kind)
    padded = picture(3000, 3000) + bytes(1)
    upload_announced(ann, rid, padded, "a.png", "image/png")
    upload_announced(ann, rid, b"x" * (100 * MB), "a.bin", "application/x-bytes")
    move_in(ann, rid, 40 * MB)
    assert peak(workspace) - before < FLAT
