"""Two sources that speak of one home: where they agree, and where not.

A pure function over the records of one property. Facts of the home are compared always; price and
status only of one listing and one day, because homes are relisted and prices change overnight.
Which value is taken is decided elsewhere (`validate/properties.py`); agreement is no accuracy.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import apn
from phoenix_re.collect.versions import Document, digest

EARTH_METRES = 6_371_008.8

_STATUS_MEANS = {
    "Active": "for sale",
    "Coming Soon": "for sale",
    "Active Under Contract": "under contract",
    "Pending": "under contract",
    "Closed": "closed",
    "Canceled": "off the market",
    "Withdrawn": "off the market",
    "Expired": "off the market",
    "Hold": "off the market",
    "Delete": "off the market",
    "Incomplete": "off the market",
}


class Witness(NamedTuple):
    """A source's record of the home, and the local day on which it looked."""

    source: str
    record: ListingRecord
    seen_on: date | None = None


Distance = Callable[[Any, Any], float]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two values may be apart, in which unit, and how that is measured. Symmetric."""

    most: float
    unit: str
    distance: Distance


def _share(a: float, b: float) -> float:
    larger = max(abs(a), abs(b))
    return abs(a - b) / larger if larger else 0.0


def _differs(a: Any, b: Any) -> float:
    return 0.0 if a == b else 1.0


def _apart(a: float, b: float) -> float:
    return abs(a - b)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle metres between two points in degrees (haversine)."""
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    inner = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_METRES * math.asin(math.sqrt(min(1.0, inner)))


_EXACT = Tolerance(0, "", _differs)
TOLERANCES: Mapping[str, Tolerance] = {
    "living_area": Tolerance(0.05, "share", _share),
    "lot_size_square_feet": Tolerance(0.05, "share", _share),
    "year_built": Tolerance(0, "years", _apart),
    "bedrooms_total": Tolerance(0, "rooms", _apart),
    "x_bathrooms_decimal": Tolerance(0.5, "rooms", _apart),
    "stories_total": _EXACT,
    "pool_private_yn": _EXACT,
    "parcel_number": _EXACT,
    "coordinates": Tolerance(200, "metres", metres),
    "standard_status": _EXACT,
    "list_price_cents": Tolerance(0, "cents", _apart),
    "close_price_cents": Tolerance(0, "cents", _apart),
}
_SAME_DAY = frozenset({"standard_status", "list_price_cents", "close_price_cents"})


@dataclass(slots=True)
class Agreement:
    """Counts per (field, source, source), the two sources in alphabetical order."""

    compared: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    agreed: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, other: "Agreement") -> None:
        self.compared.update(other.compared)
        self.agreed.update(other.agreed)

    def rows(self) -> list[Document]:
        """`{field, sources, n, k, share}` per field and pair; n is what was compared."""
        return [
            {
                "field": name,
                "sources": [first, second],
                "n": n,
                "k": self.agreed[name, first, second],
                "share": self.agreed[name, first, second] / n,
            }
            for (name, first, second), n in sorted(self.compared.items())
        ]


@dataclass(frozen=True, slots=True)
class Crosscheck:
    """`disagreements`: documents for the collection of that name, sorted by `_id`."""

    disagreements: list[Document]
    agreement: Agreement


def crosscheck(
    market: str,
    zip: str,  # noqa: A002 - the name that the stages share
    property_id: str,
    witnesses: Sequence[Witness],
) -> Crosscheck:
    """Every record of one source against every record of another, whatever their order.

    What one source alone says of a field is not compared, nor what a record leaves out.
    """
    agreement = Agreement()
    found: dict[str, Document] = {}
    each = _each_once(witnesses)
    records = Counter(witness.source for witness in each)
    for first, second in combinations(each, 2):
        if first.source == second.source:
            continue
        alone = records[first.source] == records[second.source] == 1
        for name, one, other in _comparable(first, second, alone=alone):
            key = (name, first.source, second.source)
            tolerance = TOLERANCES[name]
            distance = tolerance.distance(one, other)
            agreement.compared[key] += 1
            if distance <= tolerance.most:
                agreement.agreed[key] += 1
                continue
            document = {
                "market": market,
                "zip": zip,
                "property_id": property_id,
                "field": name,
                "sources": [first.source, second.source],
                "source_keys": [first.record.source_key, second.record.source_key],
                "values": [_plain(one), _plain(other)],
                "difference": distance,
                "tolerance": tolerance.most,
                "unit": tolerance.unit,
            }
            key_of_pair = [_name(first), _name(second)]
            found_id = f"{property_id}|{name}|{digest(key_of_pair)[:12]}"
            found[found_id] = {"_id": found_id, **document, "content_hash": digest(document)}
    return Crosscheck([found[key] for key in sorted(found)], agreement)


def _each_once(witnesses: Iterable[Witness]) -> list[Witness]:
    """In an order that does not depend on the input; of a record seen on several days the last."""
    latest: dict[tuple[str, str, str], Witness] = {}
    for witness in sorted(witnesses, key=lambda w: (w.seen_on or date.min, repr(w.record))):
        latest[_name(witness)] = witness
    return [latest[name] for name in sorted(latest)]


def _name(witness: Witness) -> tuple[str, str, str]:
    return witness.source, witness.record.source, witness.record.source_key


def _comparable(first: Witness, second: Witness, *, alone: bool) -> Iterator[tuple[str, Any, Any]]:
    """(field, value, value) where both say something that can be held against each other."""
    same_offer = (
        first.seen_on == second.seen_on
        and _leased(first) == _leased(second)
        and _same_listing(first.record, second.record, alone=alone)
    )
    same_status = _value(first, "standard_status") == _value(second, "standard_status")
    for name in TOLERANCES:
        if name in _SAME_DAY and not same_offer:
            continue
        if name.endswith("price_cents") and not same_status:
            continue
        one, other = _value(first, name), _value(second, name)
        if one is not None and other is not None:
            yield name, one, other


def _same_listing(one: ListingRecord, other: ListingRecord, *, alone: bool) -> bool:
    """By MLS number; without one, if each source has no other listing of the home (`alone`)."""
    if one.listing_id and other.listing_id:
        return one.listing_id == other.listing_id and (
            one.x_mls == other.x_mls or None in {one.x_mls, other.x_mls}
        )
    return alone


def _leased(witness: Witness) -> bool:
    return "Lease" in (witness.record.property_type or "")


def _value(witness: Witness, name: str) -> Any:
    """What a record says of a field, in the form in which sources are alike; None: nothing."""
    record = witness.record
    if name == "coordinates":
        point = (record.latitude, record.longitude)
        return None if None in point or point == (0, 0) else point
    value = getattr(record, name)
    if name == "standard_status":
        return _STATUS_MEANS.get(value, value)
    if name == "parcel_number" and value is not None:
        return apn(value)
    return value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
