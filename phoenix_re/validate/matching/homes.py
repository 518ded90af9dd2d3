"""Listings and decisions → homes: exact keys, then the model, people's word above both.

The order of the steps is the order of trust; within a step the strongest link comes first, ties
by listing id, so that the outcome is a function of the set of listings and decisions.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from phoenix_re.validate.matching.clusters import Clusters, Link
from phoenix_re.validate.matching.comparing import (
    Answers,
    Weights,
    bits_of,
    compare,
    profile_of,
    supported,
    weights,
)
from phoenix_re.validate.matching.deciding import Decision, LastWord, parties
from phoenix_re.validate.matching.exact import exact_link, exact_links, shared_keys, with_units
from phoenix_re.validate.matching.identity import Identity
from phoenix_re.validate.matching.spellings import Candidate, candidates
from phoenix_re.validate.matching.words import in_words

DISTINGUISHABLE = 3.0  # bits by which the best must beat the second best, metrics.md §11
QUESTIONS_PER_PARCEL = 5
_KEY_STRENGTH = {"mls_number": 20.0, "address": 10.0, "parcel": 10.0}  # bits, within one home


@dataclass(frozen=True, slots=True)
class Matching:
    """Homes, each sorted by listing id; every listing is in exactly one.

    `links` are a forest: for each home one fewer than it has listings, so that each is explained.
    `uncertain`: pairs of homes (at most one link each) that a person should look at, strongest
    first, and decisions that could not be followed.
    """

    homes: list[tuple[Identity, ...]]
    links: list[Link]
    uncertain: list[Link]


def match(identities: Iterable[Identity], decisions: Iterable[Decision] = ()) -> Matching:
    """Which listings are one home. ValueError where a listing id is given twice.

    Listings of one ZIP, or of many: addresses of different ZIPs never meet.
    """
    word = LastWord(decisions)
    listings = with_units(sorted(identities, key=lambda i: i.listing_id), word)
    if any(a.listing_id == b.listing_id for a, b in pairwise(listings)):
        raise ValueError("a listing id was given twice; give each listing once")
    clusters, refused = _exact(listings, word)
    doubts = _Doubts(clusters)
    _join_by_model(clusters, weights(), doubts)
    _ask_about_parcels(clusters, doubts)
    links = sorted((link for _, _, link in clusters.links), key=lambda link: (link.a, link.b))
    return Matching(clusters.groups(), links, refused + doubts.left())


def undecided(identities: Iterable[Identity]) -> list[tuple[str, str, Answers]]:
    """What exact keys leave to the model: two listing ids, and how they compare.

    For those who make the model's weights.
    """
    listings = with_units(sorted(identities, key=lambda i: i.listing_id), LastWord(()))
    clusters, _ = _exact(listings, LastWord(()))
    return [
        (listings[c.a.at].listing_id, listings[c.b.at].listing_id, c.answers)
        for c in candidates(clusters)
    ]


# ── people and exact keys ───────────────────────────────────────────────────────────────────────


def _exact(listings: Sequence[Identity], word: LastWord) -> tuple[Clusters, list[Link]]:
    """(clusters after people's word and exact keys, decisions that hard rules refused)."""
    clusters = Clusters(listings, word)
    refused = _join_decided(clusters, word)
    for a, b, link in exact_links(clusters):
        clusters.join(a, b, link, heed_people=False)
    contested = _contested(clusters)
    if not contested:
        return clusters, refused
    split = Clusters(listings, word)
    _join_decided(split, word)
    for a, b, link in clusters.links:
        if clusters.root(a) not in contested and link.because != "decision":
            split.join(a, b, lambda link=link: link)
    for root in sorted(contested):
        _join_strongest_first(split, clusters.members(root))
    return split, refused


def _join_decided(clusters: Clusters, word: LastWord) -> list[Link]:
    """Join what people said is one; where a hard rule forbids it, say so."""
    refused: list[Link] = []
    listings = clusters.listings
    for members in parties(word, [listing.listing_id for listing in listings]).values():
        first = members[0]
        for at in members[1:]:
            a, b = listings[first].listing_id, listings[at].listing_id
            evidence = {"decision": word.on(a, b).words}
            link = Link(a, b, "decision", None, evidence)
            if not clusters.join(first, at, lambda link=link: link):
                obstacle = clusters.obstacle(first, at) or ""
                refused.append(Link(a, b, "decision", None, evidence | {"refused": obstacle}))
    return refused


def _contested(clusters: Clusters) -> set[int]:
    """Homes that hold listings which a person told apart."""
    roots = {clusters.root(at) for at, _, _ in clusters.links}
    return {r for r in roots if clusters.told_apart(clusters.members(r), clusters.members(r))}


def _join_strongest_first(clusters: Clusters, members: Sequence[int]) -> None:
    """Join listings that share a key, those with most in common first, as far as people allow.

    So a home that a person splits comes apart along its weakest links.
    """
    ranked = []
    for a, b in combinations(sorted(members), 2):
        one, other = clusters.listings[a], clusters.listings[b]
        if keys := shared_keys(one, other):
            strength = sum(_KEY_STRENGTH[key] for key in keys) + _likeness(one, other)
            ranked.append((-strength, a, b, exact_link(one, other, keys[0])))
    for _, a, b, link in sorted(ranked, key=lambda r: r[:3]):
        clusters.join(a, b, lambda link=link: link)


def _likeness(a: Identity, b: Identity) -> float:
    """What the model says of two listings, 0 where it cannot be asked."""
    if a.address is None or b.address is None:
        return 0.0
    answers = compare(profile_of([a], a.address), profile_of([b], b.address))
    return bits_of(answers, weights()) if answers else 0.0


# ── the model ───────────────────────────────────────────────────────────────────────────────────


def _join_by_model(clusters: Clusters, by: Weights, doubts: "_Doubts") -> None:
    scored = [(bits_of(c.answers, by), c) for c in candidates(clusters)]
    scored.sort(key=lambda s: (-s[0], s[1].a.at, s[1].b.at, s[1].a.address, s[1].b.address))
    table = _Table(scored, by)
    for bits, candidate in scored:
        if bits < by.review:
            break
        a, b = candidate.a.at, candidate.b.at
        doubt = table.doubt(bits, candidate) or table.objection(clusters, a, b)
        if bits < by.merge or doubt or clusters.obstacle(a, b):
            doubts.add(a, b, _link(clusters, candidate, bits, by, doubt))
        else:
            table.united(clusters, a, b)
            clusters.join(a, b, lambda c=candidate, bits=bits: _link(clusters, c, bits, by))


def _link(
    clusters: Clusters, candidate: Candidate, bits: float, by: Weights, doubt: str | None = None
) -> Link:
    a, b = (clusters.listings[s.at].listing_id for s in (candidate.a, candidate.b))
    evidence = in_words(*candidate.profiles, candidate.answers, by)
    return Link(a, b, "model", round(bits, 2), evidence | ({"doubt": doubt} if doubt else {}))


class _Table:
    """All scores, by spelling: what else a pair's ends could be, and what speaks against a join."""

    def __init__(self, scored: Sequence[tuple[float, Candidate]], by: Weights) -> None:
        self._by = by
        self._near: dict[int, dict[int, float]] = defaultdict(dict)  # root → root → best score
        self._against: dict[int, set[int]] = defaultdict(set)  # root → roots that are not it
        self._roots: dict[int, list[int]] = {}  # present root → roots before the model
        for bits, candidate in reversed(scored):
            a, b = candidate.a.root, candidate.b.root
            self._near[a][b] = self._near[b][a] = bits
            if bits < by.review:
                self._against[a].add(b)
                self._against[b].add(a)

    def doubt(self, bits: float, candidate: Candidate) -> str | None:
        """Why a machine may not join the two, however many bits speak for it."""
        if candidate.answers.contradictory:
            return "both state a direction or suffix, and these differ"
        if not supported(candidate.answers, self._by):
            return "nothing but the address speaks for it"
        a, b = candidate.a.root, candidate.b.root
        for one, other in ((a, b), (b, a)):  # a third that fits `one`, and is not the `other`
            for third, score in self._near[one].items():
                fits = third != other and score > bits - DISTINGUISHABLE
                if fits and self._near[other].get(third, -math.inf) < self._by.review:
                    return f"another home fits as well ({bits - score:.1f} bits less)"
        return None

    def objection(self, clusters: Clusters, a: int, b: int) -> str | None:
        """A spelling of one home that is plainly not one of the other's."""
        ones = self._of(clusters.root(a))
        others = set(self._of(clusters.root(b)))
        if any(not self._against[one].isdisjoint(others) for one in ones):
            return "another spelling of one is plainly not the other"
        return None

    def united(self, clusters: Clusters, a: int, b: int) -> None:
        one, other = clusters.root(a), clusters.root(b)
        if one != other:
            self._roots[min(one, other)] = self._of(one) + self._of(other)

    def _of(self, root: int) -> list[int]:
        return self._roots.get(root, [root])


# ── what is left to people ──────────────────────────────────────────────────────────────────────


class _Doubts:
    """Pairs that may be one home; in the end one link for each pair of homes."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self._found: list[tuple[int, int, Link]] = []

    def add(self, a: int, b: int, link: Link) -> None:
        self._found.append((a, b, link))

    def left(self) -> list[Link]:
        """Those whose ends did not become one home and which no person answered."""
        clusters, kept = self._clusters, {}
        for a, b, link in self._found:
            ends = tuple(sorted((clusters.root(a), clusters.root(b))))
            apart = clusters.told_apart(clusters.members(ends[0]), clusters.members(ends[1]))
            if ends[0] != ends[1] and not apart:
                kept.setdefault(ends, link)
        return list(kept.values())


def _ask_about_parcels(clusters: Clusters, doubts: _Doubts) -> None:
    """One parcel in several homes: other house numbers, or only one of them names a unit."""
    on_parcel: dict[str, dict[int, int]] = defaultdict(dict)
    for at, listing in enumerate(clusters.listings):
        if listing.parcel is not None and listing.address is not None:
            on_parcel[listing.parcel].setdefault(clusters.root(at), at)
    for parcel in sorted(parcel for parcel, roots in on_parcel.items() if len(roots) > 1):
        firsts = list(on_parcel[parcel].values())
        units = {clusters.listings[at].unit for at in firsts} - {""}
        if len(units) > 1:
            continue  # a parcel of many units: each is a home of its own
        for a, b in list(pairwise(firsts))[:QUESTIONS_PER_PARCEL]:
            one, other = clusters.listings[a], clusters.listings[b]
            obstacle = clusters.obstacle(a, b) or "their addresses differ"
            number = parcel.rpartition("|")[2]
            evidence = {"parcel": f"one parcel, {number}", "doubt": obstacle}
            doubts.add(a, b, Link(one.listing_id, other.listing_id, "parcel", None, evidence))
