"""What the LDAP service answers, and when it brings users in line with the directory."""

from contrail.shapes.rows import Method, Refusal, Rest, Schedule, Table, TwoFactor

NOT_AUTHORIZED = "error-not-authorized"
TESTS = (Refusal(on="test-admin-options", error=NOT_AUTHORIZED),)
ASKED = Refusal(
    on="community",
    error="TOTP Required [totp-required]",
    error_type="totp-required",
    details={"method": "password", "codeGenerated": False, "availableMethods": []},
)
"""A password proves nothing more there: see `syncing.ask`."""

TABLE = Table(
    service="ldap",
    rest=(
        Rest("POST", "v1/ldap.testConnection", "testing:check_connection", refuses=TESTS),
        Rest("POST", "v1/ldap.testSearch", "testing:check_search", refuses=TESTS),
        Rest(
            "POST",
            "v1/ldap.syncNow",
            "syncing:ask",
            refuses=(ASKED, Refusal(on="sync-auth-services-users", error=NOT_AUTHORIZED)),
            two_factor=TwoFactor(forced_in_community=True),
        ),
    ),
    methods=(
        Method(
            "ldap:login",
            "logins:log_in",
            ("username", "password"),
            public=True,
            internal=True,
        ),
    ),
    schedules=(Schedule("synchronize", "syncing:synchronize", every=60),),
)
