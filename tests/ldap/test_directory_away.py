"""A directory that is away, hangs or is not what it says: local people log in all the same."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.directory import Directed
from tests.support.lines import Lines
from tests.support.slapd import Slapd
from tests.support.workspace import Json

LOCAL = "secret"
"""The password of `Workspace.person`."""
BOUND = 15.0
"""Seconds: what the settings below allow, and much for a busy machine."""


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where `serve` has each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        port: int = server.getsockname()[1]
        yield port
        ended.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def hangs(connection: socket.socket) -> None:
    """Takes what comes, and answers nothing until the other side goes."""
    connection.settimeout(20)
    while connection.recv(4096):
        pass


def vanishes(connection: socket.socket) -> None:
    connection.recv(1)


def babbles(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 400)


@pytest.mark.parametrize("serve", [hangs, vanishes, babbles, None])
def test_local_people_log_in_after_a_bounded_wait_and_a_clear_line(
    directed: Directed, lines: Lines, serve: Callable[[socket.socket], None] | None
) -> None:
    person = directed.person()
    with listening(serve or vanishes) as port:
        away: Json = {"Port": port if serve else 1, "Timeout": 1000, "Connect_Timeout": 1000}
        with directed.given(**away):
            lines.texts.clear()
            started = time.monotonic()
            directed.login(person.username, LOCAL)
            assert time.monotonic() - started < BOUND
    (line,) = lines.named("directory failed")
    assert line["host"] == "127.0.0.1"
    assert line["port"] == away["Port"]
    assert line["error"].split(":")[0] in ("connect", "bind")
    assert line["correlation_id"]


def test_where_the_searching_account_is_refused_local_people_log_in(
    directed: Directed, lines: Lines
) -> None:
    person, uid = directed.person(), directed.entry()
    for wrong in ("not-the-readers-password", ""):
        with directed.given(Authentication_Password=wrong):
            directed.login(person.username, LOCAL)
            assert directed.refuses(uid)
    said = {line["error"] for line in lines.named("directory failed")}
    assert said == {"bind: invalidCredentials", "no password to bind with"}
    assert "not-the-readers-password" not in "\n".join(lines.texts)


def test_without_an_account_to_search_with_the_directory_is_asked_anonymously(
    directed: Directed, lines: Lines
) -> None:
    """This one shows nothing to those it does not know."""
    uid = directed.entry()
    with directed.given(Authentication=False):
        assert directed.refuses(uid)
    said = {line["error"] for line in lines.named("directory failed")}
    assert said == {"search: insufficientAccessRights"}


@pytest.mark.parametrize("encryption", ["ssl", "tls"])
def test_over_tls_the_directory_shows_a_certificate_of_the_given_authority(
    directed: Directed, slapd: Slapd, lines: Lines, encryption: str
) -> None:
    """TLS from the start, and StartTLS."""
    port = slapd.tls_port if encryption == "ssl" else slapd.port
    one, other, third = (directed.entry() for _ in range(3))
    with directed.given(Encryption=encryption, Host="localhost", Port=port):
        assert directed.refuses(one), "an authority that nobody knows"
        with directed.given(CA_Cert=slapd.authority):
            directed.signs_in(one)
            with directed.given(Host="127.0.0.1"):
                assert directed.refuses(other), "a name that the certificate is not for"
        with directed.given(CA_Cert="not a certificate"):
            assert directed.refuses(other)
        with directed.given(Reject_Unauthorized=False):
            directed.signs_in(third)
    assert len(lines.named("directory failed")) == 3


def test_plain_text_sent_to_a_tls_port_and_the_reverse_end_in_time(
    directed: Directed, slapd: Slapd
) -> None:
    person = directed.person()
    for encryption, port in (("plain", slapd.tls_port), ("ssl", slapd.port)):
        with directed.given(Encryption=encryption, Port=port, Timeout=1000):
            started = time.monotonic()
            directed.login(person.username, LOCAL)
            assert time.monotonic() - started < BOUND


@pytest.mark.parametrize("broken", ["((", "(&(objectclass=*)"])
def test_a_filter_that_is_none_keeps_local_people_logging_in(
    directed: Directed, lines: Lines, broken: str
) -> None:
    person, uid = directed.person(), directed.entry()
    with directed.given(User_Search_Filter=broken):
        directed.login(person.username, LOCAL)
        assert directed.refuses(uid)
    assert lines.named("directory failed")
