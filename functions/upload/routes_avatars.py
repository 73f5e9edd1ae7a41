"""What the upload service answers about avatars."""

from contrail.shapes.rows import Limit, Method, Page, Rest, Schedule

PAGES = (
    Page("GET", "avatar/room/:rid", "avatars:by_room", knows=True),
    Page("GET", "avatar/uid/:uid", "avatars:by_uid", knows=True),
    Page("GET", "avatar/:username", "avatars:by_username", knows=True),
)
REST = (
    Rest("GET", "v1/users.getAvatar", "avatars_setting:get", public=True),
    Rest("GET", "v1/users.getAvatarSuggestion", "avatars_suggesting:suggest", key="suggestions"),
    Rest("POST", "v1/users.setAvatar", "avatars_setting:set_avatar"),
    Rest("POST", "v1/users.resetAvatar", "avatars_setting:reset"),
)
METHODS = (
    Method(
        "setAvatarFromService",
        "avatars_setting:set_from_service",
        ("dataURI", "contentType", "service", "userId"),
        limit=Limit(1, 5_000),
    ),
    Method("resetAvatar", "avatars_setting:reset_method", ("userId",), limit=Limit(1, 60_000)),
    Method("getAvatarSuggestion", "avatars_suggesting:suggest"),
    Method(
        "avatars:of_room",
        "avatars_asked:of_room",
        ("rid", "dataURI", "uid"),
        public=True,
        internal=True,
    ),
    Method(
        "avatars:of_user",
        "avatars_asked:of_user",
        ("uid", "picture", "etag"),
        public=True,
        internal=True,
    ),
)
SCHEDULES = (
    Schedule("default-avatars", "avatars_defaults:work", every=120),
    Schedule("sweep-avatars", "avatars_sweeping:sweep", every=3600),
)
