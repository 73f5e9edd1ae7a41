"""What the rooms service answers."""

from contrail.shapes.rows import Table
from functions.rooms import routes_lists, routes_rooms

TABLE = Table(
    service="rooms",
    rest=(*routes_lists.REST, *routes_rooms.REST),
    methods=(*routes_lists.METHODS, *routes_rooms.METHODS),
)
