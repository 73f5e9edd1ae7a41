"""What the upload service answers."""

from contrail.shapes.rows import Table
from functions.upload import (
    routes_assets,
    routes_avatars,
    routes_emoji,
    routes_files,
    routes_sounds,
)

TABLE = Table(
    service="upload",
    rest=(
        *routes_assets.REST,
        *routes_avatars.REST,
        *routes_emoji.REST,
        *routes_files.REST,
        *routes_files.EXPORTS,
        *routes_sounds.REST,
    ),
    pages=(
        *routes_assets.PAGES,
        *routes_avatars.PAGES,
        *routes_emoji.PAGES,
        *routes_files.PAGES,
        *routes_sounds.PAGES,
    ),
    methods=(
        *routes_assets.METHODS,
        *routes_avatars.METHODS,
        *routes_emoji.METHODS,
        *routes_files.METHODS,
        *routes_sounds.METHODS,
    ),
    schedules=(*routes_avatars.SCHEDULES, *routes_files.SCHEDULES),
)
