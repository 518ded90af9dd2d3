"""How much speaks for two spellings of a house number being one home, in bits (Fellegi–Sunter).

Both listings have the same house number, unit and ZIP; what else they say is compared in seven
questions. Each answer weighs log2(m/u) bits: m, u are its shares among pairs of one home and of
two, counted on the sandbox's truth (`weights.json` says how; `benchmarks/matching.py --train`
makes it). Facts of the building (area, year, …) are one question, not five: homes of one builder
agree in all of them at once, and evidence that comes together must not be counted five times.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from phoenix_re.validate.address import AddressKey
from phoenix_re.validate.matching.identity import Identity
from phoenix_re.validate.street_name import StreetName, street_name

Point = tuple[float, float]  # latitude, longitude

WEIGHTS = Path(__file__).with_name("weights.json")
LONG_NAME = 6  # letters from which another letter may be a slip of the finger
SIMILAR = 0.9  # Jaro–Winkler
MOST_PLACES = 8
_DISTANCES = (
    *((20, "within_20m"), (45, "within_45m"), (100, "within_100m")),
    *((300, "within_300m"), (1500, "within_1500m")),
)
_METRES_PER_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class Weights:
    """The model. `bits`: question → answer → log2(m/u)."""

    prior: float  # log2 of the odds that a pair that comes to the model is one home
    merge: float  # from so many bits on two are one home
    review: float  # from so many bits on a person is asked
    bits: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the building: how far two values may be apart to agree, from where they do not."""

    name: str
    field: str  # of Identity
    near: float
    far: float
    relative: bool = False

    def apart(self, one: float, other: float) -> float:
        apart = abs(one - other)
        return apart / max(one, other, 1.0) if self.relative else apart


FACTS = (
    Fact("living area", "living_area", 0.02, 0.08, relative=True),
    Fact("year built", "year_built", 0, 1),
    Fact("bedrooms", "bedrooms_total", 0, 0),
    Fact("bathrooms", "x_bathrooms_decimal", 0, 0.5),
    Fact("lot size", "lot_size", 0.02, 0.1, relative=True),
)


class Profile(NamedTuple):
    """What the listings of one home say, each value once: one of them agreeing is agreement.

    Witnesses err one by one; a home told of by five has one right area among them.
    """

    address: AddressKey
    parcels: frozenset[str]
    places: Sequence[Point]
    facts: tuple[frozenset[float], ...]  # in the order of FACTS
    prices: frozenset[tuple[str | None, int]]  # property type, cents


ANSWERS: Mapping[str, Sequence[str]] = {
    "name": ("equal", "slip", "similar"),
    "direction": ("equal", "missing", "differs"),
    "suffix": ("equal", "missing", "missing_of_number", "differs"),
    "distance": (*(name for _, name in _DISTANCES), "farther"),
    "facts": ("all", "few", "all_but_one", "mixed", "against"),
    "price": ("equal", "near", "other"),
    "parcel": ("equal", "differs"),
}
"""Question → all its answers; each has its weight."""


class Answers(NamedTuple):
    """The seven questions; None where nothing can be said (it weighs nothing)."""

    name: str
    direction: str | None
    suffix: str | None
    distance: str | None
    facts: str | None
    price: str | None
    parcel: str | None

    @property
    def contradictory(self) -> bool:
        """Whether both state a direction or suffix and these differ: N or S, St or Ave.

        Such homes are neighbours at least as often as slips, so only a parcel may join them.
        """
        return self.direction == "differs" or (self.suffix == "differs" and self.parcel != "equal")


@lru_cache(maxsize=1)
def weights() -> Weights:
    read = json.loads(WEIGHTS.read_text())
    return Weights(read["prior_bits"], read["merge_bits"], read["review_bits"], read["bits"])


def bits_of(answers: Answers, by: Weights) -> float:
    """log2 of the odds that two listings with these answers are one home."""
    table = by.bits
    said = zip(Answers._fields, answers, strict=True)
    return by.prior + sum(table[question][answer] for question, answer in said if answer)


def supported(answers: Answers, by: Weights) -> bool:
    """Whether something else than the address speaks for it: place, parcel or facts."""
    said = ((name, getattr(answers, name)) for name in ("distance", "facts", "parcel"))
    return any(answer and by.bits[name][answer] > 0 for name, answer in said)


def profile_of(listings: Sequence[Identity], address: AddressKey) -> Profile:
    """All that listings of one home say, under one of its spellings."""
    places = {
        (i.latitude, i.longitude)
        for i in listings
        if i.latitude is not None and i.longitude is not None
    }
    return Profile(
        address,
        frozenset(i.parcel for i in listings if i.parcel),
        sorted(places)[:MOST_PLACES],
        tuple(
            frozenset(v for i in listings if (v := getattr(i, fact.field)) is not None)
            for fact in FACTS
        ),
        frozenset((i.property_type, i.price) for i in listings if i.price),
    )


def names_alike(a: AddressKey, b: AddressKey) -> str | None:
    """ "equal", "slip" (of one letter), "similar" or None; numbers in names are equal or not."""
    one, other = street_of(a).letters, street_of(b).letters
    return "equal" if one == other else _alike(*sorted((one, other)))


@lru_cache(maxsize=65_536)
def _alike(one: str, other: str) -> str | None:
    if _digits(one) != _digits(other) or min(len(one), len(other)) < 3:
        return None
    slips = OSA.distance(one, other, score_cutoff=2)
    if slips == 1 and min(len(one), len(other)) >= LONG_NAME:
        return "slip"
    two_slips = slips == 2 and min(len(one), len(other)) >= LONG_NAME + 2
    alike = two_slips or JaroWinkler.similarity(one, other) >= SIMILAR
    return "similar" if alike else None


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def street_of(address: AddressKey) -> StreetName:
    return street_name(address.street, address.suffix, address.predir)


def compare(a: Profile, b: Profile) -> Answers | None:
    """The answers of two spellings; None where their streets are plainly two."""
    name = names_alike(a.address, b.address)
    if name is None:
        return None
    return Answers(
        name,
        _stated(directions(a.address), directions(b.address)),
        _suffix(street_of(a.address), street_of(b.address)),
        _distance(a, b),
        _facts(a, b),
        _price(a, b),
        _parcel(a, b),
    )


def _same(equal: bool) -> str:
    return "equal" if equal else "differs"


def directions(address: AddressKey) -> str:
    """In front or behind alike: "Rock Pl S" is "S Rock Pl"."""
    return " ".join(sorted({address.predir, address.postdir} - {""}))


def _stated(one: str, other: str) -> str | None:
    if not one and not other:
        return None
    return "missing" if not one or not other else _same(one == other)


def _suffix(one: StreetName, other: StreetName) -> str | None:
    stated = _stated(one.suffix, other.suffix)
    # 30th Dr and 30th Ave are two streets of one quarter.
    return "missing_of_number" if stated == "missing" and one.is_number else stated


def _parcel(a: Profile, b: Profile) -> str | None:
    return _same(not a.parcels.isdisjoint(b.parcels)) if a.parcels and b.parcels else None


def metres(a: Profile, b: Profile) -> float | None:
    """Between the two nearest of the places that each is said to be at."""
    return min((_apart(one, other) for one in a.places for other in b.places), default=None)


def _apart(one: Point, other: Point) -> float:
    north = one[0] - other[0]
    east = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot(north, east) * _METRES_PER_DEGREE


def _distance(a: Profile, b: Profile) -> str | None:
    apart = metres(a, b)
    if apart is None:
        return None
    return next((name for most, name in _DISTANCES if apart <= most), "farther")


def facts_compared(a: Profile, b: Profile) -> tuple[list[str], list[str]]:
    """(facts that agree, facts that contradict); a fact in between, or not stated, is in none."""
    agree: list[str] = []
    contradict: list[str] = []
    for fact, ones, others in zip(FACTS, a.facts, b.facts, strict=True):
        if ones and others:
            apart = min(fact.apart(one, other) for one in ones for other in others)
            if apart <= fact.near:
                agree.append(fact.name)
            elif apart > fact.far:
                contradict.append(fact.name)
    return agree, contradict


def _facts(a: Profile, b: Profile) -> str | None:
    agree, contradict = map(len, facts_compared(a, b))
    if agree + contradict < 2:
        return None  # one fact is no evidence: half of all homes have three bedrooms
    if not contradict:
        return "all" if agree >= 4 else "few"
    if contradict == 1 and agree >= 2:
        return "all_but_one"
    return "mixed" if agree >= contradict else "against"


def _price(a: Profile, b: Profile) -> str | None:
    apart = min(
        (
            abs(one - other) / max(one, other)
            for kind, one in a.prices
            for of_kind, other in b.prices
            if kind == of_kind
        ),
        default=None,
    )
    if apart is None:
        return None
    return "equal" if apart == 0 else "near" if apart <= 0.1 else "other"
