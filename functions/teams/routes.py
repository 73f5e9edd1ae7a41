"""What the teams service answers."""

from contrail.shapes.rows import Listing, Refusal, Rest, Table

CREATING = Refusal(on="create-team", error="unauthorized", status=403)
NO_SUCH_ROOM = Refusal(on="room", error="invalid-room")
NO_SUCH_GROUP = Refusal(
    on="room",
    error='The required "roomId" or "roomName" param provided does not match any group '
    "[error-room-not-found]",
    error_type="error-room-not-found",
)
TERMS = ("", "$in", "$ne", "$regex", "$options")
TEAMS = Listing(
    sort=("name", "type", "createdAt", "_updatedAt"),
    query={"_id": TERMS, "name": TERMS, "type": ("", "$in", "$ne"), "roomId": ("", "$in")},
)

PEOPLE = Listing(sort=("username", "name", "status"))
ROOMS = Listing(sort=("name", "fname", "ts", "lm", "usersCount"))
BY_NAME = Listing(sort=("name", "fname"))

REST = (
    Rest("GET", "v1/teams.list", "teams:list_own", listing=TEAMS),
    Rest("GET", "v1/teams.listAll", "teams:list_all", listing=TEAMS),
    Rest("GET", "v1/teams.info", "teams:info", key="teamInfo"),
    Rest("GET", "v1/teams.autocomplete", "teams:autocomplete", key="teams"),
    Rest("GET", "v1/users.listTeams", "teams:list_of_user", key="teams"),
    Rest("POST", "v1/teams.update", "teams:update"),
    Rest("POST", "v1/teams.create", "making:create", key="team", refuses=(CREATING,)),
    Rest(
        "POST",
        "v1/channels.convertToTeam",
        "converting:convert_channel",
        key="team",
        refuses=(CREATING,),
    ),
    Rest(
        "POST",
        "v1/groups.convertToTeam",
        "converting:convert_group",
        key="team",
        refuses=(CREATING, NO_SUCH_GROUP),
    ),
    Rest("POST", "v1/teams.convertToChannel", "ending:convert_to_channel"),
    Rest("POST", "v1/teams.delete", "ending:delete"),
    Rest("GET", "v1/teams.members", "members:members", listing=PEOPLE),
    Rest("POST", "v1/teams.addMembers", "members:add_members"),
    Rest("POST", "v1/teams.updateMember", "members:update_member"),
    Rest("POST", "v1/teams.removeMember", "members:remove_member"),
    Rest("POST", "v1/teams.leave", "members:leave"),
    Rest("POST", "v1/teams.addRooms", "rooms:add"),
    Rest("POST", "v1/teams.removeRoom", "rooms:remove", refuses=(NO_SUCH_ROOM,)),
    Rest("POST", "v1/teams.updateRoom", "rooms:update", refuses=(NO_SUCH_ROOM,)),
    Rest("GET", "v1/teams.listRooms", "rooms:list_rooms", listing=ROOMS),
    Rest("GET", "v1/teams.listRoomsOfUser", "rooms:list_rooms_of_user", listing=BY_NAME),
)

TABLE = Table(service="teams", rest=REST)
