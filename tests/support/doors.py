"""A request that succeeds for every row, and what clients read from its answer.

Tests go through these in step with the tables: a row without an example fails them.
"""

from __future__ import annotations

from typing import Any

import pyotp

from contrail.ddp import ejson
from contrail.domain.devices import session_id_of
from contrail.domain.tokens import hash_token
from tests.support import (
    doors_admin,
    doors_commands,
    doors_ldap,
    doors_links,
    doors_lists,
    doors_mail,
    doors_messages,
    doors_oauth,
    doors_people,
    doors_pictures,
    doors_presence,
    doors_rooms,
    doors_talk,
    doors_teams,
    doors_upload,
)
from tests.support.doors_people import ME
from tests.support.doors_shapes import room
from tests.support.example import OK, PAGE, USER, VOID, Example
from tests.support.example import admin as _admin
from tests.support.example import nobody as _nobody
from tests.support.example import spare as _spare
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import MINTING, Json, Person


def _passing(scene: Scene) -> Person:
    """Someone with a token of their own, for what uses it up."""
    return scene.workspace.login(scene.person.username, "secret")


APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _verified(scene: Scene) -> Person:
    """Someone with a verified address, made for a second factor; it lacks one."""
    person, users = scene.workspace.person(), scene.workspace.database["users"]
    emails = [{"address": f"{person.username}@example.com", "verified": True}]
    users.update_one({"_id": person.id}, {"$set": {"emails": emails}})
    return person


def _enabling(scene: Scene) -> Person:
    """Someone who has not proven `APP_SECRET` yet."""
    return _with_factor(scene, {"enabled": False, "tempSecret": APP_SECRET})


def _protected(scene: Scene) -> Person:
    """Someone with `APP_SECRET` for a second factor."""
    return _with_factor(scene, {"enabled": True, "secret": APP_SECRET, "hashedBackup": []})


def _with_factor(scene: Scene, factor: Json) -> Person:
    person, users = scene.workspace.person(), scene.workspace.database["users"]
    users.update_one({"_id": person.id}, {"$set": {"services.totp": factor}})
    return person


def _app_code(scene: Scene) -> list[Any]:
    return [pyotp.TOTP(APP_SECRET).at(scene.workspace.runtime.clock.now())]


def _token_name(scene: Scene) -> Json:
    """Of a personal access token that the person has."""
    entry = {"hashedToken": fresh("h"), "type": "personalAccessToken", "name": fresh("t")}
    push = {"$push": {"services.resume.loginTokens": entry}}
    scene.workspace.database["users"].update_one({"_id": scene.person.id}, push)
    return {"tokenName": entry["name"]}


def _session(scene: Scene) -> Json:
    """Of one more login of the person."""
    return {"sessionId": session_id_of(hash_token(_passing(scene).token))}


def _login(scene: Scene) -> Json:
    return {"user": scene.person.username, "password": "secret"}


def _call(scene: Scene) -> Json:
    frame = {"msg": "method", "method": "rooms/get", "id": "1", "params": []}
    return {"message": ejson.dumps(frame)}


SESSION: Json = {
    **dict.fromkeys(("_id", "sessionId", "userId", "host", "ip"), str),
    "device": {"type": str, "name": str, "version": str, "longVersion": str, "os": dict},
    "loginAt": is_date,
}
INFO: Json = {"version": "6.12", **OK}
LOGGED_OUT: Json = {"status": "success", "data": {"message": "You've been logged out!"}}

EXAMPLES: dict[str, Example] = {
    **doors_admin.REST,
    **doors_commands.REST,
    **doors_links.REST,
    **doors_lists.REST,
    **doors_ldap.REST,
    **doors_mail.REST,
    **doors_messages.REST,
    **doors_oauth.REST,
    **doors_people.REST,
    **doors_pictures.REST,
    **doors_presence.REST,
    **doors_rooms.REST,
    **doors_talk.REST,
    **doors_teams.REST,
    **doors_upload.REST,
    "POST v1/login": Example(
        {"status": "success", "data": {"userId": str, "authToken": str, "me": ME}},
        _login,
        _nobody,
    ),
    "POST v1/users.resetTOTP": Example(OK, sender=_spare),
    "POST v1/users.resetE2EKey": Example(OK, sender=_spare),
    "POST v1/users.generatePersonalAccessToken": Example(
        {"token": str, **OK}, lambda scene: {"tokenName": fresh("t")}
    ),
    "POST v1/users.regeneratePersonalAccessToken": Example({"token": str, **OK}, _token_name),
    "POST v1/users.removePersonalAccessToken": Example(OK, _token_name),
    "GET v1/users.getPersonalAccessTokens": Example({"tokens": list, **OK}),
    "POST v1/users.createToken": Example(
        {"data": {"userId": str, "authToken": str}, **OK},
        lambda scene: {"userId": scene.person.id, "secret": MINTING},
    ),
    "POST v1/users.logoutOtherClients": Example(
        {"token": str, "tokenExpires": is_date, **OK}, sender=_spare
    ),
    "POST v1/users.removeOtherTokens": Example(OK, sender=_spare),
    "POST v1/users.logout": Example({"message": str, **OK}, sender=_spare),
    "GET v1/sessions/list": Example({"sessions": [{**SESSION, "current": bool}], **PAGE}),
    "GET v1/sessions/list.all": Example(
        {"sessions": [{**SESSION, "_user": USER}], **PAGE}, sender=_admin
    ),
    "GET v1/sessions/info": Example({**SESSION, "type": "session", **OK}, _session, more=True),
    "GET v1/sessions/info.admin": Example(
        {**SESSION, "type": "session", **OK}, _session, _admin, more=True
    ),
    "POST v1/sessions/logout.me": Example({"sessionId": str, **OK}, _session),
    "POST v1/sessions/logout": Example({"sessionId": str, **OK}, _session, _admin),
    "POST v1/logout": Example(LOGGED_OUT, sender=_passing),
    "GET v1/logout": Example(LOGGED_OUT, sender=_passing),
    "GET info": Example(INFO, sender=_nobody),
    "GET v1/info": Example(INFO, sender=_nobody),
    "POST v1/method.call/:name": Example({"message": str, **OK}, _call),
    "POST v1/method.callAnon/:name": Example({"message": str, **OK}, _call, _nobody),
}

METHOD_EXAMPLES: dict[str, Example] = {
    **doors_admin.METHODS,
    **doors_commands.METHODS,
    **doors_links.METHODS,
    **doors_lists.METHODS,
    **doors_ldap.METHODS,
    **doors_mail.METHODS,
    **doors_messages.METHODS,
    **doors_oauth.METHODS,
    **doors_people.METHODS,
    **doors_pictures.METHODS,
    **doors_presence.METHODS,
    **doors_rooms.METHODS,
    **doors_talk.METHODS,
    **doors_teams.METHODS,
    **doors_upload.METHODS,
    "login": Example(
        {"id": str, "token": str, "tokenExpires": is_moment, "type": "password"},
        lambda scene: [{"user": {"username": scene.person.username}, "password": "secret"}],
        _nobody,
    ),
    "logout": Example(VOID, lambda scene: [], _passing),
    "2fa:enable": Example({"secret": str, "url": str}, lambda scene: [], _verified),
    "2fa:validateTempToken": Example({"codes": [str]}, _app_code, _enabling),
    "2fa:disable": Example(True, _app_code, _protected),
    "2fa:regenerateCodes": Example({"codes": [str]}, _app_code, _protected),
    "2fa:checkCodesRemaining": Example({"remaining": 0}, lambda scene: [], _protected),
    "personalAccessTokens:generateToken": Example(str, lambda scene: [{"tokenName": fresh("t")}]),
    "personalAccessTokens:regenerateToken": Example(str, lambda scene: [_token_name(scene)]),
    "personalAccessTokens:removeToken": Example(VOID, lambda scene: [_token_name(scene)]),
    "createToken": Example(
        {"userId": str, "authToken": str}, lambda scene: [scene.person.id, MINTING]
    ),
    "getNewToken": Example(
        {"id": str, "token": str, "tokenExpires": is_moment}, lambda scene: [], _spare
    ),
    "removeOtherTokens": Example(VOID, lambda scene: [], _spare),
    "logoutOtherClients": Example(
        {"token": str, "tokenExpires": is_moment}, lambda scene: [], _spare
    ),
    "callWithTwoFactorRequired": Example(
        [room(is_moment)],
        lambda scene: [
            {"code": "123456", "method": "totp", "ddpMethod": "rooms/get", "params": []}
        ],
    ),
}
