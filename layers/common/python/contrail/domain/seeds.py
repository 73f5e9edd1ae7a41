"""What a new workspace holds: settings, roles and permissions, read from the data files."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from contrail.domain.environment import Environment
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

MADE_ONCE = ("made once per workspace", "random id made once per workspace")
MONITOR = "livechat-monitor"
"""An enterprise role that base permissions name, so every workspace has it."""


def _load(name: str) -> Any:
    return json.loads(resources.files("contrail.data").joinpath(name).read_text("utf-8"))


def settings(environment: Environment, now: datetime) -> list[Document]:
    """Every setting with its default, in the order they were declared."""
    documents = []
    for declared in _load("settings.json"):
        rule = declared.pop("valueRule", "")
        value = _computed(rule, environment, declared["value"])
        documents.append(
            {
                **declared,
                "value": value,
                "packageValue": value,
                "valueSource": "packageValue",
                "hidden": declared.get("hidden", False),
                "blocked": declared.get("blocked", False),
                "createdAt": now,
                "ts": now,
                "_updatedAt": now,
            }
        )
    return documents


def _computed(rule: str, environment: Environment, otherwise: Any) -> Any:
    if rule in MADE_ONCE:
        return random_id()
    if rule == "ROOT_URL of the environment":
        return environment.root_url
    if rule == "host of Site_Url":
        return urlsplit(environment.root_url).hostname or ""
    return otherwise


def overwritten(environment: Environment, known: list[Document]) -> dict[str, Any]:
    """OVERWRITE_SETTING_<id> as values of the settings' types. Raises `ValueError`."""
    types = {setting["_id"]: setting["type"] for setting in known}
    return {
        name: _typed(types[name], name, text)
        for name, text in environment.overwrites.items()
        if name in types
    }


def _typed(kind: str, name: str, text: str) -> Any:
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError(f"OVERWRITE_SETTING_{name} must be true or false")
        return text == "true"
    if kind in ("int", "timespan"):
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"OVERWRITE_SETTING_{name} must be a whole number") from None
    if kind == "multiSelect":
        return [part for part in text.split(",") if part]
    return text


def roles(environment: Environment) -> list[Document]:
    declared = _load("permissions.json")
    extra = [
        role
        for role in declared["eeRoles"]
        if environment.edition == "enterprise" or role["_id"] == MONITOR
    ]
    return [
        {
            "_id": role["_id"],
            "name": role["_id"],
            "scope": role["scope"],
            "description": role.get("description", ""),
            "protected": True,
            "mandatory2fa": False,
        }
        for role in [*declared["roles"], *extra]
    ]


def permissions(environment: Environment, now: datetime) -> list[Document]:
    """In the order that some clients index into."""
    declared = _load("permissions.json")
    granted = {**declared["permissions"], **declared["otherStartupPermissions"]}
    if environment.edition == "enterprise":
        granted.update(declared["eePermissions"])
    return [{"_id": key, "roles": value, "_updatedAt": now} for key, value in granted.items()]


def permission_order() -> dict[str, int]:
    """Permission id -> its place in lists; what is not in it comes after."""
    declared = _load("permissions.json")
    names = [*declared["permissions"], *declared["otherStartupPermissions"]]
    return {name: place for place, name in enumerate(names)}
