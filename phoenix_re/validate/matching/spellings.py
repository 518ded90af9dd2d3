"""Candidates for the model: pairs of spellings of one house number in one ZIP, one unit.

A spelling is an address of a home that exact keys have made, with all that the home's listings
say. Every pair of a small block is a candidate; in a large one only neighbours in the order of
their street names, forwards and backwards, so that the number of pairs grows as the listings do.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from phoenix_re.validate.address import AddressKey
from phoenix_re.validate.matching.clusters import Clusters
from phoenix_re.validate.matching.comparing import Answers, Profile, compare, profile_of, street_of

LARGE_BLOCK = 40
WINDOW = 8


class Spelling(NamedTuple):
    """`at`: the place of the first listing that spells it so; `root`: its home."""

    address: AddressKey
    at: int
    root: int


class Candidate(NamedTuple):
    """Two spellings that may be one home (`a.at < b.at`), and how they compare."""

    a: Spelling
    b: Spelling
    answers: Answers
    profiles: tuple[Profile, Profile]


def candidates(clusters: Clusters) -> Iterator[Candidate]:
    """Pairs of spellings of different homes that no hard rule keeps apart, streets alike."""
    profiles: dict[Spelling, Profile] = {}
    for block in _blocks(clusters):
        for one, other in _pairs(block):
            a, b = sorted((one, other), key=lambda s: s.at)
            if a.root == b.root or clusters.obstacle(a.at, b.at):
                continue
            for spelling in (a, b):
                if spelling not in profiles:
                    members = clusters.members(spelling.root)
                    said = [clusters.listings[at] for at in members]
                    profiles[spelling] = profile_of(said, spelling.address)
            answers = compare(profiles[a], profiles[b])
            if answers is not None:
                yield Candidate(a, b, answers, (profiles[a], profiles[b]))


def _blocks(clusters: Clusters) -> Iterator[list[Spelling]]:
    """Spellings that share ZIP, house number and unit, where there are two or more."""
    found: dict[tuple[str, str, str], dict[tuple[AddressKey, int], Spelling]] = defaultdict(dict)
    for at, listing in enumerate(clusters.listings):
        if (address := listing.address) is not None:
            root = clusters.root(at)
            block = found[address.zip5, address.house_number, address.unit]
            block.setdefault((address, root), Spelling(address, at, root))
    for block in found.values():
        if len(block) > 1:
            yield list(block.values())


def _pairs(block: Sequence[Spelling]) -> Iterator[tuple[Spelling, Spelling]]:
    if len(block) <= LARGE_BLOCK:
        yield from combinations(block, 2)
        return
    seen: set[tuple[int, int]] = set()
    for step in (1, -1):
        ordered = sorted(block, key=lambda s: (street_of(s.address).letters[::step], s))
        for place, one in enumerate(ordered):
            for other in ordered[place + 1 : place + 1 + WINDOW]:
                pair = min(one.at, other.at), max(one.at, other.at)
                if pair not in seen:
                    seen.add(pair)
                    yield one, other
