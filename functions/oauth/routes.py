"""What the oauth service answers: apps that people may let in, and logins through providers."""

from contrail.shapes.rows import Limit, Method, Page, Refusal, Rest, Schedule, Table

MANAGE = "manage-oauth-apps"
ADDING = Refusal.not_allowed(MANAGE, "addOAuthApp")
UPDATING = Refusal.not_allowed(MANAGE, "updateOAuthApp")
DELETING = Refusal.not_allowed(MANAGE, "deleteOAuthApp")
LOGINS = Limit(60, 60_000)
"""Each has a provider asked."""

TABLE = Table(
    service="oauth",
    rest=(
        Rest(
            "GET",
            "v1/oauth-apps.list",
            "apps:list_all",
            refuses=(Refusal(on=MANAGE, error="error-not-allowed"),),
        ),
        Rest("GET", "v1/oauth-apps.get", "apps:get", key="oauthApp"),
        Rest("POST", "v1/oauth-apps.create", "apps:create", key="application", refuses=(ADDING,)),
        Rest("POST", "v1/oauth-apps.update", "apps:update", refuses=(UPDATING,)),
        Rest("POST", "v1/oauth-apps.delete", "apps:delete", envelope="bare", refuses=(DELETING,)),
    ),
    pages=(
        Page("GET", "oauth/authorize", "authorizing:ask"),
        Page("POST", "oauth/authorize", "authorizing:decide"),
        Page("GET", "oauth/error/:error", "authorizing:explain"),
        Page("POST", "oauth/token", "tokens:exchange"),
        Page("POST", "oauth/revoke", "tokens:revoke"),
        Page("GET", "oauth/userinfo", "userinfo:userinfo"),
        Page("GET", "_oauth/:service", "callbacks:arrive", limit=LOGINS),
        Page("POST", "_oauth/:service", "callbacks:arrive", limit=LOGINS),
    ),
    methods=(
        Method("addOAuthApp", "apps:add", ("application",), refuses=(ADDING,)),
        Method(
            "updateOAuthApp",
            "apps:update_given",
            ("applicationId", "application"),
            idempotent=True,
            refuses=(UPDATING,),
        ),
        Method("deleteOAuthApp", "apps:delete_given", ("applicationId",), refuses=(DELETING,)),
    ),
    schedules=(Schedule("forget-grants", "sweeping:forget_expired", every=3600),),
)
