"""Codes by mail that anyone may ask for, by a name: no harm to whom they are sent."""

from __future__ import annotations

import pytest

from tests.support.mailed_codes import (
    address_of,
    code_of,
    log_in,
    other,
    protected,
    refused,
    setting,
)
from tests.support.people import stored
from tests.support.smtp import Sink
from tests.support.strict import Strict
from tests.support.workspace import Person

BLOCKING = "Block_Multiple_Failed_Logins_Enabled"


def ask(strict: Strict, person: Person) -> None:
    given = {"emailOrUsername": person.username}
    answer = strict.http("POST", "v1/users.2fa.sendEmailCode", json=given)
    assert answer.json() == {"success": True}


def test_a_stranger_cannot_take_a_fresh_code_away(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    log_in(strict, person)
    code = code_of(sink, person)
    for _ in range(3):
        strict.moving.forward(minutes=1.5)
        ask(strict, person)
    strict.settle()
    assert len(sink.to(address_of(person))) == 1
    assert log_in(strict, person, code).status_code == 200


@pytest.mark.parametrize("by", ["asking for it", "logging in"])
def test_another_code_makes_no_room_for_more_guesses(strict: Strict, sink: Sink, by: str) -> None:
    person = protected(strict)
    with setting(strict, BLOCKING, False):
        log_in(strict, person)
        code = code_of(sink, person)
        for _ in range(3):
            refused(log_in(strict, person, other(code)), "totp-invalid")
        if by == "asking for it":
            strict.moving.forward(minutes=6)
            ask(strict, person)
        else:
            strict.moving.forward(minutes=56)
            refused(log_in(strict, person), "totp-required", codeGenerated=True)
        code = code_of(sink, person, 2)
        refused(log_in(strict, person, other(code)), "totp-invalid")
        refused(log_in(strict, person, other(code)), "totp-max-attempts")
        refused(log_in(strict, person, code), "totp-max-attempts")


def test_a_code_that_guesses_used_up_is_renewed_for_who_knows_the_password_alone(
    strict: Strict, sink: Sink
) -> None:
    person = protected(strict)
    with setting(strict, BLOCKING, False):
        log_in(strict, person)
        code = code_of(sink, person)
        for _ in range(5):
            log_in(strict, person, other(code))
        strict.moving.forward(minutes=6)
        ask(strict, person)
        strict.settle()
        assert len(sink.to(address_of(person))) == 1
        refused(log_in(strict, person), "totp-required", codeGenerated=True)
        assert log_in(strict, person, code_of(sink, person, 2)).status_code == 200


def test_once_a_code_has_expired_guesses_at_it_count_no_more(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    log_in(strict, person)
    log_in(strict, person, other(code_of(sink, person)))
    strict.moving.forward(seconds=3601)
    ask(strict, person)
    code = code_of(sink, person, 2)
    assert stored(strict, person.id)["services"]["emailCode"]["attempts"] == 0
    assert log_in(strict, person, code).status_code == 200
