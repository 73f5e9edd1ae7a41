"""`/avatar/...`: the picture of a person or a room, uploaded or drawn from the name."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Visited
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from functions.upload.avatars_letters import Letters, side, svg
from functions.upload.avatars_stored import picture_of
from functions.upload.pictures import NEVER_CHANGED, SVG, Picture, redirect, refused, show

NAMED = {"username": 1, "name": 1, "avatarUrl": 1}
ROOM = {"t": 1, "name": 1, "fname": 1, "prid": 1}
DRAWN = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
"""Formats that letters are drawn in besides SVG."""


class Asked(Visited):
    """`size` and `format` are for pictures that are drawn here; uploaded ones stay as they are."""

    size: str = ""
    format: str = ""


class ByUsername(Asked):
    username: str


class ByUid(Asked):
    uid: str


class ByRoom(Asked):
    rid: str


def by_username(caller: Caller, asked: ByUsername, at: Instance) -> Reply:
    """`@name` is always the letter of a name, a room's say. Any name has one, known or not."""
    if not _may_see(at, caller):
        return refused(403, "Forbidden")
    name = asked.username
    every_word = at.setting("UI_Use_Name_Avatar") is True
    if name.startswith("@"):
        return _letters(at, asked, name[1:], every_word=every_word)
    if _provider(at):
        return _provided(at, name)
    user = next(iter(at.store.users.by_usernames([name], NAMED)), None)
    return _of_user(at, asked, user or {"username": name})


def by_uid(caller: Caller, asked: ByUid, at: Instance) -> Reply:
    if not _may_see(at, caller):
        return refused(403, "Forbidden")
    user = at.store.users.by_id(asked.uid, NAMED)
    if user is None or not user.get("username"):
        return refused(404, "Not found")
    if _provider(at):
        return _provided(at, user["username"])
    return _of_user(at, asked, user)


def by_room(caller: Caller, asked: ByRoom, at: Instance) -> Reply:
    """A discussion without a picture of its own has that of the room it belongs to."""
    if not _may_see(at, caller):
        return refused(403, "Forbidden")
    room = at.store.rooms.by_id(asked.rid, ROOM)
    provider = str(at.setting("Accounts_RoomAvatarExternalProviderUrl") or "")
    if room is None:
        return refused(404, "Not found")
    if provider:
        return redirect(provider.replace("{roomId}", quote(room["_id"], safe="")), _cached(at))
    stored = at.store.avatars.of_room(room["_id"])
    if stored is None and room.get("prid"):
        room = at.store.rooms.by_id(room["prid"], ROOM) or room
        stored = at.store.avatars.of_room(room["_id"])
    found = picture_of(at, stored) if stored else None
    if found:
        return show(asked, _with_cache(at, found))
    # Nobody learns from a picture who talks to whom.
    name = "" if room["t"] == "d" else str(room.get("fname") or room.get("name") or "")
    return _letters(at, asked, name)


def _of_user(at: Instance, asked: Asked, user: Document) -> Reply:
    stored = at.store.avatars.of_user(user["_id"]) if "_id" in user else None
    found = picture_of(at, stored) if stored else None
    if found:
        return show(asked, _with_cache(at, found))
    address = _elsewhere(at, user.get("avatarUrl"))
    if address:
        return redirect(address, _cached(at))
    if at.setting("UI_Use_Name_Avatar") is True and user.get("name"):
        return _letters(at, asked, user["name"], every_word=True)
    return _letters(at, asked, user["username"])


def _elsewhere(at: Instance, address: object) -> str:
    """The address of an avatar that another site has; empty for any other value."""
    if not isinstance(address, str) or address.startswith(at.environment.root_url):
        return ""
    # Line breaks would begin another header.
    fit = address.isascii() and address.isprintable() and " " not in address
    return address if fit and urlsplit(address).scheme in ("http", "https") else ""


def _may_see(at: Instance, caller: Caller) -> bool:
    return caller.logged_in or at.setting("Accounts_AvatarBlockUnauthenticatedAccess") is not True


def _provider(at: Instance) -> str:
    return str(at.setting("Accounts_AvatarExternalProviderUrl") or "")


def _provided(at: Instance, username: str) -> Reply:
    return redirect(_provider(at).replace("{username}", quote(username, safe="")), _cached(at))


def _letters(at: Instance, asked: Asked, name: str, *, every_word: bool = False) -> Reply:
    letters, pixels = Letters.of(name, every_word=every_word), side(asked.size)
    kind = DRAWN.get(asked.format)
    body: str | bytes = svg(letters, pixels)
    if kind:
        from functions.upload.avatars_pixels import draw  # noqa: PLC0415 - Pillow takes its time

        body = draw(letters, pixels, kind)
    return show(asked, _with_cache(at, Picture(body, kind or SVG, NEVER_CHANGED)))


def _with_cache(at: Instance, picture: Picture) -> Picture:
    return Picture(picture.body, picture.type, picture.modified, picture.etag, _cached(at))


def _cached(at: Instance) -> dict[str, str]:
    """What only people who are logged in may see is kept by no cache that others use."""
    blocked = at.setting("Accounts_AvatarBlockUnauthenticatedAccess") is True
    seconds = max(at.number("Accounts_AvatarCacheTime", 3600), 0)
    return {"Cache-Control": f"{'private' if blocked else 'public'}, max-age={seconds}"}
