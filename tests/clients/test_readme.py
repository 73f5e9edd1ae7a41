"""The README's examples do what it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support.program import ROOT
from tests.support.workspace import Workspace

README = (ROOT / "README.md").read_text("utf-8")
ADDRESS = "http://localhost:3000"


def example(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert ADDRESS in text
    return str(text)


@pytest.fixture
def url(new_workspace: Callable[..., Workspace]) -> str:
    started = new_workspace(test_mode=False, admin_username="admin", admin_pass="secret")
    return started.url


def test_the_python_example_prints_what_it_sent(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(example("python").replace(ADDRESS, url), "README.md", "exec"), {})
    assert capsys.readouterr().out == "admin Hello from Python\n"


def test_the_curl_example_logs_in(url: str) -> None:
    command = example("sh").replace(ADDRESS, url).replace("\\\n", " ")
    _, address, _, header, _, body = shlex.split(command)
    name, _, value = header.partition(": ")
    data = requests.post(address, data=body, headers={name: value}, timeout=10).json()["data"]
    headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
    assert requests.get(f"{url}/api/v1/me", headers=headers, timeout=10).json()["success"] is True
    assert json.loads(body)["user"] == data["me"]["username"]


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / Path(link)).exists()] == []
