"""What an example of a row is made of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from tests.support.scene import Scene
from tests.support.workspace import Json, Person

VOID = object()
"""The answer of a method without a result."""
OK: Json = {"success": True}
PAGE: Json = {"count": int, "offset": int, "total": int, **OK}
USER: Json = {"_id": str, "username": str}


def person(scene: Scene) -> Person:
    return scene.person


def admin(scene: Scene) -> Person:
    return scene.workspace.admin


def nobody(scene: Scene) -> None:
    return None


def spare(scene: Scene) -> Person:
    """Someone made for what ends every login of theirs."""
    return scene.workspace.person()


def beside(making: Callable[[Scene], object]) -> Callable[[Scene], Json]:
    """Nothing is asked for; there is what `making` made."""

    def given(scene: Scene) -> Json:
        making(scene)
        return {}

    return given


@dataclass(frozen=True)
class Example:
    """`given(scene)` is the query, the body or a method's params; `shape` see `scene.differs`.

    The top of a REST answer has exactly the shape's keys, unless the example says `more`; `status`
    is for the few that succeed with another. `around`
    has to hold while it is asked, for what a workspace need not have: a directory, say.
    """

    shape: Any
    given: Callable[[Scene], Any] = lambda scene: {}
    sender: Callable[[Scene], Person | None] = person
    more: bool = False
    status: int = 200
    around: Callable[[Scene], AbstractContextManager[object]] = lambda scene: nullcontext()
