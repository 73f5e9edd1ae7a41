"""The mail port's two ways: SMTP against a server in another process, SES against moto."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from contrail.ports.aws.mail import SesMail
from contrail.ports.aws.provide import ports_from_environment
from contrail.ports.mail import Letter, NotSentError, UndeliverableError
from contrail.ports.smtp import Server, SmtpMail
from tests.support.program import free_port
from tests.support.smtp import Sink
from tests.support.smtp_secrets import PASSWORD, USERNAME

MESSAGE = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\n\r\nWords.\r\n"
LETTER = Letter("a@example.com", "b@example.com", MESSAGE)


@pytest.fixture(scope="module")
def starttls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """TLS is asked for, and then a name and a password."""
    made = Sink(tmp_path_factory.mktemp("starttls"), mode="starttls", auth=True)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    made = Sink(tmp_path_factory.mktemp("tls"), mode="tls")
    yield made
    made.stop()


def _server(sink: Sink, **more: Any) -> Server:
    return Server("127.0.0.1", sink.port, **more)


def test_a_letter_arrives_as_it_was_written(sink: Sink) -> None:
    to = Letter("a@example.com", "whole@example.com", MESSAGE)
    SmtpMail(_server(sink)).send(to)
    letter = sink.last("whole@example.com")
    assert (letter.sender, letter.subject, letter.text.strip()) == (
        "a@example.com",
        "Hello",
        "Words.",
    )
    assert not letter.secured


def test_tls_is_taken_up_and_the_password_shown_inside_it(
    starttls: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(starttls.certificate))
    SmtpMail(_server(starttls, username=USERNAME, password=PASSWORD)).send(LETTER)
    letter = starttls.last("b@example.com")
    assert (letter.secured, letter.user) == (True, USERNAME)


def test_tls_from_the_start(tls: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.certificate))
    SmtpMail(_server(tls, secure=True)).send(LETTER)
    assert tls.last("b@example.com").secured


def test_whom_nobody_vouches_for_gets_neither_the_password_nor_the_letter(starttls: Sink) -> None:
    before = len(starttls.all())
    with pytest.raises(NotSentError, match="TLS"):
        SmtpMail(_server(starttls, username=USERNAME, password=PASSWORD)).send(LETTER)
    assert len(starttls.all()) == before


def test_a_wrong_password_and_a_server_that_wants_tls_may_be_mended(
    starttls: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(starttls.certificate))
    for server in (
        _server(starttls, username=USERNAME, password="wrong-one"),
        _server(starttls, ignore_tls=True),
    ):
        with pytest.raises(NotSentError) as found:
            SmtpMail(server).send(LETTER)
        assert not isinstance(found.value, UndeliverableError)
        assert "wrong-one" not in f"{found.value}{server}"


@pytest.mark.parametrize(("code", "for_good"), [(550, True), (450, False)])
def test_a_recipient_may_be_refused_for_good_or_for_now(
    tmp_path: Path, code: int, for_good: bool
) -> None:
    sink = Sink(tmp_path, refuses=code)
    try:
        with pytest.raises(NotSentError, match=str(code)) as found:
            SmtpMail(_server(sink)).send(LETTER)
        assert isinstance(found.value, UndeliverableError) is for_good
    finally:
        sink.stop()


def test_a_server_that_keeps_silent_is_not_waited_for(tmp_path: Path) -> None:
    sink = Sink(tmp_path, silent=True)
    try:
        began = time.monotonic()
        with pytest.raises(NotSentError, match="the mail server"):
            SmtpMail(_server(sink), timeout=0.3).send(LETTER)
        assert time.monotonic() - began < 9
    finally:
        sink.stop()


def test_where_nobody_listens_or_no_such_host_is_the_letter_stays() -> None:
    for server in (Server("127.0.0.1", free_port()), Server("no.such.host.invalid", 25)):
        with pytest.raises(NotSentError):
            SmtpMail(server, timeout=2).send(LETTER)


def test_what_a_letter_says_is_not_in_its_repr() -> None:
    assert "Words" not in repr(LETTER)
    assert "hunter2" not in repr(Server("h", password="hunter2"))


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        yield boto3.client("sesv2", region_name="us-east-1")


def test_ses_takes_the_letter_as_it_was_written(ses: Any) -> None:
    ses.create_email_identity(EmailIdentity="a@example.com")
    ports_from_environment({}, str).mail.send(LETTER)
    from moto.backends import get_backend  # noqa: PLC0415 - inside the mock

    backend = get_backend("ses")["123456789012"]["us-east-1"]
    (sent,) = backend.sent_messages
    assert (sent.source, set(sent.destinations)) == ("a@example.com", {"b@example.com"})
    assert sent.raw_data == MESSAGE.decode()


def test_a_sender_that_ses_does_not_know_is_refused(ses: Any) -> None:
    with pytest.raises(UndeliverableError, match="MessageRejected"):
        SesMail(lambda: ses).send(LETTER)


def test_ses_out_of_reach_is_told_and_not_tried_again(ses: Any) -> None:
    from botocore.stub import Stubber  # noqa: PLC0415

    stub = Stubber(ses)
    stub.add_client_error("send_email", "TooManyRequestsException")
    with stub, pytest.raises(NotSentError, match="TooManyRequestsException") as found:
        SesMail(lambda: ses).send(LETTER)
    assert not isinstance(found.value, UndeliverableError)
