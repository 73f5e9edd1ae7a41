"""The store of files: nanio, an S3 server that verifies signatures, as a supervised child."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from contrail.ports.aws.blobs import S3Blobs, client_options
from contrail.ports.blobs import AnyKey
from local.console import LocalError
from local.files_server import BUCKET, CREDENTIALS
from local.supervisor import Child, ChildFailed, Patience, Report, Supervisor

OWN = "contrail"
REGION = "us-east-1"
_UNSIGNED = 403


class FilesChild:
    """One server on `data_dir`/files, logging to `data_dir`/logs/files.log.

    `others` are key ids and keys besides this process's own: functions in the isolated runtime
    have some each. Pages of the `origins` may use it too.
    """

    def __init__(
        self,
        data_dir: Path,
        others: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        origins: Sequence[str] = (),
    ) -> None:
        folder = data_dir.absolute()
        self.storage = folder / "files"
        self._log = folder / "logs" / "files.log"
        # Nobody needs to know it longer than both processes live.
        self._key = secrets.token_urlsafe(32)
        self.netloc = f"127.0.0.1:{_free_port()}"
        self._supervisor = Supervisor(
            Child(
                name="The store of files",
                command=[
                    *(sys.executable, "-P", str(Path(__file__).with_name("files_server.py"))),
                    *("--netloc", self.netloc, "--folder", str(self.storage)),
                    *(f"--origin={one}" for one in origins),
                ],
                environment={
                    **os.environ,
                    CREDENTIALS: orjson.dumps({OWN: self._key, **(others or {})}).decode(),
                },
                log=self._log,
                ready=self._check,
                health=self._check,
                pid_file=folder / "files.pid",
            ),
            patience,
        )

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    @property
    def pid(self) -> int | None:
        """While it runs."""
        return self._supervisor.pid

    def start(self) -> None:
        """Raises LocalError; nothing is left running then."""
        try:
            for folder in (self.storage, self._log.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._supervisor.start()
        except ChildFailed as error:
            text = f"cannot open the files in {self.storage}: {error} (log: {self._log})"
            raise LocalError(text) from None
        except OSError as error:
            raise LocalError(f"cannot start the store of files: {error}") from None

    def watch(self, on_give_up: Report) -> None:
        self._supervisor.watch(on_give_up=on_give_up)

    def stop(self) -> None:
        self._supervisor.stop()

    def blobs(self) -> LocalBlobs:
        return LocalBlobs(self.url, self._key)

    def _check(self, _: int, seconds: float) -> None:
        """Raises unless it answers: who shows no signature is refused."""
        connection = http.client.HTTPConnection(self.netloc, timeout=seconds)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != _UNSIGNED:
            raise LocalError(f"answered {status}")


class LocalBlobs(S3Blobs):
    """Signs for the server's own address, and names the gateway's, which passes requests on.

    So an address holds under whatever name a client reaches the gateway. `public` is that origin.
    """

    def __init__(self, url: str, key: str) -> None:
        super().__init__(self._opened, BUCKET)
        self.public = url
        self._url = url
        self._key = key
        self._lock = threading.Lock()
        self._s3: Any = None

    def bring(self, key: AnyKey, body: BinaryIO, *, content_type: str) -> None:
        """Store a file of another installation, of any size."""
        self._opened().put_object(Bucket=BUCKET, Key=str(key), Body=body, ContentType=content_type)

    def _opened(self) -> Any:
        import boto3  # noqa: PLC0415 - boto3 takes long to import
        from botocore.config import Config  # noqa: PLC0415

        with self._lock:
            if self._s3 is None:
                session = boto3.Session(OWN, self._key, region_name=REGION)
                options = {"connect_timeout": 2, **client_options(own_address=True)}
                self._s3 = session.client("s3", endpoint_url=self._url, config=Config(**options))
            return self._s3

    def _signed(self, operation: str, key: Any, expires: int, more: Mapping[str, Any]) -> str:
        signed = super()._signed(operation, key, expires, more)
        return self.public + signed.removeprefix(self._url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
