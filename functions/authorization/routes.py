"""What the authorization service answers."""

from contrail.shapes.rows import Method, Refusal, Rest, Table

EDITING = Refusal(
    on="access-permissions",
    error="Editing permissions is not allowed",
    error_type="error-edit-permissions-not-allowed",
)

TABLE = Table(
    service="authorization",
    rest=(
        Rest("GET", "v1/permissions.listAll", "permissions:list_all"),
        Rest("POST", "v1/permissions.update", "permissions:update", refuses=(EDITING,)),
    ),
    methods=(
        Method("permissions/get", "permissions:get", ("updatedAt",), public=True, idempotent=True),
    ),
)
