"""What the account service answers."""

from contrail.shapes.rows import Method, Refusal, Rest, Table

ADDING_USER = Refusal(
    on="create-user",
    error="Adding user is not allowed [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "insertOrUpdateUser", "action": "Adding_user"},
)

TABLE = Table(
    service="account",
    rest=(
        Rest("POST", "v1/login", "login:log_in", public=True, envelope="status"),
        Rest("POST", "v1/logout", "login:log_out", envelope="status"),
        Rest("GET", "v1/logout", "login:log_out", envelope="status"),
        Rest("GET", "v1/me", "profile:me"),
        Rest("GET", "v1/users.info", "profile:info", key="user"),
        Rest("POST", "v1/users.create", "registration:create", key="user", refuses=(ADDING_USER,)),
        Rest("POST", "v1/users.register", "registration:register", key="user", public=True),
    ),
    methods=(
        Method("login", "login:log_in_session", ("options",), public=True),
        Method("logout", "login:log_out_session"),
    ),
)
