"""The process behind `smtp.Sink`: aiosmtpd, writing what it takes into a folder.

`python -m tests.support.smtp_server FOLDER PORT plain|starttls|tls AUTH REFUSES SILENT TIMES`
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.smtp_secrets import PASSWORD, USERNAME

NAMES = itertools.count()


class Folder:
    """Each letter becomes a file at once: half of one is never read."""

    def __init__(self, folder: Path, refuses: int, times: int, *, tls: bool) -> None:
        self._folder = folder
        self._times = times
        self._tls = tls
        self._refuses = refuses
        for name in ("new", "tmp"):
            (folder / name).mkdir(exist_ok=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refuses and self._times:
            self._times -= 1
            return f"{self._refuses} no"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        for recipient in envelope.rcpt_tos:
            known: dict[str, Any] = {
                "X-Sender": envelope.mail_from,
                "X-Recipient": recipient,
                "X-Secured": int(session.ssl is not None or self._tls),
                "X-User": session.auth_data or "",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in known.items())
            name = f"{next(NAMES):08d}"
            path = self._folder / "tmp" / name
            content = envelope.content
            assert isinstance(content, bytes)
            path.write_bytes(head.encode() + content)
            path.rename(self._folder / "new" / name)
        return "250 OK"


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=right, auth_data=data.login.decode() if right else None)


def _context(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def main(
    folder: Path, port: int, mode: str, auth: bool, refuses: int, silent: bool, times: int
) -> None:
    loop = asyncio.get_running_loop()
    context = None if mode == "plain" else _context(folder)
    handler = Folder(folder, refuses, times, tls=mode == "tls")

    def make() -> SMTP:
        return SMTP(
            handler,
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            auth_required=auth,
            auth_require_tls=mode == "starttls",
            authenticator=_authenticate if auth else None,
            loop=loop,
        )

    tls = context if mode == "tls" else None
    if silent:
        await asyncio.start_server(_hang, "127.0.0.1", port)
    else:
        await loop.create_server(make, "127.0.0.1", port, ssl=tls)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    place, number, kind, asks, code, hangs, most = sys.argv[1:]
    asyncio.run(
        main(Path(place), int(number), kind, asks == "1", int(code), hangs == "1", int(most))
    )
