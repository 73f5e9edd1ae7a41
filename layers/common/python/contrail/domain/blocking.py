"""Logins are refused for a while after too many that failed: of one person, or from one address.

Judged after the password, which was checked either way: who guesses in parallel learns no more
answers than who guesses one after the other, since each wrong guess is stored before it is
answered, and a right one is held against all that are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contrail.domain.instance import Instance
from contrail.shapes.errors import ChatError, LoginRefused
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from contrail.store.server_events import FAILED, SUCCEEDED

PREFIX = "Block_Multiple_Failed_Logins_"
LONGEST = 365 * 24 * 60
"""Minutes that a setting may block for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From `limit` failures within `span` on, until `span` after the last of them."""

    key: str
    limit: int
    span: timedelta
    refusal: LoginRefused


@dataclass(frozen=True, slots=True)
class Attempt:
    """`name` is the username, or what was typed where nobody bears it."""

    name: str
    address: str
    uid: str = ""

    @property
    def user(self) -> Document:
        return {"_id": self.uid, "username": self.name} if self.uid else {"username": self.name}


def judge(at: Instance, attempt: Attempt) -> bool:
    """Raises `LoginRefused` for who is blocked; whether there are failures to forgive."""
    rules = _rules(at, attempt)
    if not rules:
        return False
    found = _found(at, rules)
    _refuse_blocked(at, rules, found)
    return any(_failures(rule, found) for rule in rules)


def forgive(at: Instance, attempt: Attempt) -> None:
    """The login succeeded: what failed before counts no more."""
    keys = [rule.key for rule in _rules(at, attempt)]
    at.store.server_events.add(SUCCEEDED, keys, attempt.address, attempt.user, at.now())


def failed(at: Instance, attempt: Attempt) -> None:
    """Raises `LoginRefused` for who is blocked; else one more failure of theirs is stored."""
    rules = _rules(at, attempt)
    if not rules:
        return
    _refuse_blocked(at, rules, _found(at, rules))
    keys = [rule.key for rule in rules]
    own = at.store.server_events.add(FAILED, keys, attempt.address, attempt.user, at.now())
    # Others may have been stored since: of so many at once no more are answered than of so many
    # one after the other.
    _refuse_blocked(at, rules, [one for one in _found(at, rules) if one["_id"] != own])


def counted(at: Instance, attempt: Attempt, *, right: bool) -> bool:
    """A guess by who is logged in already, which counts as one at the door: `right` once more.

    Raises `ChatError` for who is blocked.
    """
    try:
        if right:
            judge(at, attempt)
        else:
            failed(at, attempt)
    except LoginRefused as error:
        raise ChatError(error.code, error.reason) from None
    return right


def _rules(at: Instance, attempt: Attempt) -> list[Rule]:
    if not at.setting(f"{PREFIX}Enabled"):
        return []
    rules = []
    listed = str(at.setting(f"{PREFIX}Ip_Whitelist") or "").replace(",", " ").split()
    if attempt.address and attempt.address not in listed and at.setting(f"{PREFIX}By_Ip"):
        refusal = LoginRefused(
            "error-login-blocked-for-ip", "Login has been temporarily blocked For IP"
        )
        rules.append(_rule(at, f"ip:{attempt.address}", "By_Ip", "By_Ip", refusal))
    if attempt.name and at.setting(f"{PREFIX}By_User"):
        refusal = LoginRefused(
            "error-login-blocked-for-user", "Login has been temporarily blocked For User"
        )
        rules.append(_rule(at, f"user:{attempt.name.lower()}", "by_User", "By_User", refusal))
    return rules


def _rule(at: Instance, key: str, attempts: str, unblock: str, refusal: LoginRefused) -> Rule:
    limit = at.number(f"{PREFIX}Attempts_Until_Block_{attempts}", 10)
    minutes = at.fraction(f"{PREFIX}Time_To_Unblock_{unblock}_In_Minutes", 5)
    return Rule(key, max(limit, 1), timedelta(minutes=min(max(minutes, 0), LONGEST)), refusal)


def _found(at: Instance, rules: list[Rule]) -> list[Document]:
    """Every event that may count: a block of one span was earned within the span before it."""
    start = at.now() - 2 * max(rule.span for rule in rules)
    return at.store.server_events.since([rule.key for rule in rules], start)


def _refuse_blocked(at: Instance, rules: list[Rule], found: list[Document]) -> None:
    now = at.now()
    for rule in rules:
        failures = _failures(rule, found)
        last = max(failures, default=None)
        if last is None or now >= last + rule.span:
            continue
        if sum(when > last - rule.span for when in failures) >= rule.limit:
            raise rule.refusal


def _failures(rule: Rule, found: list[Document]) -> list[datetime]:
    """When those happened that no success came after."""
    its = [event for event in found if rule.key in event[OWN]["keys"]]
    reset = max((event["ts"] for event in its if event["t"] == SUCCEEDED), default=None)
    failures = [event["ts"] for event in its if event["t"] == FAILED]
    return [when for when in failures if reset is None or when > reset]
