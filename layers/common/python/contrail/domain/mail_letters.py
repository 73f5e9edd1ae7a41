"""What each kind of letter says: a subject and a body, from the workspace's settings or from here.

Templates hold `{Keys}`, which stand for texts of `data/mail_texts.json`, and `[placeholders]`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from contrail.domain.instance import Instance


@dataclass(frozen=True, slots=True)
class Template:
    """`settings` says that both are ids of settings, which hold the text."""

    subject: str
    body: str
    settings: bool = False

    def of(self, at: Instance) -> tuple[str, str]:
        """Subject and HTML, still with their placeholders."""
        if not self.settings:
            return self.subject, self.body
        return str(at.setting(self.subject) or ""), str(at.setting(self.body) or "")


def _paragraphs(*keys: str) -> str:
    return "".join(f"<p>{{{key}}}</p>" for key in keys)


def _own(subject: str, *keys: str) -> Template:
    return Template(f"{{{subject}}}", _paragraphs(*keys))


def _set(subject: str, body: str) -> Template:
    return Template(subject, body, settings=True)


_CODE = '<p style="font-size: 30px"><b>[code]</b></p>'
LETTERS: Mapping[str, Template] = {
    "welcome": _set("Accounts_UserAddedEmail_Subject", "Accounts_UserAddedEmail_Email"),
    "enrollment": _set("Accounts_Enrollment_Email_Subject", "Accounts_Enrollment_Email"),
    "verification": _set("Verification_Email_Subject", "Verification_Email"),
    "reset": _set("Forgot_Password_Email_Subject", "Forgot_Password_Email"),
    "invitation": _set("Invitation_Subject", "Invitation_Email"),
    "email-changed": _set("Email_Changed_Email_Subject", "Email_Changed_Email"),
    "password-changed": _set("Password_Changed_Email_Subject", "Password_Changed_Email"),
    "code": Template(
        "{Authentication_code}",
        _paragraphs("Here_is_your_authentication_code")
        + _CODE
        + _paragraphs(
            "Do_not_provide_this_code_to_anyone",
            "If_you_didnt_try_to_login_in_your_account_please_ignore_this_email",
        ),
    ),
    "export-ready": _own("UserDataDownload_EmailSubject", "UserDataDownload_EmailBody"),
    "totp-reset": _own(
        "TOTP_reset_email", "Your_TOTP_has_been_reset", "TOTP_Reset_Other_Key_Warning"
    ),
    "e2e-reset": _own(
        "E2E_key_reset_email", "Your_E2EE_key_has_been_reset", "E2E_Reset_Other_Key_Warning"
    ),
    "activated": _own("Accounts_Email_Activated_Subject", "Hi", "Accounts_Email_Activated"),
    "approved": _own("Accounts_Email_Approved_Subject", "Hi", "Accounts_Email_Approved"),
    "deactivated": _own("Accounts_Email_Deactivated_Subject", "Hi", "Accounts_Email_Deactivated"),
    "approval": _own(
        "Accounts_Admin_Email_Approval_Needed_Subject_Default",
        "Accounts_Admin_Email_Approval_Needed_Default",
    ),
    "approval-with-reason": _own(
        "Accounts_Admin_Email_Approval_Needed_Subject_Default",
        "Accounts_Admin_Email_Approval_Needed_Default",
        "Accounts_Admin_Email_Approval_Needed_Reason",
    ),
    "test": _own("SMTP_Test_Email_Subject", "SMTP_Test_Email"),
}


@cache
def texts() -> Mapping[str, str]:
    """English; read when first used."""
    raw = resources.files("contrail.data").joinpath("mail_texts.json").read_text("utf-8")
    found: dict[str, str] = json.loads(raw)
    return found
