"""What clients are told of the login services that are on. Secrets are no part of it."""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.oauth_services import CUSTOM, PREFIX
from contrail.shapes.rows import Document

NAMED = {"Meteor": "meteor-developer"}
CLIENT = {"Facebook": "appId", "Twitter": "consumerKey"}
"""What these call their client's id."""
BUTTON = {
    "buttonLabelText": "button_label_text",
    "buttonLabelColor": "button_label_color",
    "buttonColor": "button_color",
}
OF_CUSTOM = {
    "clientId": "id",
    "serverURL": "url",
    "tokenPath": "token_path",
    "identityPath": "identity_path",
    "authorizePath": "authorize_path",
    "scope": "scope",
    "accessTokenParam": "access_token_param",
    "loginStyle": "login_style",
    "tokenSentVia": "token_sent_via",
    "identityTokenSentVia": "identity_token_sent_via",
    "keyField": "key_field",
    "usernameField": "username_field",
    "emailField": "email_field",
    "nameField": "name_field",
    "avatarField": "avatar_field",
    "rolesClaim": "roles_claim",
    "groupsClaim": "groups_claim",
    "channelsMap": "groups_channel_map",
    "channelsAdmin": "channels_admin",
    "mapChannels": "map_channels",
    "mergeRoles": "merge_roles",
    "rolesToSync": "roles_to_sync",
    "mergeUsers": "merge_users",
    "mergeUsersDistinctServices": "merge_users_distinct_services",
    "showButton": "show_button",
    **BUTTON,
}


def services(at: Instance) -> list[Document]:
    """Those that are on, with `_id` and `service`."""
    known = at.caches.snapshot.settings
    found = []
    for key, value in known.items():
        if value is not True:
            continue
        if key.startswith(CUSTOM) and f"{key}-id" in known:
            found.append(_custom(key, known))
        elif key.startswith(PREFIX) and f"{key}_id" in known:
            found.append(_built_in(key, known))
    return sorted(found, key=lambda one: str(one["service"]))


def _built_in(key: str, known: dict[str, Any]) -> Document:
    name = key.removeprefix(PREFIX)
    service = NAMED.get(name, name.lower())
    row = {"_id": service, "service": service, "custom": False}
    row[CLIENT.get(name, "clientId")] = known[f"{key}_id"]
    given = {field: known.get(f"{key}_{part}") for field, part in BUTTON.items()}
    return {**row, **{field: value for field, value in given.items() if value is not None}}


def _custom(key: str, known: dict[str, Any]) -> Document:
    service = key.removeprefix(CUSTOM).lower()
    given = {field: known.get(f"{key}-{part}") for field, part in OF_CUSTOM.items()}
    row = {"_id": service, "service": service, "custom": True}
    return {**row, **{field: value for field, value in given.items() if value is not None}}
