"""Changing settings, and carrying out what action settings stand for."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contrail.api.calls import call
from contrail.domain.instance import Instance
from contrail.domain.setting_values import EDITORS, checked
from contrail.domain.settings import change, may_change
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden, InvalidInput
from contrail.shapes.inputs import Input
from contrail.shapes.registry import for_clients
from contrail.shapes.rows import Document
from functions.settings.private import access_setting


class Update(Input):
    """`editor` goes with a color; `execute` is for settings that are actions."""

    id: str = Field(alias="_id")
    value: Any = None
    editor: str | None = None
    execute: bool = False


class OneValue(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(alias="_id")
    value: Any


class Values(Input):
    params: list[OneValue]


class OneSetting(Input):
    id: str = Field(alias="_id")
    value: Any
    editor: str | None = None


def update(caller: Caller, wanted: Update, at: Instance) -> dict[str, Any]:
    """REST, one setting. A blocked one is as good as not there.

    Unlike over DDP a number need not be whole: people block logins for some seconds of a minute.
    """
    if not may_change(at, caller, wanted.id):
        raise Forbidden
    setting = access_setting(at, wanted.id)
    if setting["type"] == "action" and wanted.execute:
        _execute(caller, setting, at)
        return {}
    if "value" not in wanted.model_fields_set:
        raise InvalidInput("invalid-params", "must have required property 'value'")
    if setting.get("blocked"):
        raise ChatError("error-setting-blocked", "Setting is blocked")
    change(at, caller, {wanted.id: setting}, {wanted.id: _fields(setting, wanted, fractions=True)})
    return {}


def save(caller: Caller, wanted: Values, at: Instance) -> bool:
    """DDP, several at once: all of them or none."""
    values = {one.id: one.value for one in wanted.params}
    if "Organization_Name" in values:
        values |= _site_name(at, values["Organization_Name"])
    found = {row["_id"]: row for row in at.store.settings.by_ids(values)}
    closed = [name for name in values if not _open(at, caller, name, found.get(name))]
    if closed:
        raise _not_allowed({"method": "saveSettings", "settingIds": closed})
    fields = {name: {"value": checked(found[name], value)} for name, value in values.items()}
    if fields:
        change(at, caller, found, fields)
    return True


def save_one(caller: Caller, wanted: OneSetting, at: Instance) -> bool:
    found = at.store.settings.by_ids([wanted.id])
    setting = found[0] if found else None
    if setting is None or not _open(at, caller, wanted.id, setting):
        raise _not_allowed({"method": "saveSetting", "settingId": wanted.id})
    change(at, caller, {wanted.id: setting}, {wanted.id: _fields(setting, wanted)})
    return True


def _fields(setting: Document, wanted: Update | OneSetting, *, fractions: bool = False) -> Document:
    fields: Document = {"value": checked(setting, wanted.value, fractions=fractions)}
    if setting["type"] == "color" and wanted.editor:
        if wanted.editor not in EDITORS:
            raise InvalidInput("invalid-params", "editor must be color or expression")
        fields["editor"] = wanted.editor
    return fields


def _open(at: Instance, caller: Caller, name: str, setting: Document | None) -> bool:
    """Hidden and blocked settings are closed to everyone, like those that do not exist."""
    there = setting is not None and not setting.get("hidden") and not setting.get("blocked")
    return there and may_change(at, caller, name)


def _not_allowed(details: Document) -> ChatError:
    return ChatError("error-action-not-allowed", "Editing settings is not allowed", details)


def _site_name(at: Instance, organization: Any) -> dict[str, Any]:
    """A site that nobody has named bears the organization's name."""
    (site,) = at.store.settings.by_ids(["Site_Name"]) or [{}]
    unnamed = site.get("value") in (site.get("packageValue"), at.setting("Organization_Name"))
    return {"Site_Name": organization} if unnamed else {}


def _execute(caller: Caller, setting: Document, at: Instance) -> None:
    """The value names the DDP method that the action is; its refusals are passed on."""
    name = str(setting.get("value"))
    if for_clients(at.methods, name) is None:
        raise ChatError(404, f"Method '{name}' not found")
    call(at, caller, name)
