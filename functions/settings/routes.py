"""What the settings service answers."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest, Table, TwoFactor

NOT_ALLOWED = "error-action-not-allowed"
PUBLIC = Listing(sort=("_id", "createdAt"), fields=("_id", "value"), query={"_id": ("", "$in")})
PRIVATE = Listing(
    sort=("_id", "createdAt", "_updatedAt", "group", "section", "type"),
    fields=(
        *("_id", "value", "type", "group", "section", "tab", "public", "secret", "enableQuery"),
        *("i18nLabel", "i18nDescription", "values", "packageValue", "editor", "readonly"),
        *("blocked", "multiline", "code", "placeholder", "alert", "createdAt", "_updatedAt"),
    ),
    query={
        "_id": ("", "$in", "$ne"),
        "group": ("", "$in"),
        "section": ("", "$in"),
        "type": ("", "$in"),
        "public": ("",),
    },
)
VIEWING = Refusal(on="view-privileged-setting", error="unauthorized", status=403)
EDITING = Refusal(on="edit-privileged-setting", error="unauthorized", status=403)


def _saving(method: str, **which: object) -> Refusal:
    return Refusal(
        on="edit-privileged-setting",
        error=f"Editing settings is not allowed [{NOT_ALLOWED}]",
        error_type=NOT_ALLOWED,
        details={"method": method, **which},
    )


def _oauth(method: str, action: str, doing: str) -> Refusal:
    return Refusal(
        on="add-oauth-service",
        error=f"{doing} OAuth Services is not allowed [{NOT_ALLOWED}]",
        error_type=NOT_ALLOWED,
        details={"method": method, "action": action},
    )


ADDING = _oauth("addOAuthService", "Adding_OAuth_Services", "Adding")
REMOVING = _oauth("removeOAuthService", "Removing_OAuth_Services", "Removing")
REFRESHING = _oauth("refreshOAuthService", "Refreshing_OAuth_Services", "Refresh")

TABLE = Table(
    service="settings",
    rest=(
        Rest("GET", "v1/settings.public", "public:list_public", public=True, listing=PUBLIC),
        Rest("GET", "v1/settings", "private:list_private", listing=PRIVATE),
        Rest("GET", "v1/settings/:_id", "private:one", refuses=(VIEWING,)),
        Rest(
            "POST",
            "v1/settings/:_id",
            "saving:update",
            refuses=(EDITING,),
            two_factor=TwoFactor(),
        ),
        Rest("GET", "v1/settings.oauth", "oauth:services", public=True),
        Rest(
            "POST",
            "v1/settings.addCustomOAuth",
            "oauth:add_custom",
            refuses=(ADDING,),
            two_factor=TwoFactor(),
        ),
        Rest("GET", "v1/service.configurations", "oauth:configurations", public=True),
    ),
    methods=(
        Method("public-settings/get", "public:get", ("updatedAt",), public=True, idempotent=True),
        Method("private-settings/get", "private:get", ("updatedAt",), idempotent=True),
        Method(
            "saveSettings",
            "saving:save",
            ("params",),
            idempotent=True,
            refuses=(_saving("saveSettings", settingIds=["Accounts_Directory_DefaultView"]),),
            two_factor=TwoFactor(),
        ),
        Method(
            "saveSetting",
            "saving:save_one",
            ("_id", "value", "editor"),
            idempotent=True,
            refuses=(_saving("saveSetting", settingId="Accounts_Directory_DefaultView"),),
            two_factor=TwoFactor(),
        ),
        Method("addOAuthService", "oauth:add", ("name",), idempotent=True, refuses=(ADDING,)),
        Method(
            "removeOAuthService", "oauth:remove", ("name",), idempotent=True, refuses=(REMOVING,)
        ),
        Method("refreshOAuthService", "oauth:refresh", idempotent=True, refuses=(REFRESHING,)),
    ),
)
