"""Pages of a directory's entries -> users: each in a few commands, however many people it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from contrail.domain import members, users
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.fact import Fact
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserRenamed
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from contrail.store.linked import Change
from functions.ldap import people
from functions.ldap.configuration import Configuration
from functions.ldap.directory import Directory
from functions.ldap.entries import Entry
from functions.ldap.following import Following, Person
from functions.ldap.groups import accepted, filters
from functions.ldap.profiles import Mapping, NoIdentityError, Profile, stamped

BACKGROUND = "LDAP_Background_Sync_"
SEVERAL = 100
"""People between two renewals."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the workspace wants done with entries, read once."""

    imports: bool
    updates: bool
    merges: bool

    @classmethod
    def of(cls, at: Instance) -> Wishes:
        merges = at.setting(f"{BACKGROUND}Merge_Existent_Users") is True
        return cls(
            imports=at.setting(f"{BACKGROUND}Import_New_Users") is not False,
            updates=at.setting(f"{BACKGROUND}Keep_Existant_Users_Updated") is not False,
            merges=merges and at.setting("LDAP_Merge_Existing_Users") is True,
        )


class Pages:
    """`seen` has the directory's id of everyone who came by, `matched` the ids of the users that
    they are; `counts` says what became of them. `renew` is called every so many people, and raises
    where someone else has taken over.

    Groups are searched over a connection of their own: the other one is at its pages. Used as a
    context. Raises `DirectoryError`.
    """

    def __init__(
        self,
        at: Instance,
        caller: Caller,
        configuration: Configuration,
        renew: Callable[[], None],
    ) -> None:
        self.seen: set[str] = set()
        self.matched: set[str] = set()
        self._renew = renew
        self.counts = Counter(created=0, updated=0, unchanged=0, skipped=0)
        self._at, self._caller = at, caller
        self._configuration = configuration
        self._mapping, self._wishes = Mapping.of(at, configuration), Wishes.of(at)
        self._following = Following.of(at)
        self._rooms = at.store.rooms.defaults()
        self._groups: Directory | None = None

    def __enter__(self) -> Pages:
        if filters(self._at) or self._following.anything:
            self._groups = Directory(self._configuration)
        return self

    def __exit__(self, *_: object) -> None:
        if self._groups is not None:
            self._groups.close()

    def take(self, entries: Sequence[Entry]) -> None:
        """Bring a page's people in line; one whose name or address is another's is left out."""
        profiles = self._profiles(entries)
        known = people.Known(
            self._at.store.linked.candidates(
                [one.id for one in profiles],
                [one.username for one in profiles],
                [address for one in profiles for address in one.addresses],
            )
        )
        teams = {one["name"] for one in self._teams(profiles)}
        new: list[Profile] = []
        old: list[Person] = []
        for profile in profiles:
            user = known.whom(profile)
            if user is not None:
                self.matched.add(user["_id"])
            free = profile.username not in teams and people.fit(self._at, profile)
            if user is None and self._wishes.imports and free:
                new.append(profile)
            elif user is not None and (people.linked(user) or self._wishes.merges):
                old.append((profile, user))
            else:
                self.counts["skipped"] += 1
        here = [*self._create(new), *self._update(old)]
        if self._groups is not None and self._following.anything:
            for some in self._renewing(here):
                self._following.follow(self._at, self._caller, self._groups, some)

    def _teams(self, profiles: list[Profile]) -> list[Document]:
        """Those that have the name of one of these people."""
        names = [one.username for one in profiles]
        return self._at.store.mentionable.teams(names) if names else []

    def _renewing(self, found: Sequence[Found]) -> Iterator[Sequence[Found]]:
        for start in range(0, len(found), SEVERAL):
            self._renew()
            yield found[start : start + SEVERAL]

    def _profiles(self, entries: Iterable[Entry]) -> list[Profile]:
        """Of those whom the group filter lets in. The first has the name where two share it."""
        found: dict[str, Profile] = {}
        for place, entry in enumerate(entries):
            if self._groups is not None and place % SEVERAL == 0:
                self._renew()
            try:
                profile = self._mapping.profile(entry)
            except NoIdentityError:
                self._note_seen(entry)
                self.counts["skipped"] += 1
                continue
            if self._groups is not None and not accepted(
                self._at, self._groups, profile.username, profile.dn
            ):
                continue
            self.seen.add(profile.id)
            if profile.username.lower() in found:
                self.counts["skipped"] += 1
            found.setdefault(profile.username.lower(), profile)
        return list(found.values())

    def _note_seen(self, entry: Entry) -> None:
        """Whoever cannot be a user by this name may still be one by another."""
        known = entry.identity(self._configuration.id_fields)
        if known is not None:
            self.seen.add(known[1])

    def _create(self, profiles: list[Profile]) -> list[Person]:
        roles = people.default_roles(self._at)
        documents = [
            users.document(
                self._at,
                profile.username,
                profile.name or profile.username,
                next(iter(profile.addresses), ""),
                roles,
                **people.document_of(self._at, self._mapping, profile),
            )
            for profile in profiles
        ]
        made = self._at.store.linked.insert(documents)
        self.counts["created"] += len(made)
        self.counts["skipped"] += len(documents) - len(made)
        for room in self._rooms if made else ():
            favorite = {"f": True} if room.get("favorite") else {}
            members.add(self._at, self._caller, room, made, said=None, **favorite)
        by_name = {profile.username: profile for profile in profiles}
        return [(by_name[user["username"]], user) for user in made]

    def _update(self, found: list[Person]) -> list[Person]:
        if not self._wishes.updates:
            self.counts["unchanged"] += len(found)
            return found
        changes = [self._change(profile, user) for profile, user in found]
        wanted = [one for one in changes if one.fields]
        stored = self._at.store.linked.change(wanted)
        self.counts["updated"] += len(stored)
        self.counts["skipped"] += len(wanted) - len(stored)
        self.counts["unchanged"] += len(found) - len(wanted)
        before = {user["_id"]: user for _, user in found}
        facts = [fact for one in stored for fact in self._told(one, before[one.uid])]
        if facts:
            self._at.publish(*facts)
        self._copy_custom_fields(stored, before)
        for some in self._renewing(found):
            for profile, user in some:
                people.follow_active(self._at, self._caller, profile, user)
        return found

    def _copy_custom_fields(self, stored: list[Change], before: dict[str, Document]) -> None:
        """Into the direct rooms of those whose fields have changed, one person after the other."""
        prefix = "customFields."
        for one in stored:
            new = {k.removeprefix(prefix): v for k, v in one.fields.items() if k.startswith(prefix)}
            if new:
                whole = {**(before[one.uid].get("customFields") or {}), **new}
                self._at.store.copies.set_custom_fields(one.uid, whole)

    def _change(self, profile: Profile, user: Document) -> Change:
        """A new name is marked as one that copies have yet to follow: the sweep sees to them."""
        fields, now = self._mapping.changes(profile, user), self._at.now()
        names = self._mapping.renaming(profile, user)
        if "username" in names and not people.fit(self._at, profile):
            del names["username"]
        if names and not user.get(OWN, {}).get("renamed"):
            fields |= {**names, f"{OWN}.renamed": {"from": user.get("username"), "at": now}}
            if "username" in names:
                fields[f"{OWN}.username"] = names["username"].lower()
        return Change(user["_id"], stamped(fields, now))

    def _told(self, change: Change, before: Document) -> list[Fact]:
        facts: list[Fact] = [people.told(self._caller, change.uid, change.fields)]
        renamed = "username" in change.fields
        if renamed or ("name" in change.fields and self._at.setting("UI_Use_Real_Name")):
            after = {**before, **change.fields}
            facts.append(
                UserRenamed(
                    uid=change.uid,
                    username=str(after.get("username") or ""),
                    name=str(after.get("name") or ""),
                    nonce=random_id(),
                    correlation_id=self._caller.correlation_id,
                )
            )
        return facts
