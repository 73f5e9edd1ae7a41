"""What whoever deploys may choose, and what is refused."""

from __future__ import annotations

import pytest

from infra.context import Context, ContextError
from tests.infra.workspaces import CERTIFICATE, CONTEXT


def test_the_keys_of_cdk_json_are_enough() -> None:
    context = Context.read(CONTEXT)
    assert (context.workspace, context.profile, context.edition) == ("main", "idle", "community")
    assert (context.prefix, context.secrets) == ("contrail-main", "/contrail/main/")
    assert context.root_url == ""


def test_links_carry_the_domain_unless_another_address_is_given() -> None:
    given = {**CONTEXT, "domain": "chat.example.com", "certificate": CERTIFICATE}
    assert Context.read(given).root_url == "https://chat.example.com"
    other = "https://d111111abcdef8.cloudfront.net"
    assert Context.read({**given, "rootUrl": other}).root_url == other


def test_files_are_for_pages_of_the_workspace_and_for_those_that_are_named() -> None:
    domain = {**CONTEXT, "domain": "chat.example.com", "certificate": CERTIFICATE}
    own = "https://chat.example.com"
    assert Context.read(domain).pages == [own]
    other = "https://d111111abcdef8.cloudfront.net"
    assert Context.read({**domain, "rootUrl": other}).pages == [other, own]
    further = {"origins": "https://intranet.example.com:8443,capacitor://localhost"}
    named = ["https://intranet.example.com:8443", "capacitor://localhost"]
    assert Context.read({**domain, **further}).pages == [own, *named]
    assert Context.read({**domain, "origins": "*"}).pages == [own, "*"]
    assert Context.read({**CONTEXT, **further}).pages == ["https://*.cloudfront.net", *named]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("workspace", value) for value in ("", "Main", "my-own", "1st", "a" * 21, 7, None)),
        *(("profile", value) for value in ("large", "", None)),
        ("edition", "pro"),
        ("domain", "https://chat.example.com"),
        ("certificate", "arn:aws:acm:eu-west-1:000000000000:certificate/0"),
        *(("origins", value) for value in ("x.org", "https://x.org/", "https://x.org, *", "null")),
        *(("rootUrl", value) for value in ("http://x.org", "https://x.org/", "x.org", "https://")),
    ],
)
def test_a_wrong_key_is_named(key: str, value: object) -> None:
    with pytest.raises(ContextError, match=rf"^context key {key}: [^\n]+$"):
        Context.read({**CONTEXT, key: value})


@pytest.mark.parametrize("key", ["domain", "certificate"])
def test_domain_and_certificate_come_together(key: str) -> None:
    value = {"domain": "chat.example.com", "certificate": CERTIFICATE}[key]
    with pytest.raises(ContextError, match="belong together"):
        Context.read({**CONTEXT, key: value})
