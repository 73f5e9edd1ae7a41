"""Pictures and sounds for tests, and posting them."""

from __future__ import annotations

import io
import struct
from typing import Any

import requests
from PIL import Image

from local.files_server import BUCKET
from tests.support.workspace import Json, Person, Workspace

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), color: str = "#c04020") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def animated(frames: int = 3) -> bytes:
    colors = ("red", "green", "blue")
    images = [Image.new("P", (8, 8), one % 3) for one in range(frames)]
    for one, image in enumerate(images):
        image.putpalette(Image.new("RGB", (1, 1), colors[one % 3]).tobytes() * 3)
    out = io.BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=50)
    return out.getvalue()


def clear(size: tuple[int, int] = (30, 60)) -> bytes:
    """A transparent one."""
    out = io.BytesIO()
    Image.new("RGBA", size, (10, 20, 30, 0)).save(out, "PNG")
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A few kilobytes that unpack to gigabytes of pixels."""
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG", optimize=True)
    return out.getvalue()


def wav(samples: int = 100) -> bytes:
    data = b"\0\0" * samples
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       8000, 16000, 2, 16)  # fmt: skip
    return head + struct.pack("<4sI", b"data", len(data)) + data


def pixels(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def post_form(
    person: Person, path: str, files: dict[str, Any], fields: Json | None = None
) -> requests.Response:
    """`files` has by field the bytes, or `(name, bytes, media type)`."""
    given = {
        key: value if isinstance(value, tuple) else ("a.png", value, "image/png")
        for key, value in files.items()
    }
    # Also without a file it is a form of this kind.
    given |= {key: (None, value) for key, value in (fields or {}).items()}
    return person.workspace.http("POST", path, files=given, headers=person.headers)


def fetch(
    person: Person | None, workspace: Workspace, path: str, **headers: str
) -> requests.Response:
    known = {**(person.headers if person else {}), **headers}
    return workspace.http("GET", path, headers=known, allow_redirects=False)


def stored(workspace: Workspace, kind: str) -> set[str]:
    """The ids of all blobs of a kind that there are."""
    client = workspace.runtime.blobs._opened()
    found = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{kind}/").get("Contents", ())
    return {one["Key"].removeprefix(f"{kind}/") for one in found}


def imported(
    workspace: Workspace, bucket: str, name: str, body: bytes, *, chunk: int = 50, **more: Any
) -> None:
    """A file as the original keeps it in the database, in chunks of so many bytes."""
    database, now = workspace.database, workspace.runtime.clock.now()
    entry = {"_id": f"{bucket}-{name}", "filename": name, "length": len(body)}
    entry["chunkSize"] = chunk
    database[f"{bucket}.files"].insert_one({**entry, "uploadDate": now, **more})
    parts = [body[place : place + chunk] for place in range(0, len(body), chunk)]
    fid = {**entry, **more}["_id"]
    for place, part in reversed(list(enumerate(parts))):
        row = {"files_id": fid, "n": place, "data": part}
        database[f"{bucket}.chunks"].insert_one(row)


def copied(workspace: Workspace, path: str, body: bytes) -> None:
    """By whoever moves a workspace in, from its bucket or folder."""
    client = workspace.runtime.blobs._opened()
    client.put_object(Bucket=BUCKET, Key=f"imported/{path}", Body=body)
