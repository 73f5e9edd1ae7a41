"""Examples for teams, discussions, invites and finding: see `doors.py`."""

from __future__ import annotations

from functools import cache

from tests.support.doors_shapes import channel, room
from tests.support.example import OK, PAGE, USER, Example, admin, nobody
from tests.support.scene import Scene, fresh, is_date, is_moment
from tests.support.workspace import Json, Person

TEAM: Json = {
    **dict.fromkeys(("_id", "name", "roomId"), str),
    **dict.fromkeys(("createdAt", "_updatedAt"), is_date),
    "type": int,
    "createdBy": USER,
}
COUNTED: Json = {**TEAM, "rooms": int, "numberOfUsers": int}
ROOM: Json = channel(is_date)
INVITE: Json = {
    **dict.fromkeys(("_id", "rid", "userId"), str),
    **dict.fromkeys(("days", "maxUses", "uses"), int),
    "createdAt": is_date,
}


def new_team(person: Person, **more: object) -> Json:
    given = {"name": fresh("team"), "type": 0, **more}
    team: Json = person.ok("POST", "v1/teams.create", given)["team"]
    return team


@cache
def _team(person: Person) -> Json:
    """A team that goes on."""
    return new_team(person)


def _nothing(scene: Scene) -> Json:
    """For lists, which are to hold something."""
    _team(scene.person)
    return {}


def _in_team(scene: Scene) -> Json:
    return {"teamId": _team(scene.person)["_id"]}


def _ending(scene: Scene) -> Json:
    return {"teamId": new_team(scene.person)["_id"]}


def _own_channel(scene: Scene) -> str:
    return str(scene.workspace.channel(scene.person)["_id"])


def _team_room(scene: Scene) -> Json:
    """A channel in the team; where the scene's own is closed, that one."""
    team = _in_team(scene)
    if scene.room["t"] != "c":
        return {**team, "roomId": scene.room["_id"]}
    rid = _own_channel(scene)
    scene.person.ok("POST", "v1/teams.addRooms", {**team, "rooms": [rid]})
    return {**team, "roomId": rid}


def _with_member(scene: Scene) -> Json:
    team, member = _in_team(scene), {"userId": scene.other.id}
    scene.person.ok("POST", "v1/teams.addMembers", {**team, "members": [member]})
    return {**team, **member}


def _changed_member(scene: Scene) -> Json:
    given = _with_member(scene)
    return {"teamId": given["teamId"], "member": {"userId": given["userId"], "roles": ["leader"]}}


def _changed_room(scene: Scene) -> Json:
    return {"roomId": _team_room(scene)["roomId"], "isDefault": False}


def _leaving(scene: Scene) -> Json:
    """A team of someone else's."""
    team = new_team(scene.other)
    given = {"teamId": team["_id"], "members": [{"userId": scene.person.id}]}
    scene.other.ok("POST", "v1/teams.addMembers", given)
    return {"teamId": team["_id"]}


def _group(scene: Scene) -> Json:
    """A private room of the person's; where the scene's own is closed, that one."""
    if scene.room["t"] != "c":
        return {"roomId": scene.room["_id"]}
    rid = _own_channel(scene)
    for name, key in (("room", "_id"), ("subscription", "rid")):
        scene.workspace.database[f"rocketchat_{name}"].update_one({key: rid}, {"$set": {"t": "p"}})
    return {"roomId": rid}


def _discussion(scene: Scene) -> Json:
    return {"prid": scene.room["_id"], "t_name": fresh("discussion")}


def _with_discussion(scene: Scene) -> Json:
    if scene.room["t"] == "c":
        scene.person.ok("POST", "v1/rooms.createDiscussion", _discussion(scene))
    return {"roomId": scene.room["_id"]}


def _inviting(scene: Scene) -> Json:
    rid = "GENERAL" if scene.room["t"] == "c" else scene.room["_id"]
    return {"rid": rid, "days": 1, "maxUses": 10}


def _listed_invite(scene: Scene) -> Json:
    _token(scene)
    return {}


def _token(scene: Scene) -> Json:
    """Of an invite to the general room."""
    invites, made = scene.workspace.database["rocketchat_invites"], fresh("i")
    now = scene.workspace.runtime.clock.now()
    invite = {"_id": made, "rid": "GENERAL", "userId": scene.other.id, "createdAt": now}
    invites.insert_one({**invite, "days": 0, "maxUses": 0, "uses": 0, "expires": None})
    return {"token": made}


def _any_invite(scene: Scene) -> Json:
    """The one that paths of examples name."""
    invites = scene.workspace.database["rocketchat_invites"]
    invites.update_one({"_id": "any"}, {"$set": {"rid": "GENERAL", "uses": 0}}, upsert=True)
    return {"_id": "any"}


REST: dict[str, Example] = {
    "GET v1/teams.list": Example({"teams": [COUNTED], **PAGE}, _nothing),
    "GET v1/teams.listAll": Example({"teams": [COUNTED], **PAGE}, _nothing, admin),
    "GET v1/teams.info": Example({"teamInfo": TEAM, **OK}, _in_team),
    "GET v1/teams.autocomplete": Example(
        {"teams": [{"_id": str, "name": str, "fname": str, "t": "c", "teamId": str}], **OK},
        lambda scene: {"name": _team(scene.person)["name"]},
    ),
    "GET v1/users.listTeams": Example(
        {"teams": [{**TEAM, "isOwner": bool}], **OK},
        lambda scene: {"userId": scene.person.id, **_nothing(scene)},
    ),
    "POST v1/teams.update": Example(
        OK, lambda scene: {**_in_team(scene), "data": {"name": fresh("team")}}
    ),
    "POST v1/teams.create": Example(
        {"team": TEAM, **OK}, lambda scene: {"name": fresh("team"), "type": 0}
    ),
    "POST v1/channels.convertToTeam": Example(
        {"team": TEAM, **OK}, lambda scene: {"channelId": _own_channel(scene)}
    ),
    "POST v1/groups.convertToTeam": Example({"team": TEAM, **OK}, _group),
    "POST v1/teams.convertToChannel": Example(OK, _ending),
    "POST v1/teams.delete": Example(OK, _ending),
    "GET v1/teams.members": Example(
        {
            "members": [
                {
                    "user": {**USER, "name": str, "status": str},
                    "roles": list,
                    "createdBy": USER,
                    "createdAt": is_date,
                }
            ],
            **PAGE,
        },
        _in_team,
    ),
    "POST v1/teams.addMembers": Example(
        OK, lambda scene: {**_in_team(scene), "members": [{"userId": scene.other.id}]}
    ),
    "POST v1/teams.updateMember": Example(OK, _changed_member),
    "POST v1/teams.removeMember": Example(OK, _with_member),
    "POST v1/teams.leave": Example(OK, _leaving),
    "POST v1/teams.addRooms": Example(
        {"rooms": [{**ROOM, "teamId": str}], **OK},
        lambda scene: {**_in_team(scene), "rooms": [_own_channel(scene)]},
    ),
    "POST v1/teams.removeRoom": Example({"room": ROOM, **OK}, _team_room),
    "POST v1/teams.updateRoom": Example(
        {"room": {**ROOM, "teamDefault": bool}, **OK}, _changed_room
    ),
    "GET v1/teams.listRooms": Example(
        {"rooms": [{**ROOM, "teamId": str}], **PAGE},
        lambda scene: {"teamId": _team_room(scene)["teamId"]},
    ),
    "GET v1/teams.listRoomsOfUser": Example(
        {"rooms": [{**ROOM, "isLastOwner": bool}], **PAGE},
        lambda scene: {"teamId": _team_room(scene)["teamId"], "userId": scene.person.id},
    ),
    "POST v1/rooms.createDiscussion": Example(
        {"discussion": {**ROOM, "rid": str, "prid": str, "topic": str}, **OK}, _discussion
    ),
    "GET v1/rooms.getDiscussions": Example(
        {"discussions": [{**ROOM, "prid": str}], **PAGE}, _with_discussion
    ),
    "POST v1/findOrCreateInvite": Example(
        {**INVITE, "url": str, "expires": is_date, "_updatedAt": is_date, **OK}, _inviting, admin
    ),
    "GET v1/listInvites": Example([INVITE], _listed_invite, admin, more=True),
    "DELETE v1/removeInvite/:_id": Example(True, _any_invite, admin, more=True),
    "POST v1/useInviteToken": Example(
        {"room": {"rid": "GENERAL", "name": str, "t": "c"}, **OK}, _token
    ),
    "POST v1/sendInvitationEmail": Example(
        OK, lambda scene: {"emails": ["someone@example.com"]}, admin
    ),
    "POST v1/validateInviteToken": Example({"valid": True, **OK}, _token, nobody),
    "GET v1/directory": Example(
        {"result": [{"_id": str, "name": str, "t": str}], **PAGE},
        lambda scene: {"type": "channels", "text": scene.room["name"]},
    ),
    "GET v1/spotlight": Example(
        {"users": [{**USER, "name": str, "status": str}], "rooms": list, **OK},
        lambda scene: {"query": scene.other.username, "rid": scene.room["_id"]},
    ),
}

METHODS: dict[str, Example] = {
    "createDiscussion": Example(
        {**room(is_moment), "rid": str, "prid": str}, lambda scene: [_discussion(scene)]
    ),
    "browseChannels": Example(
        {"total": int, "results": [{"_id": str, "name": str, "t": str}]},
        lambda scene: [{"type": "channels", "text": scene.room["name"], "offset": 0}],
    ),
    "spotlight": Example(
        {"users": [{**USER, "name": str, "status": str}], "rooms": list},
        lambda scene: [scene.other.username, [], {"users": True}, scene.room["_id"]],
    ),
}
