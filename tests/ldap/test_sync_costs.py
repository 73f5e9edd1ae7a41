"""What bringing users in line costs: commands by page, however many people a page has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.counting import Commands
from tests.support.directory import Directed
from tests.support.slapd import Slapd, person
from tests.support.workspace import Json

PAGES = 20
WRITES = ("insert users", "update users", "insert rocketchat_subscription")
BESIDE = 40
"""Commands of what else the clock has done meanwhile."""
CHANGED: Json = {"Default_Domain": "example.org", "Email_Field": "no-such-attribute"}


def _counted(mongo_uri: str, folder: Path, size: int, *passes: Json) -> list[Counter[str]]:
    """Commands of bringing `PAGES` pages of people in line, once for each pass' settings."""
    everyone = [person(f"p{n}") for n in range(PAGES * size)]
    folder.mkdir()
    slapd, commands = Slapd(folder, everyone).start(), Commands()
    workspace = Directed(
        mongo_uri,
        slapd,
        settings={"LDAP_Search_Page_Size": size},
        edition="enterprise",
        listeners=(commands,),
    )
    counts = []
    try:
        for wanted in passes:
            with workspace.given(**wanted):
                workspace.admin.ok("POST", "v1/ldap.syncNow")
                workspace.settle()
                commands.reset()
                workspace.runtime.rpc.handlers["ldap"]({"schedule": "synchronize"})
                counts.append(Counter(commands.seen))
                assert workspace.runtime.wait_idle(120)
        users = workspace.database["users"]
        assert users.count_documents({"ldap": True}) == len(everyone)
        domain = passes[-1].get("Default_Domain", "example.com")
        assert users.count_documents({"emails.address": f"p{len(everyone) - 1}@{domain}"}) == 1
    finally:
        workspace.stop()
        slapd.stop()
    return counts


def assert_alike(few: list[Counter[str]], many: list[Counter[str]]) -> None:
    """Apart from what the clock has done beside it, which takes longer."""
    for some, more in zip(few, many, strict=True):
        assert {key: more[key] for key in WRITES} == {key: some[key] for key in WRITES}
        assert abs(more.total() - some.total()) <= BESIDE


@pytest.mark.timeout(400)
def test_five_thousand_people_cost_as_many_commands_as_two_hundred(
    mongo_uri: str, tmp_path: Path
) -> None:
    """As new ones, and when nothing has changed."""
    few = _counted(mongo_uri, tmp_path / "few", 10, {}, {})
    made, unchanged = many = _counted(mongo_uri, tmp_path / "many", 250, {}, {})
    assert_alike(few, many)
    assert made["insert users"] == PAGES
    assert sum(made.values()) <= 9 * PAGES + BESIDE
    assert sum(unchanged.values()) <= 6 * PAGES + BESIDE
    assert unchanged["update users"] == 0


def test_changing_everybody_costs_commands_by_page_too(mongo_uri: str, tmp_path: Path) -> None:
    few = _counted(mongo_uri, tmp_path / "few", 2, {}, CHANGED)
    many = _counted(mongo_uri, tmp_path / "many", 12, {}, CHANGED)
    assert_alike(few, many)
    assert many[1]["update users"] == PAGES
    assert sum(many[1].values()) <= 7 * PAGES + BESIDE
