"""Requests to other people's servers: what they may reach, and what they cost at most."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contrail.ports.http.addresses import Allowed, look_up
from contrail.ports.http.web import HttpWeb
from contrail.ports.web import AnswerTooLarge, Bounds, ForbiddenAddress, Method, Request, WebError
from tests.support.badserver import Server

QUICK = Bounds(seconds=1.0, size=100_000, redirects=3)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture(scope="module")
def inside(server: Server) -> HttpWeb:
    """It may reach the server by this name, and by none other."""
    return HttpWeb(Allowed.read(f"inside.test:{server.port}"), lambda host, port: ["127.0.0.1"])


def asked(web: HttpWeb, url: str, method: Method = "GET", **more: Any) -> Any:
    given: dict[str, Any] = {"bounds": QUICK, **more}
    return web.request(Request(url, method, **given))


def test_a_request_brings_its_headers_and_body_and_gets_the_answer(
    server: Server, inside: HttpWeb
) -> None:
    url = f"http://inside.test:{server.port}/echo?a=b%20c&d=é"
    answer = asked(inside, url, "POST", headers={"X-Own": "1"}, body=b"hello")
    assert (answer.status, answer.headers["x-said"]) == (200, "yes")
    told = orjson.loads(answer.body)
    assert (told["method"], told["body"]) == ("POST", "hello")
    assert told["path"] == "/echo?a=b%20c&d=%C3%A9"
    assert told["headers"]["host"] == f"inside.test:{server.port}"
    assert (told["headers"]["x-own"], told["headers"]["accept-encoding"]) == ("1", "identity")


FORBIDDEN = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b:1::7f00:1", "::ffff:0:127.0.0.1"),
    *("::ffff:0:a9fe:a9fe", "100::1", "1000::1", "4000::1"),
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_name_leads_to_an_address_that_is_not_the_internets(address: str) -> None:
    web = HttpWeb(resolve=lambda host, port: ["93.184.215.14", address])
    with pytest.raises(ForbiddenAddress, match=r"^name\.test: not a public address$"):
        asked(web, "http://name.test/")


ODD = (
    *("http://127.0.0.1", "http://127.1", "http://2130706433", "http://0x7f000001"),
    *("http://0177.0.0.1", "http://0x7f.1", "http://0", "http://localhost", "http://LOCALHOST."),
    *("http://[::1]", "http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]", "http://①②⑦.0.0.1"),
    *("http://[0:0:0:0:0:ffff:169.254.169.254]", "http://169.254.169.254/latest/meta-data"),
)


@pytest.mark.parametrize("url", ODD)
def test_no_way_to_write_an_address_leads_inside(server: Server, url: str) -> None:
    """By the resolver that is really used."""
    with pytest.raises(ForbiddenAddress):
        asked(HttpWeb(), f"{url}:{server.port}/echo" if url.count("/") == 2 else url)


@pytest.mark.parametrize(
    "url",
    ["", "x", "/x", "//x.test", "file:///etc/passwd", "ftp://x.test", "gopher://x.test:70/_x",
     "http://", "http:///x", "http://a@x.test", "http://x.test\\@y.test/", "http://x test/",
     "http://x.test:99999/", "http://x.test:a/", "http://" + "x" * 9000, "javascript:alert(1)",
     "http://x.test%00.y/", "http://[::1", "http://a..b/", "unix:/run/x.sock"],
)  # fmt: skip
def test_what_is_no_url_of_a_host_is_refused_before_any_look_up(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(ForbiddenAddress):
        asked(HttpWeb(resolve=never), url)


def test_what_is_allowed_is_allowed_by_name_and_port_or_by_network(server: Server) -> None:
    url, port = f"http://inside.test:{server.port}/echo", server.port
    for text in ("inside.test", f"INSIDE.test:{port}", "127.0.0.0/8", "x, 127.0.0.1/32"):
        web = HttpWeb(Allowed.read(text), lambda host, port: ["127.0.0.1"])
        assert asked(web, url).status == 200
    for text in ("", "test", "other.test", f"inside.test:{port + 1}", "10.0.0.0/8"):
        web = HttpWeb(Allowed.read(text), lambda host, port: ["127.0.0.1"])
        with pytest.raises(ForbiddenAddress):
            asked(web, url)
    with pytest.raises(ValueError, match="10"):
        Allowed.read("10.0.0.0/99")


def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(server: Server) -> None:
    """However often its owner changes what it stands for."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    web = HttpWeb(Allowed.read("127.0.0.1/32"), lambda host, port: next(answers))
    assert asked(web, f"http://changes.test:{server.port}/echo").status == 200
    with pytest.raises(ForbiddenAddress):
        asked(web, f"http://changes.test:{server.port}/echo")


def test_a_redirect_is_judged_like_the_url_itself(server: Server, inside: HttpWeb) -> None:
    base = f"http://inside.test:{server.port}/to"
    assert asked(inside, f"{base}?u=/echo").url == f"http://inside.test:{server.port}/echo"
    for to in (f"http://127.0.0.1:{server.port}/echo", "http://[::1]/", "//127.0.0.1/",
               f"http://other.test:{server.port}/", "http://inside.test:1/",
               "file:///etc/passwd"):  # fmt: skip
        with pytest.raises(ForbiddenAddress):
            asked(inside, f"{base}?u={to}")


def test_redirects_are_followed_only_as_often_as_asked(server: Server, inside: HttpWeb) -> None:
    url = f"http://inside.test:{server.port}/to?u=/to%3Fu%3D/echo"
    assert asked(inside, url, bounds=Bounds(redirects=2)).status == 200
    with pytest.raises(WebError, match="too many redirects"):
        asked(inside, url, bounds=Bounds(redirects=1))
    none = asked(inside, url, bounds=Bounds())
    assert (none.status, none.headers["location"]) == (302, "/to?u=/echo")


def test_secrets_do_not_follow_a_redirect_to_another_origin(server: Server) -> None:
    web = HttpWeb(Allowed.read("a.test,b.test"), lambda host, port: ["127.0.0.1"])
    own = {"Authorization": "Bearer x", "Cookie": "x", "X-Key": "x", "Accept": "text/plain"}
    base, other = f"http://a.test:{server.port}", f"http://b.test:{server.port}"
    same = orjson.loads(asked(web, f"{base}/to?u=/echo", headers=own).body)["headers"]
    assert same["authorization"] == "Bearer x"
    told = orjson.loads(asked(web, f"{base}/to?u={other}/echo", headers=own).body)["headers"]
    assert not {"authorization", "cookie", "x-key"} & set(told)
    assert told["accept"] == "text/plain"
    seen = orjson.loads(asked(web, f"{base}/to?u=/echo", "POST", body=b"x").body)
    assert (seen["method"], seen["body"]) == ("GET", "")
    seen = orjson.loads(asked(web, f"{base}/to?s=307&u=/echo", "POST", body=b"x").body)
    assert (seen["method"], seen["body"]) == ("POST", "x")
    with pytest.raises(ForbiddenAddress):
        asked(web, f"{base}/to?s=307&u={other}/echo", "POST", body=b"x")


def test_a_body_is_read_no_further_than_asked(server: Server, inside: HttpWeb) -> None:
    with pytest.raises(AnswerTooLarge):
        asked(inside, f"http://inside.test:{server.port}/huge")
    with pytest.raises(WebError, match=r"cut off|IncompleteRead"):
        asked(inside, f"http://inside.test:{server.port}/lying")


@pytest.mark.parametrize("path", ["drip", "drip-body"])
def test_who_answers_a_byte_at_a_time_is_not_waited_for(
    server: Server, inside: HttpWeb, path: str
) -> None:
    started = time.monotonic()
    with pytest.raises(WebError, match="no answer in time"):
        asked(inside, f"http://inside.test:{server.port}/{path}", bounds=Bounds(seconds=0.4))
    assert time.monotonic() - started < 20


def test_a_name_server_is_not_waited_for(server: Server) -> None:
    release = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        release.wait(10)
        return ["127.0.0.1"]

    with pytest.raises(WebError, match="not resolved in time"):
        asked(HttpWeb(resolve=slow), "http://slow.test/", bounds=Bounds(seconds=0.2))
    release.set()


def test_who_accepts_and_says_nothing_or_is_not_there_is_an_error(inside: HttpWeb) -> None:
    web = HttpWeb(Allowed.read("127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for scheme in ("http", "https"):
            with pytest.raises(WebError, match=r"^127.0.0.1: "):
                asked(web, f"{scheme}://127.0.0.1:{port}/", bounds=Bounds(seconds=0.3))
    with pytest.raises(WebError, match="ConnectionRefusedError"):
        asked(web, f"http://127.0.0.1:{port}/")
    with pytest.raises(WebError, match="there is no such host"):
        asked(HttpWeb(), "http://nowhere.invalid/")


def test_headers_cannot_be_smuggled(server: Server, inside: HttpWeb) -> None:
    url = f"http://inside.test:{server.port}/echo"
    with pytest.raises(WebError):
        asked(inside, url, headers={"X-A": "1\r\nX-B: 2"})
    told = orjson.loads(asked(inside, f"{url}?a=1 HTTP/1.1%0d%0aX-B: 2").body)
    assert "x-b" not in told["headers"]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    try:
        web = HttpWeb(Allowed.read("self.test"), lambda host, port: ["127.0.0.1"])
        with pytest.raises(WebError, match="SSLCertVerificationError"):
            asked(web, f"https://self.test:{server.port}/echo")
    finally:
        server.close()


def _certificate(folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self.test")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path = folder / "self.pem"
    path.write_bytes(private + signed)
    return path


def test_the_systems_resolver_reads_what_is_written_oddly() -> None:
    """Which is why what it finds is judged, and not what was written."""
    assert look_up("2130706433", 80) == look_up("127.1", 80) == ["127.0.0.1"]
