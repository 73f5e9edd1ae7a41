"""What the workspace service answers."""

from contrail.shapes.rows import Rest, Schedule, Table

TABLE = Table(
    service="workspace",
    rest=(
        Rest("GET", "info", "info:info", public=True),
        Rest("GET", "v1/info", "info:info", public=True),
    ),
    schedules=(Schedule("sweep", "sweeping:sweep", every=60),),
)
