"""Whether a file may be uploaded to a room: sizes, media types and kinds of rooms by settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
PARAMETERS = re.compile(r"\s*;.*", re.DOTALL)
UNITS = ("B", "kB", "MB", "GB", "TB")


def check(at: Instance, room: Document, *, size: int, kind: str, encrypted: bool = False) -> None:
    """`size` in bytes, `kind` a media type; what is `encrypted` need not be listed as allowed.

    Raises `error-file-upload-disabled`, `error-direct-message-file-upload-not-allowed`,
    `error-file-too-large`, `error-invalid-file-type`.
    """
    if not at.setting("FileUpload_Enabled"):
        raise ChatError("error-file-upload-disabled", "File uploads are disabled.")
    if room["t"] == "d" and not at.setting("FileUpload_Enabled_Direct"):
        reason = "File sharing not allowed in direct messages."
        raise ChatError("error-direct-message-file-upload-not-allowed", reason)
    most = at.number("FileUpload_MaxFileSize", -1)
    if -1 < most < size:
        raise ChatError("error-file-too-large", f"File exceeds allowed size of {said(most)}.")
    if not _is_allowed(at, kind, listed=not encrypted):
        raise ChatError("error-invalid-file-type", "File type is not accepted.")


def media_type(given: str) -> str:
    """Of a client's words, without parameters; empty for what is none."""
    plain = PARAMETERS.sub("", given).strip().lower()
    return plain if MEDIA_TYPE.fullmatch(plain) else ""


def said(size: int) -> str:
    """`104857600` -> `104.86 MB`."""
    amount = float(size)
    for unit in UNITS:
        if amount < 1000 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.2f}".rstrip("0").rstrip(".") + f" {unit}"


def is_encrypted(content: Document | None) -> bool:
    """Whether a file came with what its readers' clients decrypt it by: its bytes are no type's."""
    known = content or {}
    return all(isinstance(known.get(name), str) for name in ("algorithm", "ciphertext"))


def _is_allowed(at: Instance, kind: str, *, listed: bool) -> bool:
    if _is_listed(kind, _listed(at, "FileUpload_MediaTypeBlackList")):
        return False
    allowed = list(_listed(at, "FileUpload_MediaTypeWhiteList")) if listed else []
    return not allowed or _is_listed(kind, allowed)


def _listed(at: Instance, setting: str) -> Iterator[str]:
    for one in str(at.setting(setting) or "").split(","):
        if one.strip():
            yield one.strip().lower()


def _is_listed(kind: str, patterns: Iterator[str] | list[str]) -> bool:
    """`image/*` stands for all of its kind."""
    return any(
        kind.startswith(one.removesuffix("*")) if one.endswith("/*") else kind == one
        for one in patterns
    )
