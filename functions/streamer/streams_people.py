"""What facts about people, settings and roles send where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contrail.domain.listening import READING_SETTINGS
from contrail.shapes.facts import PermissionChanged, RoleChanged, SettingChanged, UserRoleChanged
from contrail.shapes.people_facts import (
    CustomStatusChanged,
    UserChanged,
    UserDeleted,
    UserRenamed,
    UserStatusChanged,
)
from contrail.shapes.rows import Document
from functions.streamer.emission import (
    EVERYONE,
    NOTIFY_ALL,
    NOTIFY_LOGGED,
    NOTIFY_USER,
    PRESENCE,
    PRIVATE_SETTINGS,
    STATUSES,
    USERS,
    Emission,
    watchers,
)

OWN_DOCUMENT = ("username", "emails", "name")
"""What clients get of their own user as a document."""
PUBLIC_INFO = "public-info"


def echoed(sent: Sequence[Emission]) -> list[Emission]:
    """What is told to all is told once more as `public-info`."""
    return [
        *sent,
        *(
            replace(one, event=PUBLIC_INFO, args=[[one.event, one.args]])
            for one in sent
            if one.stream == NOTIFY_ALL
        ),
    ]


def of_own(fact: UserChanged) -> list[Emission]:
    sent = [own_data(fact.uid, fact.diff, fact.unset)]
    fields = {key: fact.diff[key] for key in OWN_DOCUMENT if key in fact.diff}
    if fields:
        here = f"user:{fact.uid}"
        sent.append(Emission(here, USERS, "", [fields], kind="document"))
    return sent


def own_data(uid: str, diff: Document, unset: Sequence[str] = ()) -> Emission:
    data = {"type": "updated", "id": uid, "diff": diff, "unset": dict.fromkeys(unset, 1)}
    return Emission(f"user:{uid}", NOTIFY_USER, f"{uid}/userData", [data])


def of_status(fact: UserStatusChanged) -> list[Emission]:
    user = fact.user
    uid, name, text = user["_id"], user.get("username"), user.get("statusText") or ""
    sent = [own_data(uid, {"status": user["status"], "statusText": text})]
    number = STATUSES.index(user["status"])
    if name and fact.everyone:
        shown = [uid, name, number, text, user.get("name"), user.get("roles") or []]
        sent.append(Emission(EVERYONE, NOTIFY_LOGGED, "user-status", [shown]))
    if name and fact.watched:
        sent.append(Emission(watchers(uid), PRESENCE, uid, [[name, number, text]]))
    return sent


def of_people(fact: UserRenamed | UserDeleted | CustomStatusChanged) -> list[Emission]:
    """What everyone who is logged in hears of people."""
    if isinstance(fact, UserRenamed):
        data = {"_id": fact.uid, "name": fact.name, "username": fact.username}
        return [Emission(EVERYONE, NOTIFY_LOGGED, "Users:NameChanged", [data])]
    if isinstance(fact, CustomStatusChanged):
        name = ("update" if fact.action == "updated" else "delete") + "CustomUserStatus"
        status = {"userStatusData": fact.status}
        return [Emission(EVERYONE, NOTIFY_LOGGED, name, [status])]
    if fact.erasure == "Keep":
        return []
    gone: Document = {"userId": fact.uid, "messageErasureType": fact.erasure}
    if fact.replaced_by:
        gone["replaceByUser"] = fact.replaced_by
    return [Emission(EVERYONE, NOTIFY_LOGGED, "Users:Deleted", [gone])]


def of_setting(fact: SettingChanged) -> list[Emission]:
    row = fact.setting
    # Who may only manage selected settings hears of those.
    needs = (*READING_SETTINGS[:2], f"change-setting-{row['_id']}")
    sent = [Emission(EVERYONE, NOTIFY_LOGGED, PRIVATE_SETTINGS, [fact.action, row], needs=needs)]
    if row.get("public"):
        names = ("_id", "value", "editor", "properties", "enterprise", "requiredOnWizard")
        args = [fact.action, {key: row[key] for key in names if key in row}]
        sent.append(Emission(EVERYONE, NOTIFY_ALL, "public-settings-changed", args))
    return sent


def of_roles(fact: PermissionChanged | RoleChanged | UserRoleChanged) -> list[Emission]:
    if isinstance(fact, PermissionChanged):
        args: list[Any] = ["updated", fact.permission]
        return [Emission(EVERYONE, NOTIFY_LOGGED, "permissions-changed", args)]
    if isinstance(fact, RoleChanged):
        args = [{"type": fact.action, **fact.role}]
        return [Emission(EVERYONE, "stream-roles", "roles", args)]
    told = {"type": fact.action, "_id": fact.role, "u": fact.user, "scope": fact.scope}
    args = [{key: value for key, value in told.items() if value is not None}]
    return [Emission(EVERYONE, NOTIFY_LOGGED, "roles-change", args)]
