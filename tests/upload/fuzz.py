"""Send forms and pictures that are nearly right, for as long as one likes.

python -m tests.upload.fuzz --seconds 60 --seed 1
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from local.files_server import BUCKET
from local.mongo import MongoChild
from tests.support.uploads import picture
from tests.support.workspace import Json, Person, Workspace

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
EDGE = "----edge"
KEPT = {
    "uploads": ("rocketchat_uploads", "_id"),
    "avatars": ("rocketchat_avatars", "_contrail.file"),
    "emoji": ("rocketchat_custom_emoji", "_contrail.file"),
}
"""Kind of blob -> where its id stands."""


def damaged(random: Random, body: bytes, most: int) -> bytes:
    """Some bytes are others, and now and then the end is missing."""
    changed = bytearray(body)
    for _ in range(random.randrange(most)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    cut = random.random() < 0.3 and len(changed) > 1
    return bytes(changed[: random.randrange(1, len(changed))] if cut else changed)


def form(random: Random, field: str, file: bytes, kind: str) -> bytes:
    """Of one file and a text; one in two is damaged itself."""
    head = f'Content-Disposition: form-data; name="{field}"; filename="a.x"\r\nContent-Type: {kind}'
    parts = [head.encode() + b"\r\n\r\n" + file]
    parts.append(
        b'Content-Disposition: form-data; name="name"\r\n\r\n' + f"e{random.random()}"[2:].encode()
    )
    random.shuffle(parts)
    edge = f"--{EDGE}".encode()
    whole = b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"
    return damaged(random, whole, 6) if random.random() < 0.5 else whole


def attempts(random: Random, person: Person, rid: str) -> Iterator[int]:
    """The status of each."""
    paths = (
        (f"v1/rooms.upload/{rid}", "file"),
        (f"v1/rooms.media/{rid}", "file"),
        ("v1/users.setAvatar", "image"),
        ("v1/emoji-custom.create", "emoji"),
    )
    while True:
        (path, field), kind = random.choice(paths), random.choice(FORMATS)
        file = damaged(random, picture(60, 40, kind, orientation=random.choice((1, 6))), 12)
        body = form(random, field, file, f"image/{kind.lower()}")
        headers = {**person.headers, "Content-Type": f"multipart/form-data; boundary={EDGE}"}
        yield person.workspace.http("POST", path, data=body, headers=headers).status_code


def strays(workspace: Workspace) -> dict[str, set[str]]:
    """By kind the blobs that no document knows."""
    client, found = workspace.runtime.blobs._opened(), {}
    for kind, (collection, place) in KEPT.items():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{kind}/")
        rows: list[Json] = [one for page in pages for one in page.get("Contents", ())]
        known = set(workspace.database[collection].distinct(place))
        found[kind] = {row["Key"].removeprefix(f"{kind}/") for row in rows} - known
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    given = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        child = MongoChild(Path(folder))
        child.start()
        workspace = Workspace(child.uri)
        try:
            return judged(workspace, given.seconds, given.seed)
        finally:
            workspace.stop()
            child.stop()


def judged(workspace: Workspace, seconds: float, seed: int) -> int:
    deadline, broken, taken, sent = time.monotonic() + seconds, 0, 0, 0
    rid = workspace.channel(workspace.admin)["_id"]
    for status in attempts(Random(seed), workspace.admin, rid):
        sent, taken, broken = sent + 1, taken + (status == 200), broken + (status >= 500)
        if time.monotonic() > deadline:
            break
    workspace.settle()
    lost = {kind: ids for kind, ids in strays(workspace).items() if ids}
    outcome = f"{taken} taken, {broken} broke it, stray: {lost}"
    sys.stdout.write(f"seed {seed}: {sent} forms, {outcome}\n")
    return bool(broken or lost)


if __name__ == "__main__":
    sys.exit(main())
