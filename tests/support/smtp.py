"""An SMTP server in a process of its own, and the mail that reached it."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

from tests.support.program import ROOT, free_port
from tests.support.settings import put
from tests.support.workspace import Workspace

PATIENCE = 15.0
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Received:
    """`secured` and `user` say how the letter came in, `sender` and `recipient` the envelope."""

    message: EmailMessage
    sender: str
    recipient: str
    secured: bool
    user: str

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def link(self) -> str:
        """The first one in the text."""
        found = LINK.search(self.text)
        assert found, self.text
        return found[0]

    @property
    def token(self) -> str:
        return self.link.rsplit("/", 1)[-1]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


class Sink:
    """`mode` is `plain`, `starttls` or `tls`; with `auth` it takes mail of one user alone.

    `refuses` is the code that it answers the first `times` recipients with; a `silent` one never
    answers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        mode: str = "plain",
        auth: bool = False,
        refuses: int = 0,
        times: int = 1_000_000,
        silent: bool = False,
    ) -> None:
        self.port = free_port()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        program = [sys.executable, "-m", "tests.support.smtp_server", str(folder)]
        options = [str(self.port), mode, str(int(auth)), str(refuses), str(int(silent)), str(times)]
        self._process = subprocess.Popen(
            [*program, *options],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", "the SMTP server did not start"

    @property
    def certificate(self) -> Path:
        """What it shows in TLS, signed by itself."""
        return self.folder / "certificate.pem"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def all(self) -> list[Received]:
        """In the order in which they came."""
        paths = sorted((self.folder / "new").glob("*")) if (self.folder / "new").exists() else []
        return [_read(path) for path in paths]

    def to(self, address: str) -> list[Received]:
        return [one for one in self.all() if one.recipient.lower() == address.lower()]

    def last(self, address: str, count: int = 1) -> Received:
        """The newest to the address, once there are so many."""
        deadline = time.monotonic() + PATIENCE
        while len(self.to(address)) < count:
            assert time.monotonic() < deadline, f"no mail to {address}: {len(self.all())} in all"
            time.sleep(0.02)
        return self.to(address)[-1]

    def serve(self, workspace: Workspace) -> None:
        """Have the workspace send its mail here."""
        for name, value in (
            *(("SMTP_Port", str(self.port)), ("From_Email", "chat@example.com")),
            ("SMTP_Host", "127.0.0.1"),
        ):
            put(workspace, name, value)

    @property
    def overwrites(self) -> dict[str, str]:
        """Settings of a workspace that sends its mail here."""
        server = {"SMTP_Host": "127.0.0.1", "SMTP_Port": str(self.port)}
        return {**server, "From_Email": "chat@example.com"}


def temporary() -> Sink:
    return Sink(Path(tempfile.mkdtemp(prefix="sink-")))


def _read(path: Path) -> Received:
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Received(
        message,
        str(message["X-Sender"]),
        str(message["X-Recipient"]),
        message["X-Secured"] == "1",
        str(message["X-User"]),
    )
