"""An LDAP directory for tests: OpenLDAP's slapd with a configuration and a database of its own."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from ldap3 import Connection, Server

SUFFIX = "dc=example,dc=com"
PEOPLE, GROUPS = f"ou=people,{SUFFIX}", f"ou=groups,{SUFFIX}"
READER, READERS_PASSWORD = f"cn=reader,{SUFFIX}", "the-reader-may-search"
MANAGER, MANAGERS_PASSWORD = f"cn=manager,{SUFFIX}", "the-manager-may-all"
PASSWORD = "directory-password"
"""Of everybody who is made here without another."""
Values = dict[str, str | list[str]]

_CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
sizelimit unlimited
database mdb
maxsize 268435456
suffix "{suffix}"
rootdn "{manager}"
rootpw {password}
directory {folder}/data
dbnosync
index objectClass,uid,cn,mail,entryUUID,member,memberUid,uniqueMember eq
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"""


def person(uid: str, name: str = "", **more: str | list[str]) -> tuple[str, Values]:
    """DN and attributes; the mail address is `<uid>@example.com`."""
    name = name or uid.title()
    values: Values = {
        "objectClass": ["inetOrgPerson"],
        "uid": uid,
        "cn": name,
        "sn": name.split()[-1],
        "mail": f"{uid}@example.com",
        "userPassword": PASSWORD,
        **more,
    }
    return f"uid={uid},{PEOPLE}", {key: value for key, value in values.items() if value}


def group(name: str, *dns: str) -> tuple[str, Values]:
    """A group of such DNs."""
    return f"cn={name},{GROUPS}", {"objectClass": "groupOfNames", "cn": name, "member": list(dns)}


class Slapd:
    """Made with entries, started with `start`. Listens on `port`, and with TLS on `tls_port`."""

    def __init__(self, folder: Path, entries: Iterable[tuple[str, Values]] = ()) -> None:
        self._folder = folder
        (folder / "data").mkdir()
        self.authority = _certificates(folder)
        configuration = _CONFIGURATION.format(
            folder=folder, suffix=SUFFIX, manager=MANAGER, password=MANAGERS_PASSWORD
        )
        (folder / "slapd.conf").write_text(configuration)
        base: list[tuple[str, Values]] = [
            (
                SUFFIX,
                {"objectClass": ["dcObject", "organization"], "dc": "example", "o": "Ex"},
            ),
            (PEOPLE, {"objectClass": "organizationalUnit", "ou": "people"}),
            (GROUPS, {"objectClass": "organizationalUnit", "ou": "groups"}),
            (
                READER,
                {
                    "objectClass": ["organizationalRole", "simpleSecurityObject"],
                    "cn": "reader",
                    "userPassword": READERS_PASSWORD,
                },
            ),
        ]
        ldif = "\n".join(_ldif(dn, values) for dn, values in [*base, *entries])
        self._run("slapadd", "-q", "-f", str(folder / "slapd.conf"), given=ldif)
        self.port, self.tls_port = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._manager: Connection | None = None

    def start(self) -> Slapd:
        listens = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        config = str(self._folder / "slapd.conf")
        log = (self._folder / "slapd.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                ["/usr/sbin/slapd", "-d", "0", "-f", config, "-h", listens],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        pause = threading.Event()
        for _ in range(500):
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            except OSError:
                pause.wait(0.02)
            else:
                return self
        self.stop()
        raise RuntimeError((self._folder / "slapd.log").read_text())

    def stop(self) -> None:
        if self._manager is not None:
            self._manager.unbind()
            self._manager = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def add(self, entry: tuple[str, Values]) -> str:
        """Its DN."""
        dn, values = entry
        self._done(self._managing().add(dn, attributes=values))
        return dn

    def change(self, dn: str, **values: str | list[str] | list[bytes]) -> None:
        """Replace attributes; an empty list takes one away."""
        changes = {
            name: [("MODIFY_REPLACE", [value] if isinstance(value, str) else value)]
            for name, value in values.items()
        }
        self._done(self._managing().modify(dn, changes))

    def remove(self, dn: str) -> None:
        self._done(self._managing().delete(dn))

    def _managing(self) -> Any:
        if self._manager is None:
            server = Server("127.0.0.1", self.port)
            self._manager = Connection(server, MANAGER, MANAGERS_PASSWORD, auto_bind=True)
        return self._manager

    def _done(self, worked: bool) -> None:
        assert worked, self._managing().result

    def _run(self, program: str, *arguments: str, given: str) -> None:
        done = subprocess.run(
            [f"/usr/sbin/{program}", *arguments],
            check=False,
            input=given,
            text=True,
            capture_output=True,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)


def _ldif(dn: str, values: Values) -> str:
    lines = [f"dn: {dn}"]
    for name, value in values.items():
        lines += [f"{name}: {one}" for one in ([value] if isinstance(value, str) else value)]
    return "\n".join(lines) + "\n"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _certificates(folder: Path) -> str:
    """Write a server's certificate for `localhost`; that of the authority behind it, as PEM."""
    now, keys = datetime.now(UTC), [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("ca", "localhost")]

    def signed(place: int, extension: x509.ExtensionType) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[0])
            .public_key(keys[place].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=place == 0)
            .sign(keys[0], hashes.SHA256())
        )

    authority = signed(0, x509.BasicConstraints(ca=True, path_length=None))
    server = signed(1, x509.SubjectAlternativeName([x509.DNSName("localhost")]))
    (folder / "server.pem").write_bytes(server.public_bytes(Encoding.PEM))
    key = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(key)
    return authority.public_bytes(Encoding.PEM).decode()
