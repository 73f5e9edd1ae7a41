"""Zip files and hashes that depend on nothing but names and contents."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

LONG_AGO = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644
UNIX = 3


def zip_directory(directory: Path, file: Path) -> str:
    """Write `file`; the SHA-256 of it, in hex. The same directory gives the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, path in _files(directory):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system = UNIX
            entry.external_attr = READABLE << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return sha256(file.read_bytes()).hexdigest()


def content_hash(directory: Path) -> str:
    """SHA-256 of all names and contents, in hex: unlike a zip's it outlives another zlib."""
    whole = sha256()
    for name, path in _files(directory):
        whole.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def unzipped_size(directory: Path) -> int:
    """Bytes of its files."""
    return sum(path.stat().st_size for _, path in _files(directory))


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    """By name, whatever order the file system has."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    yield from sorted((path.relative_to(directory).as_posix(), path) for path in files)
