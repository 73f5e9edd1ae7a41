"""What the account service answers about logins: second factors, tokens, devices."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest, TwoFactor

ASKED = TwoFactor()
ALWAYS_ASKED = TwoFactor(remember=False)
FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"
DEVICES = Listing(sort=("loginAt", "ip", "host", "device.name", "device.type", "device.os.name"))
PAID = Refusal(on="community", error="unauthorized", status=403)
NOT_GRANTED = Refusal(on="community", error=FORBIDDEN, status=403)


def _personal(method: str = "") -> Refusal:
    return Refusal(
        on="create-personal-access-tokens",
        error="Not Authorized [not-authorized]",
        error_type="not-authorized",
        details={"method": f"personalAccessTokens:{method}"} if method else None,
    )


REST = (
    Rest("POST", "v1/login", "login:log_in", public=True, envelope="status", looks_up=True),
    Rest("POST", "v1/logout", "login:log_out", envelope="status"),
    Rest("GET", "v1/logout", "login:log_out", envelope="status"),
    Rest("POST", "v1/users.resetTOTP", "twofactor:reset", two_factor=ALWAYS_ASKED),
    Rest("POST", "v1/users.resetE2EKey", "encryption:reset", two_factor=ALWAYS_ASKED),
    Rest(
        "POST",
        "v1/users.generatePersonalAccessToken",
        "tokens:generate",
        key="token",
        refuses=(_personal("generateToken"),),
        two_factor=ASKED,
    ),
    Rest(
        "POST",
        "v1/users.regeneratePersonalAccessToken",
        "tokens:regenerate",
        key="token",
        refuses=(_personal("regenerateToken"),),
        two_factor=ASKED,
    ),
    Rest(
        "POST",
        "v1/users.removePersonalAccessToken",
        "tokens:remove",
        refuses=(_personal("removeToken"),),
        two_factor=ASKED,
    ),
    Rest(
        "GET",
        "v1/users.getPersonalAccessTokens",
        "tokens:listed",
        key="tokens",
        refuses=(_personal(),),
    ),
    Rest("POST", "v1/users.createToken", "logins:create_token", key="data"),
    Rest("POST", "v1/users.logoutOtherClients", "logins:log_out_others"),
    Rest("POST", "v1/users.removeOtherTokens", "logins:remove_others"),
    Rest("POST", "v1/users.logout", "logins:log_out"),
    Rest("GET", "v1/sessions/list", "devices:listed", listing=DEVICES, refuses=(PAID,)),
    Rest("GET", "v1/sessions/info", "devices:info", refuses=(PAID,)),
    Rest("POST", "v1/sessions/logout.me", "devices:log_out_own", refuses=(PAID,)),
    Rest(
        "GET",
        "v1/sessions/list.all",
        "devices:listed_all",
        permissions=("view-device-management",),
        listing=DEVICES,
        refuses=(PAID,),
        two_factor=ASKED,
    ),
    Rest(
        "GET",
        "v1/sessions/info.admin",
        "devices:info_any",
        permissions=("view-device-management",),
        refuses=(PAID,),
        two_factor=ASKED,
    ),
    Rest(
        "POST",
        "v1/sessions/logout",
        "devices:log_out_any",
        permissions=("logout-device-management",),
        refuses=(NOT_GRANTED,),
        two_factor=ASKED,
    ),
)

METHODS = (
    Method("login", "login:log_in_session", ("options",), public=True, looks_up=True),
    Method(
        "login:verify",
        "login:verify",
        ("options",),
        public=True,
        looks_up=True,
        internal=True,
    ),
    Method("logout", "login:log_out_session"),
    Method("2fa:enable", "twofactor:enable"),
    Method("2fa:validateTempToken", "twofactor:validate", ("code",)),
    Method("2fa:disable", "twofactor:disable", ("code",)),
    Method("2fa:regenerateCodes", "twofactor:regenerate_codes", ("code",)),
    Method("2fa:checkCodesRemaining", "twofactor:codes_remaining", idempotent=True),
    Method(
        "personalAccessTokens:generateToken",
        "tokens:generate_given",
        ("token",),
        refuses=(_personal("generateToken"),),
        two_factor=ASKED,
    ),
    Method(
        "personalAccessTokens:regenerateToken",
        "tokens:regenerate_given",
        ("token",),
        refuses=(_personal("regenerateToken"),),
        two_factor=ASKED,
    ),
    Method(
        "personalAccessTokens:removeToken",
        "tokens:remove_given",
        ("token",),
        refuses=(_personal("removeToken"),),
        two_factor=ASKED,
    ),
    Method("createToken", "logins:create_token", ("userId", "secret")),
    Method("getNewToken", "logins:new_token"),
    Method("removeOtherTokens", "logins:remove_others", idempotent=True),
    Method("logoutOtherClients", "logins:replace_all"),
    Method("logoutCleanUp", "logins:clean_up", ("user",), public=True, idempotent=True),
)
