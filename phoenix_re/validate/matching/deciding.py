"""What people decided about listings: the last word on each, without contradiction.

Decisions are kept for ever; a later one overrules an earlier one that says otherwise. Whether a
word can be followed (two named units never are one home) is judged in `homes.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Decision:
    """An operator's word on listings: all of them are one home, or no two of them are."""

    id: str
    same: bool
    listing_ids: tuple[str, ...]  # two or more; a listing that is not there now may be named
    by: str
    at: datetime  # UTC
    why: str

    @property
    def words(self) -> str:
        return f"{self.by} on {self.at:%Y-%m-%d}: {self.why}"


class LastWord:
    """Which listings must be one home and which must not, from decisions in any order.

    The newest decision is heard first; what contradicts it, also through third listings, is not.
    Listings that must be one home are one `party`.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._party: dict[str, str] = {}  # listing id → another of its party, up to the first
        self._apart: dict[str, set[str]] = defaultdict(set)  # first of a party → firsts
        self._of_party: dict[str, list[Decision]] = defaultdict(list)
        for decision in sorted(decisions, key=lambda d: (d.at, d.id), reverse=True):
            for a, b in combinations(sorted(set(decision.listing_ids)), 2):
                self._hear(a, b, decision)

    @property
    def said_anything(self) -> bool:
        return bool(self._party)

    def party(self, listing_id: str) -> str | None:
        """The party's name (its smallest listing id); None for a listing nobody spoke of."""
        if listing_id not in self._party:
            return None
        while self._party[listing_id] != listing_id:
            listing_id = self._party[listing_id]
        return listing_id

    def apart(self, party: str) -> set[str]:
        """The parties that must not be one home with it."""
        return self._apart[party]

    def on(self, a: str, b: str) -> Decision:
        """The decision by which two listings of one party are one; the newest that names both."""
        heard = self._of_party[self.party(a) or a]
        return next((d for d in heard if a in d.listing_ids and b in d.listing_ids), heard[0])

    def _hear(self, a: str, b: str, decision: Decision) -> None:
        for listing_id in (a, b):
            self._party.setdefault(listing_id, listing_id)
        one, other = sorted(filter(None, (self.party(a), self.party(b))))
        if not decision.same:
            if one != other:
                self._apart[one].add(other)
                self._apart[other].add(one)
        elif other not in self._apart[one]:
            self._unite(one, other, decision)

    def _unite(self, one: str, other: str, decision: Decision) -> None:
        if one != other:
            self._party[other] = one
            for enemy in self._apart.pop(other, set()):
                self._apart[enemy].discard(other)
                self._apart[enemy].add(one)
                self._apart[one].add(enemy)
            self._of_party[one] += self._of_party.pop(other, [])
        if decision not in self._of_party[one]:
            self._of_party[one].append(decision)
            self._of_party[one].sort(key=lambda d: (d.at, d.id), reverse=True)


def parties(word: LastWord, listing_ids: Sequence[str]) -> dict[str, list[int]]:
    """Party → places in `listing_ids` of its members that are there."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, listing_id in enumerate(listing_ids):
        if (party := word.party(listing_id)) is not None:
            found[party].append(at)
    return found
