"""Disjoint sets of listings that keep the hard rules, and the links that made them.

A home has at most one unit and one county, and never two listings that a person told apart. A
building as a whole ("") counts as a unit; a listing without address, or without county, fits any.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from phoenix_re.validate.matching.deciding import LastWord
from phoenix_re.validate.matching.identity import Identity

Because = Literal["decision", "mls_number", "address", "parcel", "model"]


@dataclass(frozen=True, slots=True)
class Link:
    """Why two listings are one home, or may be; `a < b`."""

    a: str
    b: str
    because: Because
    bits: float | None  # log2 of the odds that they are one; None where a key or a person says so
    evidence: Mapping[str, str] = field(hash=False)  # what was compared → what was found, in words


class Clusters:
    """Listings are named by their places in `listings`, which is sorted by listing id."""

    def __init__(self, listings: Sequence[Identity], word: LastWord) -> None:
        self.listings = listings
        self.links: list[tuple[int, int, Link]] = []  # places and link: a forest of the homes
        self._word = word
        self._parent = list(range(len(listings)))
        self._unit = [listing.unit for listing in listings]
        self._county = [listing.county for listing in listings]
        self._members: dict[int, list[int]] = {}  # only of those that have more than one

    def root(self, at: int) -> int:
        parent = self._parent
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def members(self, root: int) -> list[int]:
        return self._members.get(root) or [root]

    def obstacle(self, a: int, b: int, *, heed_people: bool = True) -> str | None:
        """Why the homes of two listings cannot be one, in words; None where nothing forbids it."""
        a, b = self.root(a), self.root(b)
        if _both_differ(self._unit[a], self._unit[b]):
            units = (self._unit[a] or "the building", self._unit[b] or "the building")
            return f"other units: {', '.join(sorted(units))}"
        if _both_differ(self._county[a], self._county[b]):
            counties = (self._county[a] or "", self._county[b] or "")
            return f"other counties: {', '.join(sorted(counties))}"
        if heed_people and self.told_apart(self.members(a), self.members(b)):
            return "a person told them apart"
        return None

    def told_apart(self, ones: Sequence[int], others: Sequence[int]) -> bool:
        """Whether a person told any of `ones` apart from any of `others`."""
        parties = self._parties(ones) if self._word.said_anything else set()
        if not parties:
            return False
        against = self._parties(others)
        return any(not self._word.apart(party).isdisjoint(against) for party in parties)

    def join(self, a: int, b: int, link: Callable[[], Link], *, heed_people: bool = True) -> bool:
        """Make one home of the homes of two listings; False, and nothing, where that may not be."""
        if self.obstacle(a, b, heed_people=heed_people):
            return False
        kept, gone = sorted((self.root(a), self.root(b)))
        if kept != gone:
            self.links.append((a, b, link()))
            self._members.setdefault(kept, [kept]).extend(self.members(gone))
            self._members.pop(gone, None)
            self._parent[gone] = kept
            if self._unit[kept] is None:
                self._unit[kept] = self._unit[gone]
            self._county[kept] = self._county[kept] or self._county[gone]
        return True

    def agreeing(self, members: Sequence[int]) -> list[list[int]]:
        """Members of one key in sets that may be one home.

        Where they name one unit and one county, a member that names none is taken in; where they
        name several, nothing says to which it belongs, and it stays with its like.
        """
        roots = [self.root(at) for at in members]
        units = {self._unit[root] for root in roots} - {None}
        counties = {self._county[root] for root in roots} - {None}
        if len(units) <= 1 and len(counties) <= 1:
            return [list(members)]
        sets: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
        for at, root in zip(members, roots, strict=True):
            unit = self._unit[root] if len(units) > 1 else None
            sets[unit, self._county[root] if len(counties) > 1 else None].append(at)
        return list(sets.values())

    def groups(self) -> list[tuple[Identity, ...]]:
        """The homes, each sorted by listing id, sorted by their first."""
        members: dict[int, list[Identity]] = defaultdict(list)
        for at, listing in enumerate(self.listings):
            members[self.root(at)].append(listing)
        return [tuple(group) for group in members.values()]

    def _parties(self, members: Sequence[int]) -> set[str]:
        named = (self._word.party(self.listings[at].listing_id) for at in members)
        return {party for party in named if party is not None}


def _both_differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
