"""The picture that the directory has of someone, as their avatar."""

from __future__ import annotations

import hashlib

from contrail.api import avatars
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.logs import unexpected, warn
from contrail.shapes.rows import Document
from functions.ldap.configuration import text
from functions.ldap.entries import Entry

USUAL = ("jpegPhoto", "thumbnailPhoto")
LARGEST = 4 * 1024 * 1024
"""Bytes of a picture that is passed on."""


def follow(at: Instance, caller: Caller, entry: Entry, user: Document) -> None:
    """Where it is another than the last one. Raises nothing: a picture keeps nobody out."""
    if at.setting("LDAP_Sync_User_Avatar") is not True:
        return
    picture = _picture(entry, text(at, "Avatar_Field"))
    etag = hashlib.sha1(picture, usedforsecurity=False).hexdigest()
    if not picture or user.get("avatarETag") == etag:
        return
    uid = str(user["_id"])
    try:
        avatars.set_of_user(at, caller, uid, picture, etag)
    except ChatError as error:
        warn("picture of the directory refused", uid=uid, error=str(error.code))
    except Exception:  # noqa: BLE001 - logged; who logs in does so without it
        unexpected("picture of the directory not set", uid=uid)


def _picture(entry: Entry, wanted: str) -> bytes:
    for name in (wanted,) if wanted else USUAL:
        for value in entry.values.get(name.lower(), ()):
            if 0 < len(value) <= LARGEST:
                return value
    return b""
