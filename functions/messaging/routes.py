"""What the messaging service answers."""

from contrail.shapes.rows import Schedule, Table
from functions.messaging import (
    routes_commands,
    routes_keys,
    routes_links,
    routes_marked,
    routes_marks,
    routes_messages,
    routes_moderation,
    routes_threads,
    routes_translation,
)

TABLE = Table(
    service="messaging",
    rest=(
        *routes_messages.REST,
        *routes_marks.REST,
        *routes_marked.REST,
        *routes_threads.REST,
        *routes_moderation.REST,
        *routes_keys.REST,
        *routes_commands.REST,
        *routes_links.REST,
        *routes_translation.REST,
    ),
    methods=(
        *routes_messages.METHODS,
        *routes_marks.METHODS,
        *routes_marked.METHODS,
        *routes_threads.METHODS,
        *routes_moderation.METHODS,
        *routes_keys.METHODS,
        *routes_commands.METHODS,
        *routes_links.METHODS,
        *routes_translation.METHODS,
    ),
    consumers=routes_links.CONSUMERS,
    schedules=(
        *routes_links.SCHEDULES,
        Schedule("retention", "retention:keep", every=60),
    ),
)
