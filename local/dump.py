"""A folder as mongodump writes it: `<collection>.bson[.gz]` with `.metadata.json` beside each."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from bson import decode, decode_file_iter
from bson.codec_options import CodecOptions
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument

from local.console import LocalError

DOCUMENTS, BYTES = 1000, 8 * 1024 * 1024
"""The most of a batch."""
SUFFIXES = (".bson", ".bson.gz")
LEFT_OUT = ("system.", "contrail_runs", "contrail_restore")
"""Names of collections that belong to the server or to the moment, or begin so."""
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


@dataclass(frozen=True, slots=True)
class Part:
    """A collection."""

    name: str
    file: Path

    @property
    def mark(self) -> str:
        """Tells it from the same of another dump."""
        return f"{self.name}: {self.file.stat().st_size}"


def parts_of(folder: Path) -> list[Part]:
    """Of the one database in it. Raises LocalError for what is no such folder."""
    if folder.is_file():
        raise LocalError(f"{folder} is a file: a dump is a folder, made without --archive")
    if not folder.is_dir():
        raise LocalError(f"there is no folder {folder}")
    places = [place for place in (folder, *_folders(folder)) if _files(place)]
    if not places:
        raise LocalError(f"{folder} holds no .bson files: it is no folder that mongodump wrote")
    if len(places) > 1:
        names = ", ".join(sorted(place.name for place in places))
        raise LocalError(f"{folder} holds several databases ({names}): name the folder of one")
    parts = [Part(_name(file), file) for file in _files(places[0])]
    return [part for part in parts if not part.name.startswith(LEFT_OUT)]


def batches(part: Part) -> Iterator[list[RawBSONDocument]]:
    """Its documents, byte for byte as they were. Raises LocalError where the file is damaged."""
    batch: list[RawBSONDocument] = []
    size = 0
    try:
        with _opened(part.file) as file:
            for document in decode_file_iter(file, RAW):
                decode(document.raw)  # else what is damaged within would be stored as it is
                batch.append(document)
                size += len(document.raw)
                if len(batch) == DOCUMENTS or size >= BYTES:
                    yield batch
                    batch, size = [], 0
    except (InvalidBSON, EOFError, OSError, zlib.error) as error:
        raise LocalError(f"{part.file} is damaged or cut off: {error}") from None
    if batch:
        yield batch


def _folders(folder: Path) -> list[Path]:
    """Those of databases, without the server's own."""
    beside = ("admin", "config", "local")
    return sorted(one for one in folder.iterdir() if one.is_dir() and one.name not in beside)


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.name.endswith(SUFFIXES))


def _name(file: Path) -> str:
    """mongodump writes what a file's name cannot hold as %xx."""
    return unquote(file.name.removesuffix(".gz").removesuffix(".bson"))


def _opened(file: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file)) if file.suffix == ".gz" else file.open("rb")
