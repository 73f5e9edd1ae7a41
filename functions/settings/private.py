"""Settings as those see them who may see all of them. The values of secrets stay in."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.listening import READING_SETTINGS
from contrail.domain.settings import removed_since, shown
from contrail.domain.sync import Synced, synced
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Listed, Since
from contrail.shapes.rows import Document
from functions.settings.public import listing, narrowed

VIEW = "view-privileged-setting"


class PrivateSettings(Listed):
    includeDefaults: bool = False


class WhichSetting(Input):
    id: str = Field(alias="_id")


def list_private(caller: Caller, page: PrivateSettings, at: Instance) -> dict[str, Any]:
    """The public ones for those without the permission."""
    match: Document = {} if at.allows(caller, VIEW) else {"public": True}
    defaults = ("packageValue",) if page.includeDefaults else ()
    return listing(at, {"$and": [page.query, match]}, page, *defaults)


def one(caller: Caller, which: WhichSetting, at: Instance) -> Document:
    if not at.allows(caller, VIEW):
        raise Forbidden
    return narrowed(shown(at, access_setting(at, which.id)), ("_id", "value"))


def access_setting(at: Instance, name: str) -> Document:
    """The only door to a setting that is named. Hidden ones do not exist here."""
    found = at.store.settings.by_ids([name])
    if not found or found[0].get("hidden"):
        raise ChatError("error-setting-not-found", "Setting not found")
    return found[0]


def get(caller: Caller, since: Since, at: Instance) -> Synced:
    """Nothing at all without a permission; selected settings for who may manage those alone."""
    view, edit, manage = (at.allows(caller, permission) for permission in READING_SETTINGS)
    if not (view or edit or manage):
        return []
    rows = [shown(at, row) for row in at.store.settings.matching({})]
    gone = removed_since(at, since.updatedAt, public=False)
    if not (view or edit):
        rows, gone = _selected(at, caller, rows), _selected(at, caller, gone)
    return synced(rows, since.updatedAt, gone)


def _selected(at: Instance, caller: Caller, rows: list[Document]) -> list[Document]:
    return [row for row in rows if at.allows(caller, f"change-setting-{row['_id']}")]
