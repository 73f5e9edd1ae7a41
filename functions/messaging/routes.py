"""What the messaging service answers."""

from contrail.shapes.rows import Table
from functions.messaging import (
    routes_keys,
    routes_marked,
    routes_marks,
    routes_messages,
    routes_moderation,
    routes_threads,
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
    ),
    methods=(
        *routes_messages.METHODS,
        *routes_marks.METHODS,
        *routes_marked.METHODS,
        *routes_threads.METHODS,
        *routes_moderation.METHODS,
        *routes_keys.METHODS,
    ),
)
