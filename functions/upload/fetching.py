"""`/file-upload/<id>/<name>`: who may have a file is sent on to the store."""

from __future__ import annotations

import jwt

from contrail.domain.access import find_standing, is_visitor, may_enter
from contrail.domain.instance import Instance
from contrail.ports.blobs import LONGEST, Moved, disposition
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Headed, Visiting
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from functions.upload import imported, rules, serving

VISITED = "l"
"""The type of rooms with a visitor."""
OPEN = 120
PRIVATE = "private, no-cache"


class Which(Visiting, Headed):
    """`token` is a JWT; `download` is there, with or without a value, for who wants to keep it."""

    id: str
    name: str = ""
    token: str = ""
    download: str | None = None


class WhichStored(Which):
    """The older address, with the store's name."""

    store: str = ""


def fetch(caller: Caller, which: Which, at: Instance) -> Reply:
    """302 to the store; 403 without a word for who may not, 404 for what is not there."""
    file = at.store.uploads.by_id(which.id)
    if file is None or not file.get("rid"):
        return _nothing(404) if file is None and _is_known(at, caller) else _nothing(403)
    if not _may_have(at, caller, which, file):
        return _nothing(403)
    if imported.is_in_database(file):
        return _imported(at, file, which)
    return _redirect(at, file, which)


def fetch_stored(caller: Caller, which: WhichStored, at: Instance) -> Reply:
    return fetch(caller, which, at)


def _is_known(at: Instance, caller: Caller) -> bool:
    return caller.logged_in or not at.setting("FileUpload_ProtectFiles")


def _may_have(at: Instance, caller: Caller, which: Which, file: Document) -> bool:
    if not at.setting("FileUpload_ProtectFiles") or _shows_token(at, which):
        return True
    if which.rc_room_type == VISITED and _visits(at, which, file):
        return True
    if not caller.logged_in:
        return bool(at.setting("Accounts_AllowAnonymousRead")) and _may_enter(at, caller, file)
    if at.setting("FileUpload_Restrict_to_room_members"):
        standing = find_standing(at, caller, file["rid"])
        return standing is not None and standing.subscription is not None
    if at.setting("FileUpload_Restrict_to_users_who_can_access_room"):
        return _may_enter(at, caller, file)
    return True


def _may_enter(at: Instance, caller: Caller, file: Document) -> bool:
    standing = find_standing(at, caller, file["rid"])
    return standing is not None and may_enter(at, caller, standing)


def _visits(at: Instance, which: Which, file: Document) -> bool:
    """Whether the file is of the room that its visitor shows the token of."""
    if not which.rc_token or which.rc_rid != file["rid"]:
        return False
    return is_visitor(at.store.rooms.by_id(file["rid"]) or {}, which.rc_token)


def _shows_token(at: Instance, which: Which) -> bool:
    """One that was made for this file, has not ended, and is signed with the workspace's secret."""
    secret = str(at.setting("FileUpload_json_web_token_secret_for_files") or "")
    if (
        not which.token
        or not secret
        or not at.setting("FileUpload_Enable_json_web_token_for_files")
    ):
        return False
    try:
        claims = jwt.decode(
            which.token,
            secret,
            algorithms=["HS256"],
            audience="RocketChat",
            options={"require": ["exp", "aud"]},
        )
    except jwt.InvalidTokenError:
        return False
    context = claims.get("context")
    return isinstance(context, dict) and context.get("fileId") == which.id


def _redirect(at: Instance, file: Document, which: Which) -> Reply:
    """The store gives it under the type and the name that were fixed when it was put there.

    What was put there by another installation is given as it would be here.
    """
    key = imported.place_of(file)
    if key is None:
        return _nothing(404)
    moved = isinstance(key, Moved)
    address = at.blobs.download_url(
        key,
        expires=min(max(at.number("FileUpload_S3_URLExpiryTimeSpan", OPEN), 5), LONGEST),
        content_type=_kind(file) if moved else "",
        disposition=_disposed(file, which) if moved or which.download is not None else "",
        head=which.head,
    )
    return Reply(status=302, headers={"Location": address, "Cache-Control": PRIVATE})


def _imported(at: Instance, file: Document, which: Which) -> Reply:
    """One that is still in the database it came with goes through here, if it is small.

    Others are copied to the store first, once.
    """
    body = at.store.grid.read("rocketchat_uploads", {"_id": file["_id"]})
    if body is None:
        kind = _kind(file)
        how = serving.disposed(str(file.get("name") or ""), kind)
        imported.bring(at, file, content_type=kind, disposition=how)
        return _redirect(at, file, which)
    headers = {
        "Content-Type": _kind(file),
        "Content-Disposition": _disposed(file, which),
        "Cache-Control": PRIVATE,
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Reply(body, headers=headers)


def _kind(file: Document) -> str:
    return rules.media_type(str(file.get("type") or "")) or serving.UNKNOWN


def _disposed(file: Document, which: Which) -> str:
    name = str(file.get("name") or "")
    if which.download is not None:
        return disposition(serving.short(name))
    return serving.disposed(name, _kind(file))


def _nothing(status: int) -> Reply:
    return Reply(status=status, headers={"Content-Type": "text/plain"})
