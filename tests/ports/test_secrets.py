"""Secrets from Parameter Store and from Secrets Manager."""

from __future__ import annotations

import logging

import pytest

from contrail.ports.aws.secrets import CloudSecrets
from contrail.ports.secrets import FRESH
from tests.ports.conftest import Aws


def _store(aws: Aws, prefix: str) -> CloudSecrets:
    name = f"{prefix}JWT_SECRET"
    if prefix.startswith("/"):
        aws.client("ssm").put_parameter(Name=name, Value="a secret", Type="SecureString")
    else:
        aws.client("secretsmanager").create_secret(Name=name, SecretString="a secret")
    aws.calls.clear()
    return CloudSecrets(lambda: aws.client("ssm"), lambda: aws.client("secretsmanager"), prefix)


@pytest.mark.parametrize(
    ("prefix", "call"), [("/contrail/", "GetParameter"), ("contrail/", "GetSecretValue")]
)
def test_a_secret_is_read_once_and_decrypted(
    aws: Aws, prefix: str, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        secrets = _store(aws, prefix)
        assert [secrets.get("JWT_SECRET") for _ in range(3)] == ["a secret"] * 3
    assert aws.calls == [call]
    assert "a secret" not in caplog.text


@pytest.mark.parametrize("prefix", ["/contrail/", "contrail/"])
def test_a_secret_that_was_never_made_is_a_key_error(aws: Aws, prefix: str) -> None:
    secrets = _store(aws, prefix)
    with pytest.raises(KeyError, match="OTHER"):
        secrets.get("OTHER")


@pytest.mark.parametrize("prefix", ["/contrail/", "contrail/"])
def test_one_that_was_replaced_is_found_when_it_is_asked_for_and_not_too_often(
    aws: Aws, prefix: str
) -> None:
    _store(aws, prefix)
    clock = [0.0]
    secrets = CloudSecrets(
        lambda: aws.client("ssm"),
        lambda: aws.client("secretsmanager"),
        prefix,
        monotonic=lambda: clock[0],
    )
    assert secrets.get("JWT_SECRET") == "a secret"

    def replace(value: str) -> None:
        name = f"{prefix}JWT_SECRET"
        if prefix.startswith("/"):
            aws.client("ssm").put_parameter(
                Name=name, Value=value, Type="SecureString", Overwrite=True
            )
        else:
            aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
        aws.calls.clear()

    replace("another")
    # Read a moment ago though it was: the first question is always answered anew.
    assert [secrets.renewed("JWT_SECRET"), secrets.get("JWT_SECRET")] == ["another"] * 2
    replace("a third")
    clock[0] = FRESH - 0.1
    assert secrets.renewed("JWT_SECRET") == "another"
    assert aws.calls == []
    clock[0] = FRESH
    assert secrets.renewed("JWT_SECRET") == "a third"
    assert len(aws.calls) == 1
