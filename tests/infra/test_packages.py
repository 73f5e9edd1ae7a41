"""What is deployed: file by file, for the platform it runs on, and the same each time."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from contrail.shapes import registry
from infra import tables
from infra.packages import Packages, Target, build, content_hash, unzipped_size, zip_directory
from infra.packages_wheels import ROOT
from infra.topology import FUNCTIONS

LARGEST = 250_000_000
"""Bytes that Lambda unpacks at most of a function and its layer together."""
AARCH64 = 183
LIBRARIES = {"upload": {"PIL", "pillow.libs", "multipart.py"}}
"""What a service imports that no other does."""
NOWHERE = {"local", "infra", "tests", "secantusdb", "moto", "awslambdaric", "aiohttp", "aws_cdk"}
IN_THE_IMAGE = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return build(tmp_path_factory.mktemp("lambda"), Target.LAMBDA)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return build(tmp_path_factory.mktemp("host"), Target.HOST)


def files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def sources(folder: Path, *, without: str = "__pycache__") -> set[str]:
    return {name for name in files(folder) if without not in name}


def machine(library: Path) -> int:
    """`e_machine` of an ELF file."""
    head = library.read_bytes()[:20]
    assert head[:4] == b"\x7fELF", library
    return int(struct.unpack("<H", head[18:20])[0])


def test_a_function_is_its_own_service_alone(cloud: Packages) -> None:
    assert set(cloud.functions) == {function.name for function in FUNCTIONS}
    for function in FUNCTIONS:
        own = {f"functions/{function.service}/{name}" for name in sources_of(function.service)}
        package = cloud.functions[function.name]
        ours = {name for name in files(package) if name.startswith("functions/")}
        assert ours == {"functions/__init__.py", *own}
        beside = {path.name for path in package.iterdir() if ".dist-info" not in path.name}
        assert beside == {"functions", *LIBRARIES.get(function.service, ())}


def sources_of(service: str) -> set[str]:
    return sources(ROOT / "functions" / service)


def test_the_layer_has_the_kernel_and_what_it_imports(cloud: Packages) -> None:
    assert os.listdir(cloud.layer) == ["python"]
    site = cloud.layer / "python"
    kernel = sources(ROOT / "layers/common/python/contrail")
    assert set(files(site / "contrail")) == kernel | {"data/methods.json"}
    top = {path.name for path in site.iterdir()}
    assert {"bcrypt", "bson", "jwt", "orjson", "pydantic", "pymongo", "pyotp", "dns"} <= top
    assert not top & (NOWHERE | IN_THE_IMAGE)


def test_for_this_machine_there_is_what_the_image_brings_along(host: Packages) -> None:
    top = {path.name for path in (host.layer / "python").iterdir()}
    assert top >= IN_THE_IMAGE
    assert not top & NOWHERE
    assert host.runtime is not None
    program = {path.name.split("-")[0].split(".")[0] for path in host.runtime.iterdir()}
    assert program == {"awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"}


@pytest.mark.parametrize("target", ["cloud", "host"])
def test_nothing_is_in_that_nobody_reads(target: str, request: pytest.FixtureRequest) -> None:
    packages: Packages = request.getfixturevalue(target)
    for folder in (packages.layer, *packages.functions.values()):
        for name in files(folder):
            assert not name.endswith((".pyc", ".pyi")), name
            assert not {"__pycache__", "tests", "bin"} & set(Path(name).parts), name
            if ".dist-info/" in name:
                assert name.endswith("/METADATA"), name


def test_libraries_are_for_the_platform_they_run_on(cloud: Packages, host: Packages) -> None:
    assert list(cloud.functions["upload"].rglob("_imaging.*.so"))
    compiled = [*cloud.layer.rglob("*.so"), *cloud.functions["upload"].rglob("*.so")]
    assert len(compiled) >= 6
    assert {machine(library) for library in compiled} == {AARCH64}
    tagged = [path.name for path in compiled if ".cpython-" in path.name]
    assert tagged
    assert all(".cpython-313-aarch64-" in name for name in tagged)
    here = [path.name for path in host.layer.rglob("*.so")]
    assert len(here) >= 6
    assert all(name.endswith(tuple(EXTENSION_SUFFIXES)) for name in here)


def test_sizes_are_far_below_lambdas_limit(cloud: Packages) -> None:
    largest = max(unzipped_size(folder) for folder in cloud.functions.values())
    assert unzipped_size(cloud.layer) + largest < LARGEST / 4


def test_the_layer_knows_who_owns_each_method(cloud: Packages) -> None:
    built = cloud.layer / "python" / "contrail" / "data" / "methods.json"
    known = registry.load(built.read_bytes())
    assert known == tables.methods()
    assert known["sendMessage"].service == "messaging"


def test_the_same_input_gives_the_same_bytes(cloud: Packages, tmp_path: Path) -> None:
    again = build(tmp_path / "again", Target.LAMBDA)
    os.utime(again.layer / "python" / "contrail" / "__init__.py", (1, 1))
    (again.layer / "python" / "contrail" / "api" / "entry.py").chmod(0o700)
    hashes = [
        zip_directory(packages.layer, tmp_path / f"{number}.zip")
        for number, packages in enumerate((cloud, again))
    ]
    assert hashes[0] == hashes[1]
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    assert content_hash(cloud.layer) == content_hash(again.layer)
    with (again.layer / "python" / "contrail" / "api" / "entry.py").open("a") as source:
        source.write("\n")
    assert zip_directory(again.layer, tmp_path / "2.zip") != hashes[0]
    assert content_hash(again.layer) != content_hash(cloud.layer)


def test_a_zip_holds_what_the_folder_does(cloud: Packages, tmp_path: Path) -> None:
    folder = cloud.functions["account"]
    zip_directory(folder, tmp_path / "account.zip")
    with zipfile.ZipFile(tmp_path / "account.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(files(folder))
        for entry in archive.infolist():
            assert entry.external_attr >> 16 == 0o100644
            assert archive.read(entry) == (folder / entry.filename).read_bytes()


def test_every_handler_starts_from_its_package_alone(host: Packages, tmp_path: Path) -> None:
    for function in FUNCTIONS:
        script = f"""
import importlib.util
from functions.{function.service}.handler import handler
assert handler.table.service == {function.service!r}
for name in ("local", "infra", "tests", "moto", "aws_cdk"):
    assert importlib.util.find_spec(name) is None, name
try:
    handler({{"Records": []}})
except RuntimeError as error:
    assert str(error).startswith("MONGODB_URI is not set"), error
else:
    raise AssertionError
"""
        path = f"{host.functions[function.name]}:{host.layer / 'python'}"
        done = subprocess.run(
            [sys.executable, "-S", "-X", f"pycache_prefix={tmp_path}", "-c", script],
            env={"PYTHONPATH": path},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
