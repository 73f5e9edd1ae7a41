"""Synthesized templates, with references followed from stack to stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    stack: str
    id: str
    type: str
    properties: Json
    whole: Json

    @property
    def ref(self) -> str:
        return f"<{self.stack}/{self.id}>"


class Assembly:
    """`stacks` by their last name: `data`, `api`, `realtime`, `edge`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = sorted(folder.glob("*.template.json"))
        names = [file.name.removesuffix(".template.json") for file in self.files]
        self.stacks: dict[str, Json] = {
            name.rpartition("-")[2]: json.loads(file.read_text())
            for name, file in zip(names, self.files, strict=True)
        }
        self._exports = {
            self.text(stack, output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in self.stacks.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def of(self, kind: str, stack: str = "") -> list[Resource]:
        """Resources of a type: `of("Lambda::Function")`."""
        return [one for one in self.all(stack) if one.type == f"AWS::{kind}"]

    def only(self, kind: str, **having: Any) -> Resource:
        """The one resource of a type that has these properties."""
        found = [one for one in self.of(kind) if having.items() <= one.properties.items()]
        assert len(found) == 1, (kind, having, found)
        return found[0]

    def all(self, stack: str = "") -> Iterator[Resource]:
        for name, template in self.stacks.items():
            if stack in ("", name):
                for key, one in template["Resources"].items():
                    yield Resource(name, key, one["Type"], one.get("Properties", {}), one)

    def text(self, stack: str, value: Any) -> str:
        """A value as text: `<data/Facts>` for a Ref, `<data/Facts.Arn>` for an attribute."""
        match value:
            case {"Ref": str(name)}:
                return f"<{name}>" if name.startswith("AWS::") else f"<{stack}/{name}>"
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"<{stack}/{name}.{attribute}>"
            case {"Fn::ImportValue": name}:
                return self.text(*self._exports[self.text(stack, name)])
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(self.text(stack, part) for part in parts)
            case {"Fn::Select": [int(place), {"Fn::Split": [str(mark), whole]}]}:
                text = self.text(stack, whole)
                # CDK takes a function's name out of its alias's ARN so.
                return text if mark not in text else text.split(mark)[place]
            case str() | int():
                return str(value)
        raise AssertionError(f"{stack}: {value} is no text")


def as_list(value: Any) -> list[Any]:
    """What a policy gives singly or in a list."""
    return value if isinstance(value, list) else [value]
