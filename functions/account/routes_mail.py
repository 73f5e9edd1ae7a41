"""What the account service answers about mail: links, codes and letters that people ask for."""

from contrail.shapes.rows import Limit, Method, Rest, TwoFactor

REST = (
    Rest("POST", "v1/users.forgotPassword", "mailing:forgot_password", public=True),
    Rest("POST", "v1/users.sendConfirmationEmail", "mailing:send_confirmation"),
    Rest(
        "POST",
        "v1/users.sendWelcomeEmail",
        "mailing:send_welcome",
        permissions=("send-mail",),
    ),
    Rest("POST", "v1/users.2fa.enableEmail", "emailcodes:enable"),
    Rest(
        "POST",
        "v1/users.2fa.disableEmail",
        "emailcodes:disable",
        two_factor=TwoFactor(remember=False),
    ),
    Rest("POST", "v1/users.2fa.sendEmailCode", "mailing:send_code", public=True),
)

METHODS = (
    Method("sendForgotPasswordEmail", "mailing:forgot_method", ("to",), public=True),
    Method("forgotPassword", "mailing:forgot_options", ("options",), public=True),
    Method(
        "sendConfirmationEmail",
        "mailing:confirm_method",
        ("to",),
        public=True,
        limit=Limit(5, 60_000),
    ),
    Method("verifyEmail", "verifying:verify_email", ("token",), public=True),
    Method("afterVerifyEmail", "verifying:after_verifying", idempotent=True),
    Method("changePassword", "resetting:change_password", ("oldPassword", "newPassword")),
    Method("resetPassword", "resetting:reset_password", ("token", "newPassword"), public=True),
)
