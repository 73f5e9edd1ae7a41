"""Requests over connections that are kept open."""

from __future__ import annotations

import calendar
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import botocore.httpsession
import pytest
from botocore.credentials import ReadOnlyCredentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contrail.ports.aws import endpoint as module
from contrail.ports.aws.endpoint import Endpoint
from contrail.ports.aws.signing import Signer, encoded
from tests.ports.conftest import REGION, Server

CREDENTIALS = ReadOnlyCredentials("AKIA", "secret", "token")


def _endpoint(server: Server) -> Endpoint:
    signer = Signer("lambda", REGION, lambda: CREDENTIALS)
    return Endpoint(f"{server.url}/stage/", signer, 4)


def test_a_request_arrives_as_it_was_signed(server: Server) -> None:
    reply = _endpoint(server).request("POST", f"/x/{encoded('a=/b')}", "é".encode(), timeout=5)
    assert (reply.status, reply.body) == (200, b"{}")
    [seen] = server.seen
    assert (seen.path, seen.body) == ("/stage/x/a%3D%2Fb", "é".encode())
    at = calendar.timegm(time.strptime(seen.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))
    again = Signer("lambda", REGION, lambda: CREDENTIALS, lambda: at)
    signed = again.headers("POST", seen.headers["host"], seen.path, seen.body)
    assert seen.headers["authorization"] == signed["authorization"]


def test_connections_are_kept_open_until_they_have_idled(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = _endpoint(server)
    for _ in range(5):
        endpoint.request("POST", "/x", timeout=5)
    assert server.connections == 1
    monkeypatch.setattr(module, "IDLE", -1)
    endpoint.request("POST", "/x", timeout=5)
    assert server.connections == 2


def test_no_answer_no_connection_and_a_broken_one_are_told_apart(server: Server) -> None:
    endpoint = _endpoint(server)
    server.answer("/stage/x", 0)
    with pytest.raises(TimeoutError):
        endpoint.request("POST", "/x", timeout=0.3)
    server.answer("/stage/x", 0)
    server.let_go.set()
    with pytest.raises(ConnectionError) as broken:
        endpoint.request("POST", "/x", timeout=5)
    assert not isinstance(broken.value, ConnectionRefusedError)
    signer = Signer("lambda", REGION, lambda: CREDENTIALS)
    with pytest.raises(ConnectionRefusedError):
        Endpoint("http://127.0.0.1:1", signer, 1).request("POST", "/x", timeout=5)
    with pytest.raises(LookupError):
        Endpoint("", signer, 1).request("POST", "/x", timeout=5)


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(server: Server) -> None:
    endpoint = _endpoint(server)
    server.answer("/stage/x", 200, 200)
    server.hang_up = True
    endpoint.request("POST", "/x", timeout=5)
    assert server.hung_up.acquire(timeout=5)
    server.hang_up = False
    assert endpoint.request("POST", "/x", timeout=5).status == 200
    assert server.connections == 2


def test_no_more_requests_run_at_once_than_allowed(server: Server) -> None:
    endpoint = _endpoint(server)
    server.slow = 0.02
    threads = [
        threading.Thread(target=endpoint.request, args=("POST", "/x"), kwargs={"timeout": 5})
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == 12
    assert server.most_at_once <= 4
    assert server.connections <= 4


def _certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by itself; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def test_https_is_spoken_with_a_host_that_is_trusted_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = Server(context)
    try:
        with pytest.raises(ConnectionRefusedError, match="SSLCertVerificationError"):
            _endpoint(server).request("POST", "/x", timeout=5)
        monkeypatch.setattr(botocore.httpsession, "get_cert_path", lambda _: str(file))
        endpoint = _endpoint(server)
        for _ in range(3):
            assert endpoint.request("POST", "/x", b"a", timeout=5).status == 200
        assert len(server.seen) == 3
        assert server.connections <= 2
    finally:
        server.stop()
