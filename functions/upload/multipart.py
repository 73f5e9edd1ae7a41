"""Forms with one file, as clients post them."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote

from contrail.api.values import text
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Multipart
from functions.upload import naming

if TYPE_CHECKING:
    # The library has no types.
    from multipart import MultipartPart  # type: ignore[import-untyped]

FILE = "file"
UNKNOWN = "application/octet-stream"
MORE_TYPES = {"lst": "text/plain"}
EXTENDED = re.compile(r"filename\*=(utf-8|iso-8859-1)'[\w-]*'([^;\s]+)", re.IGNORECASE)
PARTS = 32
IN_MEMORY = 16 * 1024 * 1024
"""Bytes of a form: more than a gateway passes on, so that none is written to a disk."""


@dataclass(frozen=True, slots=True)
class Form:
    """`type` is what the client says of the file, `fields` are the texts beside it."""

    name: str
    type: str
    body: bytes
    fields: dict[str, str] = field(default_factory=dict)


def read(given: Multipart, *, wanted: str = FILE, optional: bool = False) -> Form:
    """Raises `invalid-field` for a file under another name, and for none or several of them.

    Without an `optional` one the form has an empty body.
    """
    fields: dict[str, str] = {}
    form: Form | None = None
    for part in _parts(given):
        name = _filename(part)
        if not name:
            fields.setdefault(_text(part.name), text(part.raw.decode(errors="replace")))
            continue
        if part.name != wanted:
            raise ChatError("invalid-field")
        if form is not None:
            raise ChatError(None, "Just 1 file is allowed")
        form = Form(naming.clean(name), _type(part, name), part.raw, fields)
    if form is None:
        if not optional:
            raise ChatError("No file uploaded")
        form = Form("", UNKNOWN, b"", fields)
    return form


def _parts(given: Multipart) -> list[MultipartPart]:
    """Raises for a form that is broken or cut off."""
    from multipart import MultipartError, MultipartParser, parse_options_header  # noqa: PLC0415

    kind, options = parse_options_header(given.content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ChatError("No file uploaded")
    try:
        parser = MultipartParser(
            BytesIO(given.sent),
            options["boundary"],
            len(given.sent),
            charset="latin-1",
            part_limit=PARTS,
            spool_limit=IN_MEMORY,
            memory_limit=IN_MEMORY,
        )
        return list(parser)
    except (MultipartError, UnicodeError):
        raise ChatError(None, "Unexpected end of form") from None


def _filename(part: MultipartPart) -> str:
    """Empty for a field that is no file. Some clients give names of other letters apart."""
    if part.filename:
        return _text(part.filename)
    apart = EXTENDED.search(part.disposition)
    return unquote(apart[2], apart[1], errors="replace") if apart else ""


def _text(header: str) -> str:
    """Of clients that write another alphabet, as much of it as can be read."""
    return text(header.encode("latin-1").decode(errors="replace"))


def _type(part: MultipartPart, name: str) -> str:
    """What the client says, else what the name says; `UNKNOWN` for what neither does."""
    said = str(part.content_type or "").lower() if part.headers.get("Content-Type") else ""
    return said if said not in ("", UNKNOWN) else _named(name)


def _named(name: str) -> str:
    """The media type that its extension stands for."""
    extension = naming.extension(name).lower()
    if extension in MORE_TYPES:
        return MORE_TYPES[extension]
    # Nothing else of the name: it might be taken for an address.
    found, coding = mimetypes.guess_type(f"a.{extension}", strict=False)
    return UNKNOWN if coding or not found else found
