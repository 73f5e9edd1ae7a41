"""Templates: values go in once, safely, and nothing of them reaches a header's end."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest

from contrail.domain.mail_composing import compose, write
from contrail.domain.mail_filling import fill, one_line, plain
from contrail.domain.mail_letters import LETTERS, texts
from contrail.domain.mail_seals import seal, unseal
from contrail.ports.mail import UndeliverableError
from local.ports import FileSecrets
from tests.support.workspace import SECRETS, Workspace

NASTY = '<script>x</script>"&[password]__code__{Login}'


def test_values_are_escaped_in_html_and_never_read_as_templates() -> None:
    values = {"name": NASTY, "password": "hunter2", "code": "123"}
    shown = fill("<p>[name]</p>", values, escape=True)
    assert "<script>" not in shown
    assert "hunter2" not in shown
    assert "123" not in shown
    assert fill("[name]", values, escape=False) == NASTY


def test_names_are_found_in_both_notations_and_any_case_and_unknown_ones_stay() -> None:
    values = {"Site_Name": "Here", "name": "Ann"}
    assert fill("[SITE_NAME] __name__ [other] [ name ]", values, escape=True) == (
        "Here Ann [other] [ name ]"
    )


def test_keys_become_texts_and_unknown_ones_stay() -> None:
    assert fill("{Login} {No_Such} { color: red }", {}, escape=True) == (
        "Log in {No_Such} { color: red }"
    )


def test_the_plain_text_of_a_page_keeps_its_links() -> None:
    page = """<head><title>T</title><style>p { color: red }</style></head><h1>Hi &amp; hello</h1>
    <p>See <a href="https://x.y/?a=1&amp;b=2">this</a> or <a href="https://x.y">https://x.y</a></p>
    <script>alert(1)</script>"""
    assert plain(page) == "Hi & hello\n\nSee this: https://x.y/?a=1&b=2 or https://x.y"


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.zz", "a\nb", "a\0b", "a\u2028b", "a\x85b"])
def test_headers_have_one_line(bad: str) -> None:
    assert "\n" not in one_line(bad)
    assert one_line(bad).isprintable()


def test_every_letter_has_texts_for_its_keys() -> None:
    for template in LETTERS.values():
        if not template.settings:
            for part in (template.subject, template.body):
                assert "{" not in fill(part, {}, escape=True)
    assert all(text.strip() for text in texts().values())


def test_seals_open_with_this_workspaces_key_alone() -> None:
    keys = FileSecrets(SECRETS)
    sealed = seal(keys, "123-456")
    assert "123" not in sealed
    assert unseal(keys, sealed) == "123-456"
    with pytest.raises(ValueError, match="sealed"):
        unseal(FileSecrets({"token-signing-key": "y" * 40}), sealed)
    with pytest.raises(ValueError, match="sealed"):
        unseal(keys, sealed[:-4] + "AAA=")


def _read(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=policy.default)


def test_every_letter_of_the_settings_is_filled_to_the_last_placeholder(
    workspace: Workspace,
) -> None:
    at = workspace.runtime.instances["mail"]
    values = dict.fromkeys(
        ("Verification_Url", "Forgot_Password_Url", "download_link", "password", "code", "reason"),
        "VALUE",
    )
    values |= {"newcomer": "New", "newcomer_email": "new@example.com"}
    for kind in LETTERS:
        letter = compose(at, kind, "ann@example.com", name="Ann Other", values=values)
        assert letter is not None, kind
        message = _read(letter.message)
        html = message.get_body(("html",)).get_content()
        text = message.get_body(("plain",)).get_content()
        for part in (message["Subject"], text, html.partition("</style>")[2]):
            assert "{" not in part, kind
            assert "[" not in part, kind
        assert message["Subject"].startswith(("Rocket.Chat: ", "Welcome to", "You are invited"))


def test_a_name_cannot_add_headers_or_recipients(workspace: Workspace) -> None:
    at = workspace.runtime.instances["mail"]
    nasty = 'x\r\nBcc: evil@example.com\r\n\r\nbody", <evil@example.com>'
    letter = compose(at, "welcome", "ann@example.com", name=nasty)
    assert letter is not None
    message = _read(letter.message)
    assert message["Bcc"] is None
    assert [one.addr_spec for one in message["To"].addresses] == ["ann@example.com"]
    made = write(
        at,
        "[name]\r\nBcc: evil@example.com",
        "<p>x</p>",
        "ann@example.com",
        values={"name": nasty},
        sender="Boss\r\nBcc: evil@example.com <boss@example.com>",
        headers={"List-Unsubscribe": "<https://x>\r\nBcc: evil@example.com"},
    )
    message = _read(made.message)
    assert message["Bcc"] is None
    assert made.recipient == "ann@example.com"


@pytest.mark.parametrize(
    "address",
    ["", "no address", "a@b", "a@b.cc\r\nRCPT TO:<x@y.zz>", "ü@example.com", "a..b@example.com"],
)
def test_mail_goes_to_addresses_alone(workspace: Workspace, address: str) -> None:
    at = workspace.runtime.instances["mail"]
    with pytest.raises(UndeliverableError):
        compose(at, "welcome", address)


def test_a_domain_of_another_script_is_written_as_servers_take_it(workspace: Workspace) -> None:
    letter = compose(workspace.runtime.instances["mail"], "welcome", "ann@bücher.example")
    assert letter is not None
    assert letter.recipient == "ann@xn--bcher-kva.example"


def test_plain_text_alone_where_the_workspace_says_so(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(
        overwrites={
            "email_plain_text_only": "true",
            "From_Email": "Pilot <pilot@example.com>",
            "Site_Name": "<Hangar>",
        }
    )
    at = workspace.runtime.instances["mail"]
    letter = compose(at, "welcome", "ann@example.com")
    assert letter is not None
    message = _read(letter.message)
    assert message.get_content_type() == "text/plain"
    assert "Welcome to <Hangar>" in message.get_content()
    assert str(message["From"]) == "Pilot <pilot@example.com>"
