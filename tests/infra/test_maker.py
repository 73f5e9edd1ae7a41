"""What CloudFormation has made by a function: parameters that hold secrets, and the page."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.stacks.maker import CODE

LONGEST = 4096
"""Characters of code in a template."""
Make = Callable[..., dict[str, Any]]


class Said(SimpleNamespace):
    """Lambda's module `cfnresponse`; `last` is what CloudFormation was told."""

    SUCCESS, FAILED = "SUCCESS", "FAILED"

    def send(self, event: Any, context: Any, *told: Any, **more: Any) -> None:
        names = ("status", "data", "name")
        self.last = {**dict(zip(names, told, strict=True)), **more}


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    said = Said()
    monkeypatch.setitem(sys.modules, "cfnresponse", said)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        handler = runpy.run_path(str(CODE))["handler"]

        def made(kind: str = "Create", **properties: Any) -> dict[str, Any]:
            event = {"RequestType": kind, "LogicalResourceId": "It"}
            handler({**event, "ResourceProperties": properties}, None)
            last: dict[str, Any] = said.last
            return last

        yield made


def kept(name: str) -> str:
    found = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    return str(found["Value"])


def test_the_code_fits_into_a_template() -> None:
    assert len(Path(CODE).read_text("utf-8")) < LONGEST


def test_missing_secrets_are_made_and_those_that_are_there_stay(make: Make) -> None:
    assert make(Make=["/w/key"])["status"] == "SUCCESS"
    first = kept("/w/key")
    assert len(first) == 64
    told = make("Update", Make=["/w/key", "/w/other"])
    assert (told["status"], told["data"]) == ("SUCCESS", {})
    assert kept("/w/key") == first
    assert kept("/w/other") not in ("", first)


def test_a_secret_is_told_without_being_shown(make: Make) -> None:
    make(Make=["/w/origin"])
    told = make(Read="/w/origin")
    assert told["data"] == {"Value": kept("/w/origin")}
    assert told["noEcho"] is True


def test_the_page_is_put_where_it_belongs(make: Make) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="pages")
    put = {"Bucket": "pages", "Key": "index.html", "Body": "<p>é", "ContentType": "text/html"}
    assert make(Put=put)["status"] == "SUCCESS"
    found = s3.get_object(Bucket="pages", Key="index.html")
    assert (found["Body"].read().decode(), found["ContentType"]) == ("<p>é", "text/html")


def test_what_cannot_be_made_fails_the_deployment_and_says_why(make: Make) -> None:
    told = make(Read="/w/never")
    assert (told["status"], told["data"]) == ("FAILED", {})
    assert "ParameterNotFound" in told["reason"]


def test_what_was_made_outlives_its_resource(make: Make) -> None:
    make(Make=["/w/key"])
    assert make("Delete", Make=["/w/key"])["status"] == "SUCCESS"
    assert kept("/w/key")
