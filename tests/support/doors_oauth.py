"""Examples for OAuth: see `doors.py`."""

from __future__ import annotations

from typing import Any

from tests.support.example import OK, Example, admin
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json

REDIRECT = "https://app.example.com/back"


def new_app(**more: Any) -> Json:
    return {"name": fresh("app"), "redirectUri": REDIRECT, "active": True, **more}


def app_of(date: Any) -> Json:
    return {
        **dict.fromkeys(("_id", "name", "clientId", "clientSecret", "redirectUri"), str),
        "active": bool,
        "_createdBy": {"_id": str, "username": str},
        "_createdAt": date,
        "_updatedAt": date,
    }


def _made(scene: Scene) -> Json:
    app: Json = scene.workspace.admin.ok("POST", "v1/oauth-apps.create", new_app())["application"]
    return app


def _listed(scene: Scene) -> Json:
    _made(scene)
    return {}


APP = app_of(is_date)
CHANGED: Json = {**APP, "_updatedBy": {"_id": str, "username": str}}

REST: dict[str, Example] = {
    "GET v1/oauth-apps.list": Example({"oauthApps": [APP], **OK}, _listed, admin),
    "GET v1/oauth-apps.get": Example(
        {"oauthApp": APP, **OK}, lambda scene: {"clientId": _made(scene)["clientId"]}, admin
    ),
    "POST v1/oauth-apps.create": Example(
        {"application": APP, **OK}, lambda scene: new_app(), admin
    ),
    "POST v1/oauth-apps.update": Example(
        {**CHANGED, **OK}, lambda scene: {**new_app(), "appId": _made(scene)["_id"]}, admin
    ),
    "POST v1/oauth-apps.delete": Example(
        True, lambda scene: {"appId": _made(scene)["_id"]}, admin, more=True
    ),
}

METHODS: dict[str, Example] = {
    "addOAuthApp": Example(app_of(is_moment), lambda scene: [new_app()], admin),
    "updateOAuthApp": Example(
        app_of(is_moment), lambda scene: [_made(scene)["_id"], new_app()], admin
    ),
    "deleteOAuthApp": Example(True, lambda scene: [_made(scene)["_id"]], admin),
}
