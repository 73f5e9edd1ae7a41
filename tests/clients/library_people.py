"""A call of each method about people, what they may do, settings and pictures."""

from __future__ import annotations

from typing import Any

from rocketchat_API.rocketchat import RocketChat

from tests.clients.library import Call, Kit, a_name


def registered(k: Kit) -> Any:
    name = a_name()
    guest = RocketChat(server_url=k.workspace.url)
    return guest.users_register(f"{name}@example.com", name, "secret", name)


def created(k: Kit) -> Any:
    name = a_name()
    return k.admin.users_create(f"{name}@example.com", name, "secret", name)


def some_permission(k: Kit) -> list[dict[str, Any]]:
    """A permission with the roles that it has anyway."""
    rows = k.admin.permissions_list_all()["update"]
    (row,) = (row for row in rows if row["_id"] == "view-statistics")
    return [{"_id": row["_id"], "roles": row["roles"]}]


def with_role(k: Kit) -> Any:
    person = k.workspace.person()
    k.admin.roles_add_user_to_role("bot", person.username)
    return k.admin.roles_remove_user_from_role("bot", person.username)


PEOPLE: dict[str, Call] = {
    "me": lambda k: k.bens.me(),
    "users_info": lambda k: k.bens.users_info(k.ben.id),
    "users_list": lambda k: k.admin.users_list(max_count=60),
    "users_get_presence": lambda k: k.admin.users_get_presence(k.ben.id),
    "users_create": created,
    "users_delete": lambda k: k.admin.users_delete(k.workspace.person().id),
    "users_register": registered,
    "users_update": lambda k: k.admin.users_update(k.ben.id, data={"bio": "here"}),
    "users_set_active_status": lambda k: k.admin.users_set_active_status(
        k.workspace.person().id, False
    ),
    "users_forgot_password": lambda k: k.admin.users_forgot_password(
        f"{k.ben.username}@example.com"
    ),
    "users_get_preferences": lambda k: k.bens.users_get_preferences(),
    "users_set_preferences": lambda k: k.bens.users_set_preferences(k.ben.id, {"clockMode": 2}),
    "users_set_status": lambda k: k.bens.users_set_status("working"),
    "logout": lambda k: k.client(k.workspace.person()).logout(),
    "custom_user_status_list": lambda k: k.bens.custom_user_status_list(),
    "custom_user_status_create": lambda k: k.admin.custom_user_status_create(a_name(), "busy"),
    "custom_user_status_delete": lambda k: k.admin.custom_user_status_delete(k.user_status()),
    "custom_user_status_update": lambda k: k.admin.custom_user_status_update(
        k.user_status(), a_name(), "away"
    ),
    "subscriptions_get": lambda k: k.bens.subscriptions_get(),
    "subscriptions_get_one": lambda k: k.bens.subscriptions_get_one(k.channel()),
    "subscriptions_unread": lambda k: k.admin.subscriptions_unread(
        (rid := k.channel(), k.message(rid))[0]
    ),
    "subscriptions_read": lambda k: k.bens.subscriptions_read(k.channel()),
}

RIGHTS: dict[str, Call] = {
    "permissions_list_all": lambda k: k.bens.permissions_list_all(),
    "permissions_update": lambda k: k.admin.permissions_update(some_permission(k)),
    "roles_list": lambda k: k.bens.roles_list(),
    "roles_add_user_to_role": lambda k: k.admin.roles_add_user_to_role(
        "bot", k.workspace.person().username
    ),
    "roles_remove_user_from_role": with_role,
    "roles_get_users_in_role": lambda k: k.admin.roles_get_users_in_role("admin"),
    "roles_sync": lambda k: k.bens.roles_sync(k.past),
}

WORKSPACE: dict[str, Call] = {
    "info": lambda k: k.bens.info(),
    "directory": lambda k: k.bens.directory({"text": "general", "type": "channels"}),
    "spotlight": lambda k: k.bens.spotlight("#general"),
    "settings": lambda k: k.admin.settings(max_count=60),
    "settings_public": lambda k: k.bens.settings_public(max_count=60),
    "settings_get": lambda k: k.admin.settings_get("Site_Name"),
    "settings_update": lambda k: k.admin.settings_update("Site_Name", "Rocket.Chat"),
    "service_configurations": lambda k: k.bens.service_configurations(),
    "find_or_create_invite": lambda k: k.admin.find_or_create_invite(k.channel(), 1, 5),
    "list_invites": lambda k: k.admin.list_invites(),
    "remove_invite": lambda k: k.admin.remove_invite(k.invite()),
    "use_invite_token": lambda k: k.client(k.workspace.person()).use_invite_token(k.invite()),
    "send_invitation_email": lambda k: k.admin.send_invitation_email(["someone@example.com"]),
    "validate_invite_token": lambda k: k.bens.validate_invite_token(k.invite()),
}

CALLS = PEOPLE | RIGHTS | WORKSPACE
