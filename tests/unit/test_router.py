"""Matching verb and path to a row."""

from __future__ import annotations

import pytest

from contrail.api.router import Router
from contrail.shapes.rows import Rest

ME = Rest("GET", "v1/me", "profile:me")
SETTING = Rest("GET", "v1/settings/:_id", "settings:get")
CALL = Rest("POST", "v1/method.call/:name", "calls:call")
ROUTER = Router("some", (ME, SETTING, CALL))


@pytest.mark.parametrize(
    ("verb", "path", "row", "parameters"),
    [
        ("GET", "/some/v1/me", ME, {}),
        ("GET", "/some/v1/settings/Site_Name", SETTING, {"_id": "Site_Name"}),
        ("GET", "/some/v1/settings/a%2Fb", SETTING, {"_id": "a/b"}),
        ("POST", "/some/v1/method.call/rooms/get", CALL, {"name": "rooms/get"}),
        ("POST", "/some/v1/method.call/rooms%252Fget", CALL, {"name": "rooms%2Fget"}),
    ],
)
def test_a_path_finds_its_row_and_its_segments_are_decoded_once(
    verb: str, path: str, row: Rest, parameters: dict[str, str]
) -> None:
    found = ROUTER.find(verb, path)
    assert found is not None
    assert found.row is row
    assert found.parameters == parameters


def test_a_known_path_with_another_verb_has_no_row() -> None:
    found = ROUTER.find("POST", "/some/v1/me")
    assert found is not None
    assert found.row is None


@pytest.mark.parametrize(
    "path", ["/some/v1/you", "/other/v1/me", "/v1/me", "/some/v1/settings/", "/some/v1/me/"]
)
def test_an_unknown_path_finds_nothing(path: str) -> None:
    assert ROUTER.find("GET", path) is None
