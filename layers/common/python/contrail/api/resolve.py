"""`module:function` of a row -> the use case and its input model, imported when first asked for."""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contrail.shapes.inputs import Input


@dataclass(frozen=True, slots=True)
class UseCase:
    call: Callable[..., Any]
    takes: type[Input]


def resolve(package: str, name: str) -> UseCase:
    """Raises `ImportError` or `AttributeError` when a row names what does not exist."""
    module, _, function = name.partition(":")
    call = getattr(importlib.import_module(f"{package}.{module}"), function)
    hints = typing.get_type_hints(call)
    second = list(inspect.signature(call).parameters)[1]
    return UseCase(call, hints[second])


class UseCases:
    """Use cases of a service, each resolved once. Filling it twice at once does no harm."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._found: dict[str, UseCase] = {}

    def __getitem__(self, name: str) -> UseCase:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = resolve(self._package, name)
        return found
