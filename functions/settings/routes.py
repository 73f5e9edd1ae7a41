"""What the settings service answers."""

from contrail.shapes.rows import Listing, Method, Rest, Table

PUBLIC = Listing(sort=("_id", "createdAt"), fields=("_id", "value"), query={"_id": ("", "$in")})

TABLE = Table(
    service="settings",
    rest=(Rest("GET", "v1/settings.public", "public:list_public", public=True, listing=PUBLIC),),
    methods=(
        Method("public-settings/get", "public:get", ("updatedAt",), public=True, idempotent=True),
    ),
)
