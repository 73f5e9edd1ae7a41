"""The judge of our trees: Rocket.Chat's own message parser, asked in one process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from contrail.markdown import parse

HERE = Path(__file__).parent
EVERYTHING: dict[str, Any] = {
    "colors": True,
    "emoticons": True,
    "katex": {"dollarSyntax": True, "parenthesisSyntax": True},
    "customDomains": ["intranet", "corp.lan"],
}
NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Case:
    text: str
    options: dict[str, Any]

    def ours(self) -> Any:
        """Our tree as JSON has it, None for the text that has none."""
        tree = parse(
            self.text,
            colors=self.options.get("colors", False),
            emoticons=self.options.get("emoticons", False),
            katex=self.options.get("katex"),
            custom_domains=self.options.get("customDomains", ()),
        )
        return tree or None

    def __str__(self) -> str:
        return f"{self.text!a} with {json.dumps(self.options)}"


class Judge:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "judge.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def disagreements(self, cases: Sequence[Case]) -> list[str]:
        """One paragraph for each text of which we make something else; both parse meanwhile."""
        assert self._process.stdin
        assert self._process.stdout
        for case in cases:
            self._process.stdin.write(json.dumps([case.text, case.options]) + "\n")
        self._process.stdin.flush()
        found = []
        for case, ours in [(case, case.ours()) for case in cases]:
            line = self._process.stdout.readline()
            assert line, f"the judge gave up over {case}"
            if (theirs := json.loads(line)) != ours:
                found.append(f"{case}\n  theirs {_shown(theirs)}\n  ours   {_shown(ours)}")
        return found


def _shown(tree: Any) -> str:
    return json.dumps(tree, separators=(",", ":"))
