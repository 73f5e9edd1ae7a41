"""Login services over OAuth: which are on, and custom ones.

What clients are told of a service follows from its settings each time it is asked for, so that
nothing can disagree with them. Secrets are no part of it.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from pymongo.client_session import ClientSession

from contrail.domain import oauth_shown
from contrail.domain.instance import Instance
from contrail.domain.oauth_services import CUSTOM, PREFIX
from contrail.domain.oauth_shown import BUTTON
from contrail.domain.settings import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document

PERMISSION = "add-oauth-service"


class ServiceName(Input):
    name: str


class CustomOAuth(Input):
    documented = {
        "name": ("error-name-param-not-provided", 'The parameter "name" is required'),
    }
    name: str


def configurations(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    return {"configurations": oauth_shown.services(at)}


def services(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """Custom ones whole, of the others what a login page needs."""
    return {
        "services": [one if one["custom"] else _button(one) for one in oauth_shown.services(at)]
    }


def add_custom(caller: Caller, wanted: CustomOAuth, at: Instance) -> dict[str, Any]:
    if not wanted.name.strip():
        code, reason = CustomOAuth.documented["name"][:2]
        raise ChatError(code, reason)
    add(caller, ServiceName(name=wanted.name), at)
    return {}


def add(caller: Caller, wanted: ServiceName, at: Instance) -> None:
    """Settings of a service that is there already keep their values."""
    _access(at, caller, "addOAuthService", "Adding_OAuth_Services", "Adding OAuth Services")
    name, now = _normal(wanted.name), at.now()
    common = {
        "group": "OAuth",
        "section": f"Custom OAuth: {name}",
        "persistent": True,
        "valueSource": "packageValue",
        "hidden": False,
        "blocked": False,
        "createdAt": now,
        "ts": now,
        "_updatedAt": now,
    }
    settings = [
        {
            **{key: value for key, value in declared.items() if key != "suffix"},
            **common,
            "_id": f"{CUSTOM}{name}{declared['suffix']}",
            "packageValue": declared["value"],
            "public": declared.get("public", False),
        }
        for declared in _declared()
    ]
    known = {row["_id"] for row in at.store.settings.by_ids(row["_id"] for row in settings)}
    at.store.versions.raise_with(
        "settings", lambda session: at.store.settings.add(settings, session)
    )
    tell(at, caller, "inserted", [row for row in settings if row["_id"] not in known])


def remove(caller: Caller, wanted: ServiceName, at: Instance) -> None:
    _access(at, caller, "removeOAuthService", "Removing_OAuth_Services", "Removing OAuth Services")
    name, now = _normal(wanted.name), at.now()
    gone = at.store.settings.by_ids(f"{CUSTOM}{name}{one['suffix']}" for one in _declared())

    def write(session: ClientSession) -> None:
        at.store.trash.put("settings", gone, now, session)
        at.store.settings.remove([row["_id"] for row in gone], session)

    if gone:
        at.store.versions.raise_with("settings", write)
        tell(at, caller, "removed", gone)


def refresh(caller: Caller, _: NoInput, at: Instance) -> None:
    """Every function and every client reads the settings of login services again."""
    _access(
        at, caller, "refreshOAuthService", "Refreshing_OAuth_Services", "Refresh OAuth Services"
    )
    prefixes, now = (PREFIX, "SAML_", "CAS_"), at.now()
    rows = [r for r in at.store.settings.matching({}) if r["_id"].startswith(prefixes)]
    ids = [row["_id"] for row in rows]
    at.store.versions.raise_with(
        "settings", lambda session: at.store.settings.touch(ids, now, session)
    )
    tell(at, caller, "updated", [{**row, "_updatedAt": now} for row in rows])


def _button(service: Document) -> Document:
    client = next((service[k] for k in ("appId", "clientId", "consumerKey") if k in service), "")
    return {
        "_id": service["_id"],
        "name": service["service"],
        "clientId": client,
        **{field: service.get(field, "") for field in BUTTON},
        "custom": False,
    }


def _normal(name: str) -> str:
    """As it stands in setting ids: `My Login!` is `Mylogin`."""
    kept = re.sub(r"[^a-z0-9_]", "", name.lower())
    if not kept or len(kept) > 64:
        raise ChatError("error-invalid-name", "Invalid name")
    return kept[0].upper() + kept[1:]


def _declared() -> list[Document]:
    text = resources.files("contrail.data").joinpath("custom_oauth.json").read_text("utf-8")
    declared: list[Document] = json.loads(text)
    return declared


def _access(at: Instance, caller: Caller, method: str, action: str, doing: str) -> None:
    if not at.allows(caller, PERMISSION):
        details = {"method": method, "action": action}
        raise ChatError("error-action-not-allowed", f"{doing} is not allowed", details)
