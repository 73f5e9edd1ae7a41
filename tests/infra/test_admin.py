"""An endpoint of those who manage a workspace asks for a permission."""

from __future__ import annotations

import pytest

from contrail.shapes.rows import Refusal, Rest, Table
from infra.admin import unguarded
from infra.tables import tables


def test_every_row_of_such_an_endpoint_names_a_permission() -> None:
    assert unguarded(tables().values()) == []


@pytest.mark.parametrize(
    ("row", "open_door"),
    [
        (Rest("POST", "v1/users.delete", "x:y"), True),
        (Rest("POST", "v1/users.delete", "x:y", public=True), True),
        (Rest("POST", "v1/users.delete", "x:y", permissions=("view-c-room",)), True),
        (Rest("POST", "v1/users.delete", "x:y", permissions=("delete-user",)), False),
        (Rest("POST", "v1/users.delete", "x:y", refuses=(Refusal(on="delete-user"),)), False),
        (Rest("POST", "v1/users.delete", "x:y", refuses=(Refusal(on="room"),)), True),
        (Rest("GET", "v1/users.delete", "x:y"), False),
        (Rest("POST", "v1/settings/:id", "x:y"), True),
        (Rest("POST", "v1/settings/:_id", "x:y", permissions=("edit-privileged-setting",)), False),
        (Rest("GET", "v1/me", "x:y"), False),
    ],
)
def test_a_row_without_one_is_found(row: Rest, open_door: bool) -> None:
    found = unguarded([Table("account", rest=(row,))])
    assert bool(found) == open_door
    assert all(row.path in one for one in found)
