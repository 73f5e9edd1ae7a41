"""Settings and permissions in an instance: cheap while nothing changes, never stale after."""

from __future__ import annotations

from typing import Any, cast

from contrail.domain.caches import Caches
from contrail.store.versions import Versions


class Source:
    """Stands for the collections; counts what is asked of it."""

    def __init__(self) -> None:
        self.versions = {"settings": 1, "permissions": 1}
        self.documents: dict[str, list[dict[str, Any]]] = {
            "settings": [{"_id": "Site_Name", "value": "One"}],
            "permissions": [{"_id": "create-c", "roles": ["user"]}],
        }
        self.asked: list[str] = []

    def read(self) -> dict[str, int]:
        self.asked.append("versions")
        return dict(self.versions)

    def load(self, name: str) -> list[dict[str, Any]]:
        self.asked.append(name)
        return self.documents[name]

    def row(self, *, cold: bool = False) -> dict[str, Any]:
        """What a caller's lookup brings."""
        versions = [{"_id": name, "n": n} for name, n in self.versions.items()]
        return {"_id": "someone", "versions": versions, **(self.documents if cold else {})}


def _caches(source: Source) -> Caches:
    return Caches(cast(Versions, source))


def test_a_cold_lookup_brings_everything_and_nothing_more_is_asked() -> None:
    source = Source()
    caches = _caches(source)
    before = caches.cold
    row = source.row(cold=True)
    caches.absorb(row)
    assert (before, caches.cold) == (True, False)
    assert caches.snapshot.settings == {"Site_Name": "One"}
    assert caches.snapshot.permissions == {"create-c": frozenset({"user"})}
    assert row == {"_id": "someone"}, "what rides along never reaches the use case"
    assert source.asked == []


def test_an_unchanged_version_costs_nothing() -> None:
    source = Source()
    caches = _caches(source)
    caches.absorb(source.row(cold=True))
    caches.absorb(source.row())
    assert source.asked == []


def test_a_raised_version_reloads_what_it_is_about_and_only_that() -> None:
    source = Source()
    caches = _caches(source)
    caches.absorb(source.row(cold=True))
    source.versions["permissions"] = 2
    source.documents["permissions"] = [{"_id": "create-c", "roles": []}]
    caches.absorb(source.row())
    assert source.asked == ["permissions"]
    assert caches.snapshot.permissions == {"create-c": frozenset()}
    assert caches.snapshot.settings == {"Site_Name": "One"}


def test_a_late_answer_with_old_versions_does_not_bring_old_values_back() -> None:
    source = Source()
    caches = _caches(source)
    old = source.row(cold=True)
    old = {**old, "settings": list(old["settings"])}
    source.versions["settings"] = 2
    source.documents["settings"] = [{"_id": "Site_Name", "value": "Two"}]
    caches.absorb(source.row(cold=True))
    caches.absorb(old)
    assert caches.snapshot.settings == {"Site_Name": "Two"}


def test_who_asks_before_any_request_did_gets_a_loaded_snapshot() -> None:
    source = Source()
    assert _caches(source).snapshot.settings == {"Site_Name": "One"}
    assert source.asked[0] == "versions"
