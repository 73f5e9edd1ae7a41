"""A call of each method about rooms of every kind, teams among them, and files in them."""

from __future__ import annotations

from typing import Any

from tests.clients.library import Call, Kit, a_name


def with_bens_role(k: Kit, kind: str, role: str, verb: str) -> Any:
    """Give ben a role in a new room, or give it and take it away."""
    rid = getattr(k, kind.removesuffix("s"))()
    answer = getattr(k.admin, f"{kind}_add_{role}")(rid, user_id=k.ben.id)
    if verb == "remove":
        answer = getattr(k.admin, f"{kind}_remove_{role}")(rid, k.ben.id)
    return answer


def archived(k: Kit, kind: str) -> Any:
    rid = getattr(k, kind.removesuffix("s"))()
    getattr(k.admin, f"{kind}_archive")(rid)
    return getattr(k.admin, f"{kind}_unarchive")(rid)


def left(k: Kit, kind: str) -> Any:
    """Ben leaves a room where he is not the only owner."""
    return getattr(k.bens, f"{kind}_leave")(getattr(k, kind.removesuffix("s"))())


def both(kind: str) -> dict[str, Call]:
    """What channels and groups have in common."""

    def room(k: Kit) -> str:
        return str(getattr(k, kind.removesuffix("s"))())

    def plain(name: str, *args: Any) -> Call:
        return lambda k: getattr(k.admin, f"{kind}_{name}")(room(k), *args)

    def of_role(verb: str, role: str) -> Call:
        return lambda k: with_bens_role(k, kind, role, verb)

    calls = {
        "history": plain("history"),
        "archive": plain("archive"),
        "unarchive": lambda k: archived(k, kind),
        "close": plain("close"),
        "open": lambda k: getattr(k.admin, f"{kind}_open")(closed(k, kind)),
        "create": lambda k: getattr(k.admin, f"{kind}_create")(a_name()),
        "get_integrations": plain("get_integrations"),
        "invite": lambda k: getattr(k.admin, f"{kind}_invite")(room(k), k.workspace.person().id),
        "kick": lambda k: getattr(k.admin, f"{kind}_kick")(room(k), k.ben.id),
        "leave": lambda k: left(k, kind),
        "rename": lambda k: getattr(k.admin, f"{kind}_rename")(room(k), a_name()),
        "set_description": plain("set_description", "about"),
        "set_read_only": plain("set_read_only", True),
        "set_topic": plain("set_topic", "today"),
        "set_type": plain("set_type", "p" if kind == "channels" else "c"),
        "set_announcement": plain("set_announcement", "hear"),
        "info": plain("info"),
        "moderators": plain("moderators"),
        "members": plain("members"),
        "roles": plain("roles"),
        "files": plain("files"),
        "delete": plain("delete"),
    }
    for role in ("moderator", "owner", "leader"):
        for verb in ("add", "remove"):
            calls[f"{verb}_{role}"] = of_role(verb, role)
    return {f"{kind}_{name}": call for name, call in calls.items()}


def closed(k: Kit, kind: str) -> str:
    rid = str(getattr(k, kind.removesuffix("s"))())
    getattr(k.admin, f"{kind}_close")(rid)
    return rid


CHANNELS: dict[str, Call] = both("channels") | {
    "channels_list": lambda k: k.admin.channels_list(max_count=60),
    "channels_list_joined": lambda k: k.bens.channels_list_joined(),
    "channels_add_all": lambda k: k.admin.channels_add_all(k.channel()),
    "channels_join": lambda k: k.client(k.workspace.person()).channels_join(k.channel(), ""),
    "channels_set_default": lambda k: k.admin.channels_set_default(k.channel(), True),
    "channels_set_join_code": lambda k: k.admin.channels_set_join_code(k.channel(), "open"),
    "channels_set_custom_fields": lambda k: k.admin.channels_set_custom_fields(
        k.channel(), {"a": "b"}
    ),
    "channels_get_all_user_mentions_by_channel": lambda k: (
        k.admin.channels_get_all_user_mentions_by_channel(k.channel())
    ),
    "channels_counters": lambda k: k.admin.channels_counters(k.channel()),
    "channels_online": lambda k: k.admin.channels_online(k.channel()),
}

GROUPS: dict[str, Call] = both("groups") | {
    "groups_list_all": lambda k: k.admin.groups_list_all(max_count=60),
    "groups_list": lambda k: k.bens.groups_list(),
    "groups_set_encrypted": lambda k: k.admin.groups_set_encrypted(k.group(), False),
    "groups_set_custom_fields": lambda k: k.admin.groups_set_custom_fields(
        {"a": "b"}, room_id=k.group()
    ),
    "groups_convert_to_team": lambda k: k.admin.groups_convert_to_team(k.group()),
    "groups_online": lambda k: k.admin.groups_online(k.group()),
}

DIRECT: dict[str, Call] = {
    "dm_list": lambda k: k.bens.dm_list(),
    "dm_list_everyone": lambda k: k.admin.dm_list_everyone(max_count=60),
    "dm_history": lambda k: k.admin.dm_history(k.direct()),
    "dm_create": lambda k: k.admin.dm_create(k.ben.username),
    "dm_create_multiple": lambda k: k.admin.dm_create_multiple(
        [k.ben.username, k.workspace.person().username]
    ),
    "dm_open": lambda k: k.admin.dm_open(closed(k, "dm")),
    "dm_close": lambda k: k.admin.dm_close(k.dm()),
    "dm_members": lambda k: k.admin.dm_members(k.direct()),
    "dm_messages": lambda k: k.admin.dm_messages(k.direct()),
    "dm_set_topic": lambda k: k.admin.dm_set_topic(k.direct(), "us"),
    "dm_files": lambda k: k.admin.dm_files(k.direct()),
    "dm_counters": lambda k: k.admin.dm_counters(k.direct()),
    "dm_delete": lambda k: k.admin.dm_delete(k.dm()),
}

ROOMS: dict[str, Call] = {
    "rooms_get": lambda k: k.bens.rooms_get(),
    "rooms_clean_history": lambda k: k.admin.rooms_clean_history(k.channel(), k.future, k.past),
    "rooms_favorite": lambda k: k.bens.rooms_favorite(k.channel()),
    "rooms_info": lambda k: k.bens.rooms_info(k.channel()),
    "rooms_admin_rooms": lambda k: k.admin.rooms_admin_rooms(max_count=60),
    "rooms_create_discussion": lambda k: k.bens.rooms_create_discussion(k.channel(), "aside"),
    "rooms_leave": lambda k: k.bens.rooms_leave(k.channel()),
    "rooms_media": lambda k: k.bens.rooms_media(k.channel(), k.file()),
    "rooms_media_confirm": lambda k: k.bens.rooms_media_confirm(
        rid := k.channel(), k.media(rid), msg="a file"
    ),
}


def team_of(k: Kit) -> str:
    """A team with ben in it."""
    team = k.team()
    k.admin.teams_add_members(team, members=[{"userId": k.ben.id, "roles": ["member"]}])
    return team


def with_room(k: Kit) -> tuple[str, str]:
    """A team and a room of it."""
    team, rid = k.team(), k.channel()
    k.admin.teams_add_rooms(team, rooms=[rid])
    return team, rid


TEAMS: dict[str, Call] = {
    "teams_create": lambda k: k.admin.teams_create(a_name(), 0),
    "teams_delete": lambda k: k.admin.teams_delete(k.team()),
    "teams_list_all": lambda k: k.admin.teams_list_all(max_count=60),
    "teams_info": lambda k: k.admin.teams_info(k.team()),
    "teams_members": lambda k: k.admin.teams_members(team_of(k)),
    "teams_add_members": lambda k: k.admin.teams_add_members(
        k.team(), members=[{"userId": k.ben.id, "roles": ["member"]}]
    ),
    "teams_remove_member": lambda k: k.admin.teams_remove_member(team_of(k), user_id=k.ben.id),
    "teams_update_member": lambda k: k.admin.teams_update_member(
        team_of(k), member={"userId": k.ben.id, "roles": ["moderator"]}
    ),
    "teams_list_rooms": lambda k: k.admin.teams_list_rooms(with_room(k)[0]),
    "teams_add_rooms": lambda k: k.admin.teams_add_rooms(k.team(), rooms=[k.channel()]),
    "teams_remove_room": lambda k: k.admin.teams_remove_room(
        (made := with_room(k))[0], room_id=made[1]
    ),
    "teams_update_room": lambda k: k.admin.teams_update_room(with_room(k)[1], True),
    "teams_autocomplete": lambda k: k.admin.teams_autocomplete("n"),
    "teams_list_rooms_of_user": lambda k: k.admin.teams_list_rooms_of_user(
        team_of(k), user_id=k.ben.id
    ),
}

CALLS = CHANNELS | GROUPS | DIRECT | ROOMS | TEAMS
