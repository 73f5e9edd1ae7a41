"""Files for tests, and the ways in which clients bring them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import requests
from PIL import Image

from tests.support.workspace import Json, Person, Workspace

TEXT = b"flight plan\n" * 20


def picture(
    width: int = 1024, height: int = 768, form: str = "PNG", *, orientation: int = 1, **more: Any
) -> bytes:
    """An image; `orientation` is EXIF's. Its upper half is red, its lower half blue."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    out = io.BytesIO()
    if orientation != 1:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a camera"
        more["exif"] = exif
    image.save(out, form, **more)
    return out.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG whose head says that it is so large; its pixels are not there."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return b"".join((b"\x89PNG\r\n\x1a\n", *chunks))


def post_file(
    person: Person,
    path: str,
    body: bytes,
    *,
    name: str = "plan.txt",
    kind: str = "text/plain",
    field: str = "file",
    **fields: str,
) -> requests.Response:
    """A form with one file."""
    files = {field: (name, body, kind)}
    return person.workspace.http("POST", path, files=files, data=fields, headers=person.headers)


def upload(person: Person, rid: str, body: bytes = TEXT, **more: str) -> Json:
    """The message that `rooms.upload` posted."""
    answer = post_file(person, f"v1/rooms.upload/{rid}", body, **more)
    assert answer.status_code == 200, answer.text
    message: Json = answer.json()["message"]
    return message


def media(person: Person, rid: str, body: bytes = TEXT, **more: str) -> Json:
    """What `rooms.media` answered: `_id` and `url`."""
    answer = post_file(person, f"v1/rooms.media/{rid}", body, **more)
    assert answer.status_code == 200, answer.text
    file: Json = answer.json()["file"]
    return file


def announce(person: Person, rid: str, size: int, **more: Any) -> Json:
    """What `rooms.media` answered to a description."""
    given = {"name": "plan.txt", "type": "text/plain", "size": size, **more}
    return person.ok("POST", f"v1/rooms.media/{rid}", given)


def put(offer: Json, body: Any, **headers: str) -> requests.Response:
    """Upload as offered, but for these headers."""
    sent = {**offer["headers"], **headers}
    return requests.put(offer["url"], data=body, headers=sent, timeout=60)


def confirm(person: Person, rid: str, fid: str, **said: Any) -> Json:
    message: Json = person.ok("POST", f"v1/rooms.mediaConfirm/{rid}/{fid}", said)["message"]
    return message


def fetch(workspace: Workspace, path: str, person: Person | None = None, **more: Any) -> Any:
    """The answer of `/file-upload/…` itself, without following it."""
    headers = {**(person.headers if person else {}), **more.pop("headers", {})}
    return workspace.http("GET", path, headers=headers, allow_redirects=False, **more)


def content(answer: requests.Response, **headers: str) -> requests.Response:
    """What the store gives to whom is sent there."""
    assert answer.status_code == 302, answer.status_code
    return requests.get(answer.headers["Location"], headers=headers, timeout=60)
