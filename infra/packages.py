"""The one recipe for what is deployed: a layer of kernel and libraries, a package per function.

`python -m infra.packages --target lambda --out DIR` builds what Lambda gets; `--target host` the
same for this machine's interpreter, with what Lambda's image brings along. No Docker: libraries
come as wheels for the target's platform.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contrail.shapes import registry
from infra import tables
from infra.packages_wheels import ROOT, PackagingError, Target, libraries, own, runtime
from infra.packages_zip import content_hash, unzipped_size, zip_directory
from infra.topology import FUNCTIONS, Function

__all__ = ["Packages", "Target", "build", "content_hash", "unzipped_size", "zip_directory"]

KERNEL = ROOT / "layers" / "common" / "python" / "contrail"
SERVICES = ROOT / "functions"
OURS = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "methods.json")


@dataclass(frozen=True, slots=True)
class Packages:
    """Folders to zip. `layer` holds `python/`; `functions` has one folder per function.

    `runtime` is for `Target.HOST` alone: the program that runs a handler, which the image has.
    """

    layer: Path
    functions: dict[str, Path]
    runtime: Path | None = None


def build(out: Path, target: Target, functions: Iterable[Function] = FUNCTIONS) -> Packages:
    """Replace what an earlier build left in `out`. Raises `PackagingError`.

    Installs from the package index where this has not been installed before.
    """
    for part in ("layer", "functions"):
        shutil.rmtree(out / part, ignore_errors=True)
    layer = out / "layer"
    shutil.copytree(libraries(target), layer / "python")
    shutil.copytree(KERNEL, layer / "python" / "contrail", ignore=OURS)
    methods = layer / "python" / "contrail" / "data" / "methods.json"
    methods.write_bytes(registry.dump(tables.methods()))
    made = {one.name: _function(out / "functions" / one.name, one, target) for one in functions}
    return Packages(layer, made, runtime(target) if target is Target.HOST else None)


def _function(folder: Path, function: Function, target: Target) -> Path:
    """Its services as `functions.<service>`, which is how handlers and rows name them.

    Libraries that no other service needs are beside them.
    """
    for service in function.services:
        site = own(target, service)
        if site is not None:
            shutil.copytree(site, folder, dirs_exist_ok=True)
        shutil.copytree(SERVICES / service, folder / "functions" / service, ignore=OURS)
    shutil.copyfile(SERVICES / "__init__.py", folder / "functions" / "__init__.py")
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.packages", description="Build packages.")
    parser.add_argument("--target", choices=[target.value for target in Target], required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder to build in")
    given = parser.parse_args()
    try:
        packages = build(given.out, Target(given.target))
    except (PackagingError, OSError) as error:
        sys.stderr.write(f"packages: {error}\n")
        return 1
    for name, folder in {"layer": packages.layer, **packages.functions}.items():
        file = given.out / f"{name}.zip"
        zip_directory(folder, file)
        sizes = f"{unzipped_size(folder) / 1e6:7.2f} MB, zipped {file.stat().st_size / 1e6:6.2f} MB"
        sys.stdout.write(f"{name:<14} {sizes}  {content_hash(folder)[:12]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
