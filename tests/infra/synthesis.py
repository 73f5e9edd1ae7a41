"""Synthesizes workspaces with stand-ins for the packages: run as a program, by `conftest.py`.

jsii takes seconds to start, so everything that tests need is made in one process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from unittest.mock import patch

from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs

from contrail.shapes.rows import Rest, Table
from infra.app import compose
from infra.context import Context
from infra.packages import Packages
from infra.topology import Function
from tests.infra.workspaces import CHANGED, CONTEXT, OPEN, TWIN, UNSAFE, WORKSPACES


def packages(folder: Path, layer: str, functions: Iterable[Function]) -> Packages:
    return Packages(
        _package(folder / layer, layer),
        {function.name: _package(folder / function.name, "same") for function in functions},
    )


def _package(folder: Path, content: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "content").write_text(content)
    return folder


def _app(out: Path, name: str, more: Mapping[str, object], layer: str = "layer") -> App:
    given = {**CONTEXT, **more}
    app = App(outdir=str(out / name), context=given)
    context = Context.read(given)
    compose(app, context, packages(out, layer, context.topology.functions))
    return app


def main(out: Path) -> None:
    for name, more in WORKSPACES.items():
        _app(out, name, more).synth()
    _app(out, CHANGED, {}, layer="other-layer").synth()
    _app(out, TWIN, {"workspace": TWIN}).synth()
    unsafe = _app(out, UNSAFE, {})
    sqs.Queue(Stack(unsafe, "unsafe"), "Queue")
    _refused(out, UNSAFE, unsafe.synth)
    open_door = Table("account", rest=(Rest("POST", "v1/users.delete", "profile:me"),))
    with patch("infra.app.tables", lambda: {"account": open_door}):
        _refused(out, OPEN, lambda: _app(out, OPEN, {}))


def _refused(out: Path, name: str, act: Callable[[], object]) -> None:
    try:
        act()
    except (RuntimeError, ValueError) as error:
        (out / f"{name}.refused").write_text(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
