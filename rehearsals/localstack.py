"""`make test-localstack`: the data stack in LocalStack, judged by `infra.verify` as an account is.

LocalStack 4.8.1 in host mode, without Docker or a token. It has no DynamoDB then, so tables are
moto's to judge; here it is buckets, presigned addresses, topics, queues, secrets and parameters.
Arguments are `<profile>=<folder>` of templates that `cdk synth` wrote.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from infra.context import Context
from infra.verify import verify
from infra.verifying import Deployed
from rehearsals.datastack import KINDS, deploy

PROGRAM = Path("build/localstack/bin/python")
WITHOUT = ("AWS::DynamoDB::Table",)
JUDGED = ("secrets", "queues", "order", "files")
"""Who shows no signature is asked for none: that a bucket is private an account has to tell."""
PATIENCE = 90.0
"""Seconds that it may take to start."""


def main() -> int:
    wrong = 0
    given = json.loads(Path("cdk.json").read_text())["context"]
    for profile, _, place in (one.partition("=") for one in sys.argv[1:]):
        context = Context.read({**given, "profile": profile})
        file = Path(place) / f"{context.prefix}-data.template.json"
        print(f"{file.name} in LocalStack, profile {profile}:")
        with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as url:
            session = boto3.Session("test", "test", region_name="us-east-1")
            at = Deployed(session, context, url)
            deploy(at, json.loads(file.read_text()), set(KINDS) - set(WITHOUT))
            wrong += verify(at, JUDGED)
    return min(wrong, 1)


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """Its address. It keeps what it stores in the folder."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM.absolute(), "-m", "localstack.runtime.main"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "GATEWAY_LISTEN": f"127.0.0.1:{port}",
                "LOCALSTACK_HOST": f"127.0.0.1:{port}",
                "LOCALSTACK_VOLUME_DIR": str(folder),
                "SKIP_SSL_CERT_DOWNLOAD": "1",
                "DISABLE_EVENTS": "1",
                "S3_SKIP_SIGNATURE_VALIDATION": "0",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, url, folder / "log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_localstack/health", timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"LocalStack does not start:\n{log.read_text()}") from None
            time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
