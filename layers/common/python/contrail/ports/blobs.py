"""Port: files and images, in one bucket.

A blob is named by a `Key`: what it is and an id that this project made. Nothing that a client
wrote gets into a key, so names, types and sizes of files live beside the id in the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

SMALL = 6 * 1024 * 1024
"""Bytes of a blob that passes through a function: no more fits through an invocation."""
LARGEST = 5 * 1024**3
"""Bytes of a blob that is uploaded in one request."""
PART = 8 * 1024 * 1024
"""Bytes of a part of a blob that is stored in several: S3 takes them from 5 MB on."""
LONGEST = 3600
"""Seconds that an address may hold: it dies with the credentials it was signed with."""

_LONGEST_PATH = 900
_KIND = re.compile(r"[a-z][a-z-]{1,31}")
_ID = re.compile(r"[0-9A-Za-z]{17,64}")
# What an extended value of a header may hold as it is (RFC 8187).
_PLAIN = "!#$&+^`|"


@dataclass(frozen=True, slots=True)
class Key:
    """`kind` is a word of ours (`uploads`), `id` a random id, an object id or a hash.

    Raises `ValueError` for anything else.
    """

    kind: str
    id: str

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind) or not _ID.fullmatch(self.id):
            raise ValueError("a blob's key is made of a kind and an id")

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Moved:
    """Names a blob that another installation stored, under the path that it had there.

    Such blobs are read and deleted, never written. Raises `ValueError` for what is no such path.
    """

    path: str

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        plain = self.path.isascii() and self.path.isprintable() and "\\" not in self.path
        if not plain or len(self.path) > _LONGEST_PATH or set(parts) & {"", ".", ".."}:
            raise ValueError("this is no path of a blob")

    def __str__(self) -> str:
        return f"imported/{self.path}"


AnyKey = Key | Moved


@dataclass(frozen=True, slots=True)
class Blob:
    """What is stored: `size` in bytes, `type` a media type, `etag` with its quotes."""

    size: int
    type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Upload:
    """How to upload: PUT the body to `url` with exactly these headers.

    The body's length is signed as well; HTTP clients send it by themselves.
    """

    url: str
    headers: Mapping[str, str]


class NotDeletedError(RuntimeError):
    """Some blobs are still there; `failed` has the storage's code for each. Safe to repeat."""

    def __init__(self, failed: Mapping[str, str]) -> None:
        super().__init__(f"{len(failed)} blobs were not deleted: {sorted(set(failed.values()))}")
        self.failed = failed


class Blobs(Protocol):
    """Safe for threads. What else goes wrong is raised as the storage's library has it."""

    def upload_url(
        self,
        key: Key,
        *,
        content_type: str,
        size: int,
        expires: int,
        disposition: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> Upload:
        """Where a client may PUT a body of this type and size, for `expires` seconds.

        It may do so more than once. `disposition` and `metadata` are stored with the blob.
        Raises `ValueError` for what cannot be a header, `TooLargeError` above `LARGEST`.
        """

    def download_url(
        self,
        key: AnyKey,
        *,
        expires: int,
        content_type: str = "",
        disposition: str = "",
        head: bool = False,
    ) -> str:
        """Where anyone may GET the blob, also in ranges, for `expires` seconds.

        An address is for one method alone: for HEAD where the `head` is asked for.
        `content_type` and `disposition` replace what is stored, where the storage can do that.
        """

    def head(self, key: AnyKey) -> Blob | None:
        """None when it is missing."""

    def put(self, key: Key, body: bytes, *, content_type: str, disposition: str = "") -> None:
        """Store a small blob, in place of the one before it. Raises `TooLargeError`."""

    def put_parts(
        self, key: Key, parts: Iterable[bytes], *, content_type: str, disposition: str = ""
    ) -> None:
        """Store a blob of any size, of which one part at a time is held: `PART` bytes or so.

        Nothing is there before all of it is; if `parts` raises, nothing ever.
        """

    def get(self, key: AnyKey, *, most: int = SMALL) -> tuple[Blob, bytes] | None:
        """A blob of up to `most` bytes, None when it is missing. Raises `TooLargeError`."""

    def copy(self, source: Key, target: Key, *, etag: str = "") -> bool:
        """With type, disposition and metadata.

        False when the source is missing, or with an `etag` is another than the one that has it.
        """

    def delete(self, key: AnyKey) -> None:
        """Also when it is missing."""

    def delete_many(self, keys: Iterable[AnyKey]) -> None:
        """One call per 1,000. Raises `NotDeletedError` when all had their turn."""


def disposition(filename: str, *, inline: bool = False) -> str:
    """The header that gives a download its name, whatever the name (RFC 6266)."""
    # Half an emoji, cut off by a client, has no UTF-8.
    name = quote(filename, safe=_PLAIN, encoding="utf-8", errors="replace")
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{name}"
