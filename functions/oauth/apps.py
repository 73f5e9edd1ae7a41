"""OAuth apps: programs of others, as admins register them."""

from __future__ import annotations

import re
import secrets
from typing import Any

from pydantic import Field, model_validator

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Code
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document

PERMISSION = "manage-oauth-apps"
LONGEST = 10_000
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s#\0-\x1f\x7f\\]+")
SCRIPTS = ("javascript:", "data:", "vbscript:", "file:", "blob:")
NEEDED = ("_id", "clientId", "appId")


def _one_of(*faults: str) -> tuple[Code, str]:
    return "invalid-params", "\n ".join((*faults, "must match exactly one schema in oneOf"))


def _lacks(*names: str) -> list[str]:
    return [f"must have required property '{name}'" for name in names]


def _no_text(name: str) -> tuple[Code, str]:
    return _one_of("must be string", *_lacks(*(one for one in NEEDED if one != name)))


class WhichApp(Input):
    documented = {
        "": _one_of(*_lacks(*NEEDED)),
        **{f"{name}{inside}": _no_text(name) for name in NEEDED for inside in ("", ".")},
    }
    id: str | None = Field(None, alias="_id")
    clientId: str | None = None
    appId: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _names_one(cls, given: Any) -> Any:
        """`_id[$ne]=` in a query is an object to Rocket.Chat, and refused as one."""
        nested: Document = {
            n: {} for n in NEEDED if any(str(key).startswith(f"{n}[") for key in given)
        }
        if not nested and not any(name in given for name in NEEDED):
            raise ValueError("one of them")
        return {**given, **nested}


class NewApp(Input):
    name: str = Field(max_length=LONGEST)
    redirectUri: str = Field(max_length=LONGEST)
    active: bool


class ChangedApp(NewApp):
    appId: str


class AppId(Input):
    appId: str


class AddMethod(Input):
    application: NewApp


class UpdateMethod(Input):
    applicationId: str
    application: NewApp


class DeleteMethod(Input):
    applicationId: str


def list_all(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    if not at.allows(caller, PERMISSION):
        raise ChatError(None, "error-not-allowed")
    return {"oauthApps": at.store.oauth_apps.all()}


def get(caller: Caller, which: WhichApp, at: Instance) -> Document:
    """Without the secret for who does not manage apps: whom an app asks is shown its name."""
    field, value = ("clientId", which.clientId) if which.clientId else ("_id", which.id)
    app = at.store.oauth_apps.one({field: value or which.appId or ""})
    if app is None:
        raise ChatError(None, "OAuth app not found.")
    if not at.allows(caller, PERMISSION):
        app.pop("clientSecret", None)
    return app


def create(caller: Caller, new: NewApp, at: Instance) -> Document:
    fields, now = _checked(at, caller, new, "addOAuthApp"), at.now()
    app: Document = {
        **fields,
        "clientId": random_id(),
        "clientSecret": secrets.token_urlsafe(32),
        "_createdAt": now,
        "_updatedAt": now,
        "_createdBy": _by(caller),
        "_id": random_id(),
    }
    at.store.oauth_apps.insert(app)
    return app


def update(caller: Caller, changed: ChangedApp, at: Instance) -> Document:
    method = "updateOAuthApp"
    fields = _checked(at, caller, changed, method)
    stamp = {"_updatedAt": at.now(), "_updatedBy": _by(caller)}
    app = at.store.oauth_apps.change(changed.appId, {**fields, **stamp})
    if app is None:
        raise _not_found(method)
    return app


def delete(caller: Caller, which: AppId, at: Instance) -> bool:
    """Whatever people have granted to it ends with it."""
    method = "deleteOAuthApp"
    _access(at, caller, method)
    app = at.store.oauth_apps.remove(which.appId)
    if app is None:
        raise _not_found(method)
    at.store.oauth_grants.revoke_all_of(app["clientId"])
    return True


def add(caller: Caller, given: AddMethod, at: Instance) -> Document:
    return create(caller, given.application, at)


def update_given(caller: Caller, given: UpdateMethod, at: Instance) -> Document:
    new = given.application.model_dump()
    return update(caller, ChangedApp(appId=given.applicationId, **new), at)


def delete_given(caller: Caller, given: DeleteMethod, at: Instance) -> bool:
    return delete(caller, AppId(appId=given.applicationId), at)


def _access(at: Instance, caller: Caller, method: str) -> None:
    if not at.allows(caller, PERMISSION):
        raise ChatError("error-not-allowed", "Not allowed", {"method": method})


def _checked(at: Instance, caller: Caller, app: NewApp, method: str) -> Document:
    """The fields as they are stored: several redirect addresses with commas between them."""
    _access(at, caller, method)
    if not app.name.strip():
        raise ChatError("error-invalid-name", "Invalid name", {"method": method})
    uris = [uri.strip() for uri in re.split(r"[,\n]", app.redirectUri) if uri.strip()]
    if not uris or not all(map(_is_address, uris)):
        raise ChatError("error-invalid-redirectUri", "Invalid redirectUri", {"method": method})
    return {"name": app.name, "redirectUri": ",".join(uris), "active": app.active}


def _is_address(uri: str) -> bool:
    """Absolute and without a fragment; apps on phones have schemes of their own."""
    return bool(URI.fullmatch(uri)) and not uri.lower().startswith(SCRIPTS)


def _by(caller: Caller) -> Document:
    return {"_id": caller.uid, "username": caller.username}


def _not_found(method: str) -> ChatError:
    return ChatError("error-application-not-found", "Application not found", {"method": method})
