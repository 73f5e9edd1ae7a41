"""What the rooms service answers."""

from contrail.shapes.rows import Table
from functions.rooms import (
    routes_directs,
    routes_finding,
    routes_lists,
    routes_own,
    routes_rooms,
)

TABLE = Table(
    service="rooms",
    rest=(
        *routes_lists.REST,
        *routes_directs.REST,
        *routes_own.REST,
        *routes_rooms.REST,
        *routes_finding.REST,
    ),
    methods=(
        *routes_lists.METHODS,
        *routes_directs.METHODS,
        *routes_own.METHODS,
        *routes_rooms.METHODS,
        *routes_finding.METHODS,
    ),
)
