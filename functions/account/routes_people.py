"""What the account service answers about people."""

from contrail.shapes.rows import Limit, Listing, Method, Refusal, Rest, Schedule, TwoFactor


def _unauthorized(on: str) -> Refusal:
    return Refusal(on=on, error="unauthorized", status=403)


def _refused(on: str, reason: str, action: str) -> Refusal:
    return Refusal(
        on=on,
        error=f"{reason} [error-action-not-allowed]",
        error_type="error-action-not-allowed",
        details={"method": "insertOrUpdateUser", "action": action},
    )


ADDING = _refused("create-user", "Adding user is not allowed", "Adding_user")
EDITING = _refused("edit-other-user-info", "Editing user is not allowed", "Editing_user")
ACTIVATING = "edit-other-user-active-status"
STATUSES = Refusal(on="manage-user-status", error="[not_authorized]", error_type="not_authorized")

TEXTS = ("", "$in", "$ne", "$regex", "$options")
PEOPLE = Listing(
    sort=(
        *("username", "name", "status", "active", "createdAt", "lastLogin", "type", "_id"),
        *("emails.address", "roles", "_updatedAt"),
    ),
    fields=(
        *("_id", "username", "name", "nickname", "bio", "status", "statusText", "active", "type"),
        *("emails", "roles", "lastLogin", "createdAt", "utcOffset", "avatarETag", "customFields"),
        *("language", "reason", "requirePasswordChange", "freeSwitchExtension", "_updatedAt"),
    ),
    query={
        **dict.fromkeys(("_id", "username", "name", "nickname"), TEXTS),
        **dict.fromkeys(("emails.address", "roles", "type", "status"), TEXTS),
        "customFields.*": (*TEXTS, "$exists"),
        "active": ("", "$ne"),
        "lastLogin": ("$exists",),
    },
    logic=("$or", "$and"),
    ignores=("inviteToken",),
)
BY_STATUS = Listing(sort=PEOPLE.sort)
CUSTOM_STATUSES = Listing(
    sort=("name", "statusType", "_id"),
    query={"_id": ("", "$in"), "name": ("", "$in"), "statusType": ("", "$in")},
)

REST = (
    Rest("GET", "v1/me", "profile:me"),
    Rest("GET", "v1/users.info", "profile:info", key="user"),
    Rest("POST", "v1/users.create", "editing:create", key="user", refuses=(ADDING,)),
    Rest(
        "POST",
        "v1/users.register",
        "registration:register",
        key="user",
        public=True,
        limit=Limit(
            "Rate_Limiter_Limit_RegisterUser", "API_Enable_Rate_Limiter_Limit_Time_Default"
        ),
    ),
    Rest(
        "POST",
        "v1/users.update",
        "editing:update",
        key="user",
        refuses=(EDITING,),
        two_factor=TwoFactor(),
    ),
    Rest("POST", "v1/users.updateOwnBasicInfo", "own:update", key="user"),
    Rest("POST", "v1/users.setPreferences", "preferences:set_all", key="user"),
    Rest("GET", "v1/users.getPreferences", "preferences:get"),
    Rest("POST", "v1/users.setStatus", "status:set_status"),
    Rest("GET", "v1/users.getStatus", "status:get_status"),
    Rest("GET", "v1/users.getPresence", "status:get_presence"),
    Rest(
        "POST",
        "v1/users.setActiveStatus",
        "activity:set_active_status",
        key="user",
        refuses=(_unauthorized(ACTIVATING),),
    ),
    Rest(
        "POST",
        "v1/users.deactivateIdle",
        "activity:deactivate_idle",
        refuses=(_unauthorized(ACTIVATING),),
    ),
    Rest("POST", "v1/users.delete", "deleting:delete", refuses=(_unauthorized("delete-user"),)),
    Rest("POST", "v1/users.deleteOwnAccount", "deleting:delete_own"),
    Rest(
        "GET",
        "v1/users.list",
        "directory:list_people",
        listing=PEOPLE,
        refuses=(_unauthorized("view-d-room"),),
    ),
    Rest(
        "GET",
        "v1/users.listByStatus",
        "directory:list_by_status",
        listing=BY_STATUS,
        permissions=("view-d-room",),
    ),
    Rest("GET", "v1/users.autocomplete", "directory:autocomplete"),
    Rest("GET", "v1/users.getUsernameSuggestion", "naming:suggestion"),
    Rest("GET", "v1/users.checkUsernameAvailability", "naming:is_available"),
    Rest("GET", "v1/pw.getPolicy", "policies:policy", public=True),
    Rest("GET", "v1/pw.getPolicyReset", "policies:policy_of_reset", public=True),
    Rest(
        "GET",
        "v1/custom-user-status.list",
        "custom_statuses:list_page",
        listing=CUSTOM_STATUSES,
    ),
    Rest(
        "POST",
        "v1/custom-user-status.create",
        "custom_statuses:create",
        key="customUserStatus",
        refuses=(STATUSES,),
    ),
    Rest(
        "POST",
        "v1/custom-user-status.update",
        "custom_statuses:update",
        key="customUserStatus",
        refuses=(STATUSES,),
    ),
    Rest(
        "POST",
        "v1/custom-user-status.delete",
        "custom_statuses:delete",
        refuses=(STATUSES,),
    ),
)

METHODS = (
    Method("registerUser", "registration:register_method", ("formData",), public=True),
    Method(
        "saveUserProfile",
        "own:save_profile",
        ("settings", "customFields"),
        two_factor=TwoFactor(
            remember=False, forced=True, when=("settings.email", "settings.newPassword")
        ),
    ),
    Method("saveUserPreferences", "preferences:save", ("settings",), idempotent=True),
    Method("saveCustomFields", "own:save_custom_fields", ("fields",), idempotent=True),
    Method(
        "setUsername",
        "own:set_username",
        ("username", "options"),
        limit=Limit(1, 1000),
        idempotent=True,
    ),
    Method("setRealName", "own:set_real_name", ("name",), idempotent=True),
    Method("setEmail", "own:set_email", ("email",), two_factor=TwoFactor(remember=False)),
    Method("setUserPassword", "policies:set_password", ("password",)),
    Method("getPasswordPolicy", "policies:policy_method", ("params",), public=True),
    Method(
        "UserPresence:setDefaultStatus",
        "status:set_user_status",
        ("statusType",),
        idempotent=True,
    ),
    Method(
        "setUserStatus",
        "status:set_user_status",
        ("statusType", "statusText"),
        limit=Limit(1, 1000),
        idempotent=True,
    ),
    Method("getUserStatusText", "own:status_text", ("userId",), idempotent=True),
    Method(
        "userSetUtcOffset",
        "own:set_utc_offset",
        ("utcOffset",),
        public=True,
        limit=Limit(1, 60_000),
        idempotent=True,
    ),
    Method(
        "setUserActiveStatus",
        "activity:set_active_method",
        ("userId", "active", "confirmRelinquish"),
        refuses=(Refusal.not_allowed(ACTIVATING, "setUserActiveStatus"),),
    ),
    Method(
        "insertOrUpdateUser",
        "editing:insert_or_update",
        ("userData",),
        refuses=(ADDING,),
        two_factor=TwoFactor(),
    ),
    Method(
        "deleteUser",
        "deleting:delete_method",
        ("userId", "confirmRelinquish"),
        refuses=(Refusal.not_allowed("delete-user", "deleteUser"),),
    ),
    Method("deleteUserOwnAccount", "deleting:delete_own_method", ("password", "confirmRelinquish")),
    Method("checkUsernameAvailability", "naming:available", ("username",), idempotent=True),
    Method("getUsernameSuggestion", "naming:suggested", idempotent=True),
    Method("listCustomUserStatus", "custom_statuses:list_all", idempotent=True),
    Method(
        "insertOrUpdateUserStatus",
        "custom_statuses:insert_or_update",
        ("userStatusData",),
        refuses=(STATUSES,),
    ),
    Method(
        "deleteCustomUserStatus",
        "custom_statuses:delete_method",
        ("userStatusID",),
        refuses=(STATUSES,),
    ),
)

SCHEDULES = (Schedule("finish-renamings", "sweeping:finish_renamings", every=300),)
