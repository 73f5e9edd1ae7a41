"""What the messaging service answers."""

from contrail.shapes.rows import Table
from functions.messaging import routes_messages

TABLE = Table(
    service="messaging",
    rest=(*routes_messages.REST,),
    methods=(*routes_messages.METHODS,),
)
