"""Importing anything makes no call and creates no client, with an empty environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import importlib, pkgutil, socket, sys, threading

def refuse(*_, **__):
    raise AssertionError("an import opened a socket")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.path[:0] = [{root!r}, {layer!r}]
import contrail, functions
import pymongo

made = []
heavy = {{"PIL", "ldap3", "aiohttp", "moto", "boto3"}}
original = pymongo.MongoClient.__init__
pymongo.MongoClient.__init__ = lambda self, *a, **k: made.append(1)
names = [
    found.name
    for package in (contrail, functions)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]
users = {users!r}
for name in sorted(names, key=lambda name: name in users):
    heavy.discard(users.get(name))
    importlib.import_module(name)
    assert not heavy & set(sys.modules), name
assert not made, "an import created a client"
assert threading.active_count() == 1, "an import started a thread"
assert len(names) > 60, names
"""
LDAP = ("directory", "filters", "following", "groups", "logins", "pages", "syncing", "testing")
PICTURES = (
    "assets_pixels",
    "avatars_pixels",
    "images",
    "opening",
    "stripping",
)
USERS = {
    **{f"functions.ldap.{name}": "ldap3" for name in LDAP},
    **{f"functions.upload.{name}": "PIL" for name in PICTURES},
}
"""Modules that need a library which no other imports."""


def test_importing_every_module_of_kernel_and_services_does_nothing() -> None:
    script = SCRIPT.format(root=str(ROOT), layer=str(ROOT / "layers/common/python"), users=USERS)
    done = subprocess.run(
        [sys.executable, "-c", script], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_reading_the_tables_imports_no_use_case() -> None:
    script = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "layers/common/python")!r}]
from infra.tables import methods, routes, tables
assert methods() and routes() and tables()
extra = [n for n in sys.modules if n.startswith("functions.") and n.count(".") > 1]
assert all(n.split(".")[2].startswith("routes") for n in extra), extra
assert "pymongo" not in sys.modules and "pydantic" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
