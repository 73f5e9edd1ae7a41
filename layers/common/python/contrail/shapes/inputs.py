"""Base of what use cases take. Unknown keys are dropped, wrong types are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from contrail.shapes.errors import Code
from contrail.shapes.wirejson import parse_date


class Input(BaseModel):
    """`documented` maps a field to the API's own error for it; a third part True keeps it `bare`.

    `"field."` is for what is wrong inside the field, `""` for the input as a whole. Anything
    without an entry gets the API's generic `invalid-params` text.
    """

    # What people typed stays out of tracebacks.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    documented: ClassVar[Mapping[str, tuple[Code, str] | tuple[Code, str, bool]]] = {}


class NoInput(Input):
    """For use cases that take none."""


class OwnToken(Input):
    """For the REST endpoint that answers with the token it was called with: the door fills it."""

    authToken: SkipJsonSchema[str] = ""


class Multipart(Input):
    """For endpoints that take files: the door fills in a multipart body as it came.

    A body of JSON, and the path, are the other fields.
    """

    sent: SkipJsonSchema[bytes] = b""
    content_type: SkipJsonSchema[str] = ""


class Authorized(Input):
    """For pages that take the header `Authorization`: the door fills it."""

    authorization: SkipJsonSchema[str] = ""


class Visited(Input):
    """For pages that browsers keep: the door fills in what the asker says they still have."""

    if_none_match: SkipJsonSchema[str] = ""
    if_modified_since: SkipJsonSchema[str] = ""


class Headed(Input):
    """For pages that send on to another server: the door fills in whether the method is HEAD."""

    head: SkipJsonSchema[bool] = False


class Visiting(Input):
    """For pages that visitors of a livechat may ask for, who have no login.

    They name the room and its type, and show their token: in the query or, filled in by the door,
    in cookies.
    """

    rc_rid: SkipJsonSchema[str] = ""
    rc_room_type: SkipJsonSchema[str] = ""
    rc_token: SkipJsonSchema[str] = ""


class Listed(Input):
    """A page of a list: `sort` holds (field, 1 or -1); all names passed the row's allow-list."""

    offset: int = Field(0, ge=0)
    count: int = 50
    sort: list[tuple[str, int]] = []
    fields: dict[str, int] = {}
    query: dict[str, Any] = {}


def _date(value: object) -> object:
    if isinstance(value, str):
        found = parse_date(value)
        if found is None:
            raise ValueError("must be a valid date")
        return found
    return value


When = Annotated[datetime, BeforeValidator(_date)]
"""A moment: an EJSON date on DDP, a date string on REST."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


AS_LIST = BeforeValidator(_listed)
"""For lists in query strings: one text is a list of one."""


class Since(Input):
    """Of DDP's sync methods: what changed after it, everything without it."""

    updatedAt: When | None = None
