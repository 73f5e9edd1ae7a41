"""What the authorization service answers."""

from contrail.shapes.rows import Document, Listing, Method, Refusal, Rest, Table

ACCESS = "access-permissions"
NOT_ALLOWED = "error-action-not-allowed"


def _accessing(method: str = "") -> Refusal:
    details: Document = {"method": method, "action": "Accessing_permissions"}
    return Refusal(
        on=ACCESS,
        error=f"Accessing permissions is not allowed [{NOT_ALLOWED}]",
        error_type=NOT_ALLOWED,
        details=details if method else None,
    )


def _granting(method: str, doing: str) -> Refusal:
    return Refusal(
        on=ACCESS,
        error=f"{doing} permission is not allowed [{NOT_ALLOWED}]",
        error_type=NOT_ALLOWED,
        details={"method": method, "action": f"{doing}_permission"},
    )


EDITING = Refusal(
    on=ACCESS,
    error="Editing permissions is not allowed",
    error_type="error-edit-permissions-not-allowed",
)
REMOVING = Refusal(
    on=ACCESS,
    error="Accessing permissions is not allowed [error-not-allowed]",
    error_type="error-not-allowed",
)
LISTING = Refusal(
    on=ACCESS, error="Not allowed [error-not-allowed]", error_type="error-not-allowed"
)
COMMUNITY = Refusal(
    on="community",
    error=f"This is an enterprise feature [{NOT_ALLOWED}]",
    error_type=NOT_ALLOWED,
)
ADD, REMOVE = "authorization:addUserToRole", "authorization:removeUserFromRole"
DELETE = "authorization:deleteRole"
GRANT = "authorization:addPermissionToRole"
REVOKE = "authorization:removeRoleFromPermission"

TABLE = Table(
    service="authorization",
    rest=(
        Rest("GET", "v1/permissions.listAll", "permissions:list_all"),
        Rest("POST", "v1/permissions.update", "permissions:update", refuses=(EDITING,)),
        Rest("GET", "v1/roles.list", "roles:list_all"),
        Rest("GET", "v1/roles.sync", "roles:sync"),
        Rest("POST", "v1/roles.create", "roles:create", refuses=(_accessing(), COMMUNITY)),
        Rest("POST", "v1/roles.update", "roles:update", refuses=(_accessing(), COMMUNITY)),
        Rest("POST", "v1/roles.delete", "roles:delete", refuses=(_accessing(),)),
        Rest("POST", "v1/roles.addUserToRole", "members:add", refuses=(_accessing(ADD),)),
        Rest("POST", "v1/roles.removeUserFromRole", "members:remove", refuses=(REMOVING,)),
        Rest(
            "GET",
            "v1/roles.getUsersInRole",
            "members:users_in_role",
            refuses=(LISTING,),
            listing=Listing(sort=("username",)),
        ),
    ),
    methods=(
        Method("permissions/get", "permissions:get", ("updatedAt",), public=True, idempotent=True),
        Method("getUserRoles", "members:in_public_roles", idempotent=True),
        Method(
            ADD,
            "members:add_named",
            ("roleId", "username", "scope"),
            refuses=(_accessing(ADD),),
        ),
        Method(
            REMOVE,
            "members:remove_named",
            ("roleId", "username", "scope"),
            refuses=(_accessing(REMOVE),),
        ),
        Method(DELETE, "roles:delete_named", ("roleId",), refuses=(_accessing(DELETE),)),
        Method(
            GRANT,
            "granting:add",
            ("permissionId", "role"),
            idempotent=True,
            refuses=(_granting(GRANT, "Adding"),),
        ),
        Method(
            REVOKE,
            "granting:remove",
            ("permissionId", "role"),
            idempotent=True,
            refuses=(_granting(REVOKE, "Removing"),),
        ),
    ),
)
