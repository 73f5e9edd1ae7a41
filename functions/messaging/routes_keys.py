"""End-to-end encryption and off-the-record talk."""

from contrail.shapes.rows import Method, Refusal, Rest


def _no_room(method: str) -> tuple[Refusal, ...]:
    return (
        Refusal(
            on="room",
            error="Invalid room [error-invalid-room]",
            error_type="error-invalid-room",
            details={"method": method},
        ),
    )


INVALID_ROOM = Refusal(
    on="room", error="Invalid room [error-invalid-room]", error_type="error-invalid-room"
)

REST = (
    Rest("GET", "v1/e2e.fetchMyKeys", "keys:own"),
    Rest("POST", "v1/e2e.setUserPublicAndPrivateKeys", "keys:set_own"),
    Rest(
        "POST",
        "v1/e2e.setRoomKeyID",
        "keys:set_room_key_id",
        refuses=_no_room("e2e.setRoomKeyID"),
    ),
    Rest(
        "POST",
        "v1/e2e.updateGroupKey",
        "keys:update_group_key",
        refuses=_no_room("e2e.updateGroupKey"),
    ),
    Rest(
        "GET",
        "v1/e2e.getUsersOfRoomWithoutKey",
        "keys:without_key",
        refuses=_no_room("e2e.getUsersOfRoomWithoutKey"),
    ),
    Rest(
        "POST",
        "v1/e2e.acceptSuggestedGroupKey",
        "keys:accept",
        refuses=_no_room("e2e.acceptSuggestedGroupKey"),
    ),
    Rest(
        "POST",
        "v1/e2e.rejectSuggestedGroupKey",
        "keys:reject",
        refuses=_no_room("e2e.rejectSuggestedGroupKey"),
    ),
    Rest("GET", "v1/e2e.fetchUsersWaitingForGroupKey", "keys:waiting"),
    Rest("POST", "v1/e2e.provideUsersSuggestedGroupKeys", "keys:provide"),
    Rest("POST", "v1/chat.otr", "otr:say", refuses=(INVALID_ROOM,)),
)

METHODS = (
    Method("e2e.fetchMyKeys", "keys:own", idempotent=True),
    Method("e2e.setUserPublicAndPrivateKeys", "keys:set_own_method", ("keyPair",)),
    Method(
        "e2e.setRoomKeyID",
        "keys:set_room_key_id",
        ("rid", "keyID"),
        refuses=_no_room("e2e.setRoomKeyID"),
    ),
    Method(
        "e2e.updateGroupKey",
        "keys:update_group_key",
        ("rid", "uid", "key"),
        refuses=_no_room("e2e.updateGroupKey"),
        idempotent=True,
    ),
    Method(
        "e2e.getUsersOfRoomWithoutKey",
        "keys:without_key",
        ("rid",),
        refuses=_no_room("e2e.getUsersOfRoomWithoutKey"),
        idempotent=True,
    ),
    Method("e2e.requestSubscriptionKeys", "keys:request", idempotent=True),
    Method("sendSystemMessages", "otr:say_method", ("rid", "user", "id"), refuses=(INVALID_ROOM,)),
    Method(
        "deleteOldOTRMessages",
        "otr:forget",
        ("rid",),
        refuses=(Refusal.not_allowed("room", "deleteOldOTRMessages"),),
        idempotent=True,
    ),
    Method(
        "updateOTRAck",
        "otr:acknowledge",
        ("given",),
        refuses=(
            Refusal(
                on="room",
                error="Invalid user, not in room [error-invalid-user]",
                error_type="error-invalid-user",
            ),
            Refusal(
                on="missing",
                error="Invalid room [error-invalid-room]",
                error_type="error-invalid-room",
            ),
        ),
        idempotent=True,
    ),
)
