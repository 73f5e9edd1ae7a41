"""Grants, and how they are held against calls that were seen."""

from __future__ import annotations

import pytest

from infra.grants import BY_LAMBDA, CALLS, Grant, differences, grants, owners
from infra.profiles import APART
from infra.tables import methods
from infra.topology import FUNCTIONS, Function

CALLING = {
    "account": {"ldap"},
    "ldap": {"upload"},
    "messaging": {"account", "rooms"},
    "rooms": {"upload"},
}
"""What functions call of each other: a directory's logins, what slash commands stand for, and
what pictures hold.
"""


def as_called() -> dict[str, set[str]]:
    """A record of functions that call what they may, by the names that calls have."""
    named = {actions[0]: call for call, actions in CALLS.items() if len(actions) == 1}
    return {
        function.name: {
            named.get(action, action)
            for grant in grants(function)
            for action in grant.actions
            if action not in BY_LAMBDA
        }
        for function in FUNCTIONS
    }


def test_calls_that_are_granted_and_all_made_differ_in_nothing() -> None:
    assert differences(as_called()) == []


def test_a_call_that_is_not_granted_is_told() -> None:
    seen = as_called()
    seen["workspace"].add("sqs:SendMessage")
    assert differences(seen) == ["workspace calls sqs:SendMessage, which it is not granted"]


def test_a_grant_that_nobody_uses_is_told() -> None:
    seen = as_called()
    seen["streamer"].remove("dynamodb:PutItem")
    seen["messaging"].remove("sns:PublishBatch")
    assert differences(seen) == [
        "messaging is granted sns:Publish, which it never calls",
        "streamer is granted dynamodb:PutItem, which it never calls",
    ]


def test_a_transaction_is_what_it_holds() -> None:
    seen = as_called()
    writes = {"dynamodb:DeleteItem", "dynamodb:UpdateItem"}
    seen["account"] = seen["account"] - writes | {"dynamodb:TransactWriteItems"}
    assert differences(seen) == []
    seen["account"].remove("dynamodb:TransactWriteItems")
    assert [line.rpartition(", ")[0] for line in differences(seen)] == [
        f"account is granted {action}" for action in sorted(writes)
    ]


def test_a_caller_that_is_no_function_is_told() -> None:
    assert differences({**as_called(), "somebody": {"s3:GetObject"}}) == [
        "somebody calls something and is no function"
    ]


@pytest.mark.parametrize("text", ["facts:shout", "publish", ":publish", ""])
def test_a_grant_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no grant"):
        Grant.of(text)


def test_a_grant_is_said_once() -> None:
    twice = Function("account", "account", grants=("facts:publish", "facts:publish"))
    with pytest.raises(ValueError, match="granted something twice"):
        grants(twice)


def test_whoever_calls_methods_may_call_every_other_owner_of_one() -> None:
    open_ones = [known for known in methods().values() if not known.internal]
    assert set(owners()) == {known.service for known in open_ones}
    assert set(owners()) <= set(APART.answering())
    for function in FUNCTIONS:
        called = {grant.name for grant in grants(function) if grant.verb == "invoke"}
        calls = function.name in ("calls", "streamer", "settings")
        own = CALLING.get(function.name, set())
        assert called == (set(owners()) - {function.service, "streamer"} if calls else own)


def test_a_service_has_one_function_that_answers() -> None:
    answering = APART.answering()
    assert len(answering) == len([one for one in FUNCTIONS if one.rest])
    assert {one.service for one in FUNCTIONS if not one.deploys} == set(answering)


def test_who_is_called_by_a_gateway_reads_what_callers_are_judged_by() -> None:
    for function in FUNCTIONS:
        texts = {f"{grant.name}:{grant.verb}" for grant in grants(function)}
        judging = {"token-signing-key:read", "origin:read", "limits:count"}
        assert texts & judging == (judging if function.rest or function.socket else set())
        assert "mongodb-uri:read" in texts
