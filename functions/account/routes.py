"""What the account service answers."""

from contrail.shapes.rows import Table
from functions.account import routes_logins, routes_mail, routes_people

TABLE = Table(
    service="account",
    rest=(
        *routes_logins.REST,
        *routes_mail.REST,
        *routes_people.REST,
    ),
    methods=(*routes_logins.METHODS, *routes_mail.METHODS, *routes_people.METHODS),
    schedules=routes_people.SCHEDULES,
)
