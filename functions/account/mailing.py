"""Mail that people ask for: links to reset a password or verify an address, codes, a welcome.

Nothing here looks anyone up for who is not logged in: the mail function does, so that neither an
answer nor its time tells whether an address is known.
"""

from __future__ import annotations

from pydantic import Field

from contrail.domain import mail
from contrail.domain.emails import EMAIL, LONGEST
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.store.users import LONGEST as LONGEST_NAME


class Forgot(Input):
    documented = {"email": (None, "The 'email' param is required")}
    email: str


class To(Input):
    to: str


class Options(Input):
    email: str


class ForgotMethod(Input):
    options: Options


class Address(Input):
    email: str = Field(max_length=LONGEST)


class NameOrAddress(Input):
    documented = {"emailOrUsername": ("error-parameter-required", "emailOrUsername is required")}
    emailOrUsername: str


def forgot_password(caller: Caller, given: Forgot, at: Instance) -> None:
    if not at.setting("Accounts_PasswordReset"):
        raise ChatError(None, "Password reset is not enabled")
    if not given.email:
        raise ChatError(*Forgot.documented["email"])
    _ask_reset(at, caller, given.email)


def forgot_method(caller: Caller, given: To, at: Instance) -> bool:
    """DDP: false where the workspace resets no passwords."""
    if not at.setting("Accounts_PasswordReset"):
        return False
    _ask_reset(at, caller, given.to)
    return True


def forgot_options(caller: Caller, given: ForgotMethod, at: Instance) -> None:
    """DDP, as Meteor's own clients call it."""
    forgot_method(caller, To(to=given.options.email), at)


def send_confirmation(caller: Caller, given: Address, at: Instance) -> None:
    """Refused for what is no address; whether anyone has it is not told."""
    if not confirm_method(caller, To(to=given.email), at):
        raise ChatError(None, "")


def confirm_method(caller: Caller, given: To, at: Instance) -> bool:
    address = _address(given.to)
    if address:
        mail.ask_verification(at, caller, address)
    return bool(address)


def send_welcome(caller: Caller, given: Address, at: Instance) -> None:
    """Raises `error-email-send-failed` where no mail can be sent, `error-invalid-user`."""
    details = {"method": "sendWelcomeEmail"}
    if not mail.configured(at):
        raise ChatError("error-email-send-failed", "SMTP is not configured", details)
    address = given.email.strip()
    user = at.store.users.by_email(address, {"name": 1, "username": 1})
    if user is None:
        raise ChatError("error-invalid-user", "Invalid user", details)
    mail.post(at, caller, "welcome", address, name=str(user.get("name") or ""))


def send_code(caller: Caller, given: NameOrAddress, at: Instance) -> None:
    """A code for the second factor: to the caller or, at login, to who is named."""
    if not given.emailOrUsername:
        raise ChatError(*NameOrAddress.documented["emailOrUsername"])
    named = given.emailOrUsername.strip()[:LONGEST_NAME]
    who = {"uid": caller.uid} if caller.logged_in else {"named": named}
    mail.put(at, caller, {"kind": "code-request", **who}, group=caller.uid or named.lower())


def _ask_reset(at: Instance, caller: Caller, email: str) -> None:
    address = _address(email)
    if address:
        mail.put(at, caller, {"kind": "reset", "to": address}, group=address)


def _address(text: str) -> str:
    """Empty for what is no address."""
    address = text.strip().lower()
    return address if len(address) <= LONGEST and EMAIL.fullmatch(address) else ""
