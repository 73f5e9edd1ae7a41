"""Asking the upload service for avatars. It alone can tell what is in a picture."""

from __future__ import annotations

from typing import Any

from contrail.api.calls import answered, ask
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller

SERVICE = "upload"
OF_ROOM, OF_USER = "avatars:of_room", "avatars:of_user"
PATIENCE = 15_000
"""Milliseconds that it may take."""


def set_of_room(at: Instance, caller: Caller, rid: str, uri: str) -> None:
    """Of a room that the caller may change: a data URI, empty for the letter of its name.

    Raises `error-invalid-image`.
    """
    _ask(at, caller, OF_ROOM, rid, uri, caller.uid)


def set_of_user(at: Instance, caller: Caller, uid: str, picture: bytes, etag: str) -> None:
    """A picture that a directory has of someone; `etag` is its hash.

    Raises `error-invalid-image`.
    """
    _ask(at, caller, OF_USER, uid, picture, etag)


def _ask(at: Instance, caller: Caller, method: str, *params: Any) -> None:
    nobody = caller.model_copy(update={"uid": "", "token_hash": ""})
    answered(ask(at, nobody, SERVICE, method, *params, patience=PATIENCE))
