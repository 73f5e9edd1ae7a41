"""A call of each method about avatars, custom emoji, sounds and the workspace's logos."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from tests.clients.library import Call, Kit, a_name
from tests.support.uploads import picture


@cache
def file() -> str:
    """The library opens pictures by their paths."""
    path = Path(tempfile.gettempdir()) / f"{a_name()}.png"
    path.write_bytes(picture(64, 64))
    return str(path)


def emoji(k: Kit) -> str:
    """The id of a new one."""
    name = a_name()
    k.admin.custom_emoji_create(name, file())
    rows = k.admin.custom_emoji_list()["emojis"]["update"]
    return str(next(row["_id"] for row in rows if row["name"] == name))


CALLS: dict[str, Call] = {
    "assets_set_asset": lambda k: k.admin.assets_set_asset("logo", file()),
    "assets_unset_asset": lambda k: k.admin.assets_unset_asset("logo"),
    "custom_emoji_all": lambda k: k.bens.custom_emoji_all(),
    "custom_emoji_create": lambda k: k.admin.custom_emoji_create(a_name(), file(), "another"),
    "custom_emoji_delete": lambda k: k.admin.custom_emoji_delete(emoji(k)),
    "custom_emoji_list": lambda k: k.bens.custom_emoji_list(),
    "custom_emoji_update": lambda k: k.admin.custom_emoji_update(emoji(k), a_name(), file()),
    "custom_sounds_list": lambda k: k.bens.custom_sounds_list(),
    "users_reset_avatar": lambda k: k.bens.users_reset_avatar(k.ben.id),
    "users_set_avatar": lambda k: k.bens.users_set_avatar(file()),
}
