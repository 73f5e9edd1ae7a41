"""Making, joining, changing and ending rooms."""

from contrail.shapes.rows import Method, Refusal, Rest
from functions.rooms.routes_refusals import NO_SUCH_CHANNEL, NO_SUCH_GROUP

CREATING = {
    "channels": Refusal(on="create-c", error="unauthorized", status=403),
    "groups": Refusal(on="create-p", error="unauthorized", status=403),
}
CLOSED = {"channels": NO_SUCH_CHANNEL, "groups": NO_SUCH_GROUP}
KEYS = {"channels": "channel", "groups": "group"}

BOTH = (
    ("addAll", "add_all"),
    ("addLeader", "add_leader"),
    ("addModerator", "add_moderator"),
    ("addOwner", "add_owner"),
    ("archive", "archive"),
    ("delete", "delete"),
    ("invite", "invite"),
    ("kick", "kick"),
    ("leave", "leave"),
    ("removeLeader", "remove_leader"),
    ("removeModerator", "remove_moderator"),
    ("removeOwner", "remove_owner"),
    ("rename", "rename"),
    ("setAnnouncement", "set_announcement"),
    ("setCustomFields", "set_custom_fields"),
    ("setDescription", "set_description"),
    ("setPurpose", "set_purpose"),
    ("setReadOnly", "set_read_only"),
    ("setTopic", "set_topic"),
    ("setType", "set_type"),
    ("unarchive", "unarchive"),
)
"""What `channels.*` and `groups.*` have alike: the name and the use case."""
OWN = {
    "channels": (("setDefault", "set_default"), ("setJoinCode", "set_join_code")),
    "groups": (("setEncrypted", "set_encrypted"),),
}


def _rows(family: str) -> tuple[Rest, ...]:
    return tuple(
        Rest("POST", f"v1/{family}.{name}", f"of_{family}:{use_case}", refuses=(CLOSED[family],))
        for name, use_case in (*BOTH, *OWN[family])
    )


def _invalid_room(method: str, on: str = "missing") -> Refusal:
    return Refusal(
        on=on,
        error="Invalid room [error-invalid-room]",
        error_type="error-invalid-room",
        details={"method": method},
    )


def _forbidden(reason: str, action: str) -> Refusal:
    return Refusal(
        on="room",
        error=f"{reason} [error-action-not-allowed]",
        error_type="error-action-not-allowed",
        details={"method": "saveRoomSettings", "action": action},
    )


def _unauthorized(method: str) -> tuple[Refusal, ...]:
    refused = Refusal(
        on="room",
        error="Not authorized [error-not-authorized]",
        error_type="error-not-authorized",
        details={"method": method},
    )
    return refused, _invalid_room(method)


def _outside(method: str) -> tuple[Refusal, ...]:
    return Refusal.not_allowed("room", method), _invalid_room(method)


EDITING = (
    _forbidden("Editing room is not allowed", "Editing_room"),
    _invalid_room("saveRoomSettings"),
)
NOT_INSIDE = Refusal(
    on="room",
    error="You are not in this room [error-user-not-in-room]",
    error_type="error-user-not-in-room",
    details={"method": "leaveRoom"},
)
FORBIDDEN = Refusal(
    on="room",
    error="Access to Method Forbidden [403]",
    error_type=403,
    details={"method": "addAllToRoom"},
)

REST = (
    Rest(
        "POST",
        "v1/channels.create",
        "making:create_channel",
        key="channel",
        refuses=(CREATING["channels"],),
    ),
    Rest(
        "POST",
        "v1/groups.create",
        "making:create_group",
        key="group",
        refuses=(CREATING["groups"],),
    ),
    Rest("POST", "v1/channels.join", "joining:join", key="channel", refuses=(NO_SUCH_CHANNEL,)),
    *_rows("channels"),
    *_rows("groups"),
    Rest(
        "POST",
        "v1/rooms.changeArchivationState",
        "archiving:change_state",
        refuses=_unauthorized("archiveRoom"),
    ),
    Rest("POST", "v1/rooms.delete", "erasing:delete_any", refuses=_outside("eraseRoom")),
    Rest("POST", "v1/rooms.leave", "leaving:leave_any", refuses=(NO_SUCH_CHANNEL,)),
    Rest(
        "POST",
        "v1/rooms.muteUser",
        "muting:mute",
        refuses=(Refusal.not_allowed("room", "muteUserInRoom"),),
    ),
    Rest(
        "POST",
        "v1/rooms.unmuteUser",
        "muting:unmute",
        refuses=(Refusal.not_allowed("room", "unmuteUserInRoom"),),
    ),
    Rest("POST", "v1/rooms.saveRoomSettings", "saving:save_rest", refuses=EDITING),
)


def _role(method: str, use_case: str) -> Method:
    refuses = (Refusal.not_allowed("room", method), _invalid_room(method))
    return Method(method, f"roles:{use_case}", ("rid", "userId"), refuses=refuses)


METHODS = (
    Method(
        "createChannel",
        "making:channel_method",
        ("name", "members", "readOnly", "customFields", "extraData"),
        refuses=(Refusal.not_allowed("create-c", "createChannel"),),
    ),
    Method(
        "createPrivateGroup",
        "making:group_method",
        ("name", "members", "readOnly", "customFields", "extraData"),
        refuses=(Refusal.not_allowed("create-p", "createPrivateGroup"),),
    ),
    Method(
        "joinRoom",
        "joining:join_method",
        ("roomId", "joinCode"),
        refuses=(Refusal.not_allowed("room", "joinRoom"), _invalid_room("joinRoom")),
        idempotent=True,
    ),
    Method(
        "leaveRoom",
        "leaving:leave_method",
        ("rid",),
        refuses=(NOT_INSIDE, _invalid_room("leaveRoom")),
    ),
    Method("addUserToRoom", "adding:user_method", ("data",), refuses=_outside("addUsersToRoom")),
    Method("addUsersToRoom", "adding:users_method", ("data",), refuses=_outside("addUsersToRoom")),
    Method(
        "addAllUserToRoom", "adding:all_method", ("rid", "activeUsersOnly"), refuses=(FORBIDDEN,)
    ),
    Method(
        "removeUserFromRoom",
        "leaving:kick_method",
        ("data",),
        refuses=(Refusal.not_allowed("room", "removeUserFromRoom"),),
    ),
    _role("addRoomOwner", "add_owner_method"),
    _role("removeRoomOwner", "remove_owner_method"),
    _role("addRoomModerator", "add_moderator_method"),
    _role("removeRoomModerator", "remove_moderator_method"),
    _role("addRoomLeader", "add_leader_method"),
    _role("removeRoomLeader", "remove_leader_method"),
    Method(
        "archiveRoom",
        "archiving:archive_method",
        ("rid",),
        refuses=_unauthorized("archiveRoom"),
        idempotent=True,
    ),
    Method(
        "unarchiveRoom",
        "archiving:unarchive_method",
        ("rid",),
        refuses=_unauthorized("unarchiveRoom"),
        idempotent=True,
    ),
    Method("eraseRoom", "erasing:erase_method", ("rid",), refuses=_outside("eraseRoom")),
    Method("saveRoomSettings", "saving:save_method", ("rid", "settings", "value"), refuses=EDITING),
    Method(
        "muteUserInRoom",
        "muting:mute_method",
        ("data",),
        refuses=(Refusal.not_allowed("room", "muteUserInRoom"),),
    ),
    Method(
        "unmuteUserInRoom",
        "muting:unmute_method",
        ("data",),
        refuses=(Refusal.not_allowed("room", "unmuteUserInRoom"),),
    ),
    Method("blockUser", "muting:block", ("data",), refuses=(_invalid_room("blockUser", "room"),)),
    Method(
        "unblockUser", "muting:unblock", ("data",), refuses=(_invalid_room("unblockUser", "room"),)
    ),
)
