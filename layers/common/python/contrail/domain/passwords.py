"""What the workspace asks of passwords: its policy, and that old ones are not used again."""

from __future__ import annotations

import re
import secrets
import string
from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.users import digest, hash_password, password_matches
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

PREFIX = "Accounts_Password_Policy_"
NOT_MET = "error-password-policy-not-met"
LONGEST = 4096
CHARACTERS = (
    ("Lowercase", "lowercase", r"[a-z]"),
    ("Uppercase", "uppercase", r"[A-Z]"),
    ("Number", "numerical", r"[0-9]"),
    ("SpecialCharacter", "special", r"[^A-Za-z0-9 ]"),
)
CODES = {"SpecialCharacter": "oneSpecial"}
BCRYPT, HISTORY = "services.password.bcrypt", "services.passwordHistory"


def policy(at: Instance) -> dict[str, Any]:
    """`{enabled, policy}`: each rule's name, with its number where it has one."""
    if not at.setting(f"{PREFIX}Enabled"):
        return {"enabled": False, "policy": []}
    rules: list[list[Any]] = []
    for name in ("minLength", "maxLength"):
        length = at.number(f"{PREFIX}{name[0].upper()}{name[1:]}", -1)
        if length >= 1:
            rules.append([f"get-password-policy-{name}", {name: length}])
    if at.setting(f"{PREFIX}ForbidRepeatingCharacters"):
        rules.append(["get-password-policy-forbidRepeatingCharacters"])
    repeats = at.number(f"{PREFIX}ForbidRepeatingCharactersCount", 0)
    if repeats:
        name = "forbidRepeatingCharactersCount"
        rules.append([f"get-password-policy-{name}", {name: repeats}])
    for kind, _, _ in CHARACTERS:
        if at.setting(f"{PREFIX}AtLeastOne{kind}"):
            rules.append([f"get-password-policy-mustContainAtLeastOne{kind}"])
    return {"enabled": True, "policy": rules}


def check(at: Instance, password: str) -> None:
    """Raises `error-password-policy-not-met`; its details list each rule that is broken."""
    broken = _broken(at, password) if at.setting(f"{PREFIX}Enabled") else []
    if broken or not password.strip() or len(password) > LONGEST:
        reason = "The password provided does not meet the server's password policy."
        raise ChatError(NOT_MET, reason, broken)


def _broken(at: Instance, password: str) -> list[Document]:
    against = "which is against the password policy."
    found = []

    def breaks(rule: str, message: str) -> None:
        found.append({"error": f"{NOT_MET}-{rule}", "message": message})

    if len(password) < at.number(f"{PREFIX}MinLength", -1):
        breaks("minLength", "The password does not meet the minimum length password policy.")
    if 1 <= at.number(f"{PREFIX}MaxLength", -1) < len(password):
        breaks("maxLength", "The password does not meet the maximum length password policy.")
    repeats = at.number(f"{PREFIX}ForbidRepeatingCharactersCount", 0)
    if at.setting(f"{PREFIX}ForbidRepeatingCharacters") and _repeats(password, repeats):
        breaks("repeatingCharacters", f"The password contains repeating characters {against}")
    for kind, word, pattern in CHARACTERS:
        if at.setting(f"{PREFIX}AtLeastOne{kind}") and not re.search(pattern, password):
            code = CODES.get(kind, f"one{kind}")
            message = f"The password does not contain at least one {word} character {against}"
            breaks(code, message)
    return found


def _repeats(password: str, most: int) -> bool:
    """Whether a character stands more than `most` times in a row."""
    return bool(re.search(rf"(.)\1{{{max(most, 1)},}}", password[:LONGEST], re.DOTALL))


def generate(at: Instance) -> str:
    """A random password that the policy allows where any of its length is allowed."""
    most = at.number(f"{PREFIX}MaxLength", -1)
    length = max(at.number(f"{PREFIX}MinLength", 0), 24)
    length = min(length, most) if most >= 1 else length
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!")
    picked = [secrets.choice(kinds[place % 4]) for place in range(length)]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def refuse_digest(at: Instance, hexdigest: str) -> None:
    """Raises for a password that comes as its digest, if that is none or there is a policy: what
    it says of passwords cannot be told from them.
    """
    if at.setting(f"{PREFIX}Enabled") or not re.fullmatch("[0-9a-f]{64}", hexdigest):
        reason = "The password provided does not meet the server's password policy."
        raise ChatError(NOT_MET, reason, [])


def refuse_used(at: Instance, user: Document, password: str, method: str) -> None:
    """Raises for the password that the user has, or had lately where the workspace minds that."""
    refuse_used_digest(at, user, digest(password), method)


def refuse_used_digest(at: Instance, user: Document, hexdigest: str, method: str) -> None:
    details = {"method": method}
    if password_matches(user, hexdigest):
        reason = "Entered password same as current password"
        raise ChatError("error-password-same-as-current", reason, details)
    if not at.setting("Accounts_Password_History_Enabled"):
        return
    before = user.get("services", {}).get("passwordHistory") or ()
    for hashed in before:
        if password_matches({"services": {"password": {"bcrypt": hashed}}}, hexdigest):
            reason = "Entered password has been previously used"
            raise ChatError("error-password-in-history", reason, details)


def change_of(at: Instance, user: Document, password: str) -> Document:
    """The fields that give a user a new password; the old one joins their history."""
    return change_to_digest(at, user, digest(password))


def change_to_digest(at: Instance, user: Document, hexdigest: str) -> Document:
    fields: Document = {BCRYPT: hash_password(hexdigest)}
    most = at.number("Accounts_Password_History_Amount", 5)
    old = user.get("services", {}).get("password", {}).get("bcrypt")
    if at.setting("Accounts_Password_History_Enabled") and isinstance(old, str) and most > 0:
        before = user.get("services", {}).get("passwordHistory") or []
        fields[HISTORY] = [*before, old][-most:]
    return fields
