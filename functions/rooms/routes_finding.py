"""Discussions, invite links, and looking for rooms and people."""

from contrail.shapes.rows import Limit, Listing, Method, Refusal, Rest

INVITING = "create-invite-links"
NO_DISCUSSION = {
    "error": "You cannot create a discussion [error-action-not-allowed]",
    "error_type": "error-action-not-allowed",
}
OFTEN = Limit(100, 100_000)


def _no_invites(on: str) -> Refusal:
    return Refusal(on=on, error="[not_authorized]", error_type="not_authorized")


DISCUSSIONS = Listing(
    sort=("fname", "name", "ts", "msgs", "usersCount", "lm", "_updatedAt"),
    fields=(
        *("_id", "name", "fname", "t", "topic", "description", "usersCount", "msgs", "ts", "lm"),
        *("lastMessage", "ro", "default", "u", "prid", "_updatedAt"),
    ),
    query={"_id": ("", "$in"), "name": ("", "$in"), "fname": ("", "$regex", "$options")},
)

REST = (
    Rest("POST", "v1/rooms.createDiscussion", "discussions:create", key="discussion"),
    Rest(
        "GET",
        "v1/rooms.getDiscussions",
        "discussions:list_in",
        listing=DISCUSSIONS,
        refuses=(Refusal(on="room", error="not-allowed", error_type="Not Allowed"),),
    ),
    Rest(
        "POST",
        "v1/findOrCreateInvite",
        "invites:find_or_create",
        refuses=(_no_invites(INVITING), _no_invites("room")),
    ),
    Rest(
        "GET",
        "v1/listInvites",
        "invites:list_all",
        envelope="bare",
        refuses=(_no_invites(INVITING),),
    ),
    Rest(
        "DELETE",
        "v1/removeInvite/:_id",
        "invites:remove",
        envelope="bare",
        refuses=(_no_invites(INVITING),),
    ),
    Rest("POST", "v1/useInviteToken", "invites:use"),
    Rest(
        "POST",
        "v1/sendInvitationEmail",
        "invitations:send",
        refuses=(Refusal(on="bulk-register-user", error="Not allowed [error-not-allowed]"),),
    ),
    Rest("POST", "v1/validateInviteToken", "invites:validate", public=True),
    Rest("GET", "v1/directory", "directory:directory"),
    Rest(
        "GET",
        "v1/spotlight",
        "spotlight:spotlight",
        refuses=(Refusal.not_allowed("room", "spotlight"),),
    ),
)

METHODS = (
    Method("createDiscussion", "discussions:create_method", ("discussion",)),
    Method(
        "browseChannels",
        "directory:browse_method",
        ("options",),
        public=True,
        limit=OFTEN,
        idempotent=True,
    ),
    Method(
        "spotlight",
        "spotlight:spotlight_method",
        ("text", "exclude", "kinds", "rid"),
        public=True,
        limit=OFTEN,
        refuses=(Refusal.not_allowed("room", "spotlight"),),
        idempotent=True,
    ),
)
