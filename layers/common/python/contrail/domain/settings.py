"""Settings as they are shown and changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from contrail.domain.caches import in_force
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.facts import SettingChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

SECRET = re.compile(
    r"(secret|secret_?key|password|passphrase|api_?key|_token|registration_file)$|_secret_",
    re.IGNORECASE,
)
"""Ids of secrets that imported workspaces do not mark as such."""


def is_secret(setting: Document) -> bool:
    """Whether its value stays in. What is public is meant to be read, whatever it is called."""
    if setting.get("public"):
        return False
    marked = setting.get("secret") or setting["type"] == "password"
    return bool(marked or SECRET.search(setting["_id"]))


def shown(at: Instance, setting: Document) -> Document:
    """The setting with the value that is in force; a secret one without any value."""
    if is_secret(setting):
        hidden = ("value", "packageValue", "processEnvValue", "meteorSettingsValue")
        return {key: value for key, value in setting.items() if key not in hidden}
    return {**setting, "value": in_force(setting, at.environment.edition == "enterprise")}


def may_change(at: Instance, caller: Caller, name: str) -> bool:
    """All of them, or selected ones with a permission for each."""
    return at.allows(caller, "edit-privileged-setting") or (
        at.allows(caller, "manage-selected-settings")
        and at.allows(caller, f"change-setting-{name}")
    )


def change(
    at: Instance, caller: Caller, settings: Mapping[str, Document], fields: Mapping[str, Document]
) -> None:
    """Set checked `fields` of `settings`, both by id: all or none.

    In force on the next request of every function: the version is raised with the write.
    """
    now = at.now()
    at.store.versions.raise_with(
        "settings", lambda session: at.store.settings.change(fields, now, session)
    )
    after = [{**settings[name], **given, "_updatedAt": now} for name, given in fields.items()]
    tell(at, caller, "updated", after)


def tell(at: Instance, caller: Caller, action: str, settings: list[Document]) -> None:
    """Publish that settings were `inserted`, `updated` or `removed`."""
    facts = [
        SettingChanged.model_validate(
            {
                "action": action,
                "setting": shown(at, setting),
                "nonce": random_id(),
                "correlation_id": caller.correlation_id,
            }
        )
        for setting in settings
        if not setting.get("hidden")
    ]
    at.publish(*facts)


def removed_since(at: Instance, since: datetime | None, *, public: bool) -> list[Document]:
    """`_id` and `_deletedAt` of settings that are gone."""
    if since is None:
        return []
    gone = at.store.trash.deleted_after("settings", since)
    return [
        {"_id": row["_id"], "_deletedAt": row["_deletedAt"]}
        for row in gone
        if not row.get("hidden") and (row.get("public") or not public)
    ]
