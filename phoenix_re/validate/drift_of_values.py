"""How a source's values lie in a ZIP, against the 28 days before: drift, and changes of units.

Pure functions over counts. A day's values of a field are counted in fixed narrow bins (a *shape*),
so that shapes of days and of ZIPs can be added up. Two questions are asked of today's against the
sum of the days before (metrics.md §10): is it another distribution (PSI), and are the values, or a
fifth of them, the old ones times a known factor (a unit)? The days before are kept by the caller;
a day whose units changed never becomes one of them. Payloads as they arrive are judged in
`collect/drift`; here it is what the market's records say, whichever way they came in.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.versions import digest
from phoenix_re.proportions import chi_square_quantile
from phoenix_re.validate.rules import LEASES

Shape = Mapping[str, int]  # bin → values in it; a bin is a whole number, or a word
Shapes = dict[str, dict[str, dict[str, int]]]  # source → field → shape

WINDOW_DAYS = 28
LEAST_NOW, LEAST_SEEN = 20, 40  # values for a PSI
LEAST_NOW_UNIT, LEAST_SEEN_UNIT = 12, 40  # for a unit
SURE = 0.999  # chance alone explains a PSI up to this quantile: many fields are judged each day
LEAST_STRAYS = 5
STRAYS = 0.2  # share of today's values that only a unit explains
MISSING, NO_NUMBER = "none", "zero"
_BINS = 10
_RARE = 0.02  # rarer categories of the reference are one bin
_FACTORS = (
    (100.0, "times 100: cents for dollars, or per cent for a fraction"),
    (1 / 100, "a hundredth: dollars for cents, or a fraction for per cent"),
    (43_560.0, "times 43,560: square feet for acres"),
    (1 / 43_560, "a 43,560th: acres for square feet"),
    (10.7639, "times 10.764: square feet for square metres"),
    (1 / 10.7639, "a 10.764th: square metres for square feet"),
)
_NEAR = {False: math.log(2.5), True: math.log(1.25)}  # how far from a factor; small factors nearer
_STRAYS_NEAR = math.log(1.8)
_SLACK = 1.25  # beyond the 1 and 99 % points of what was seen


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of one width; of one ratio, where `ratio` says so."""

    width: float
    ratio: bool = False

    def label(self, value: float) -> str:
        if not self.ratio:
            return str(math.floor(value / self.width + 0.5))
        return str(math.floor(math.log(value, self.width))) if value > 0 else NO_NUMBER

    def middle(self, label: str) -> float:
        at = int(label)
        return self.width ** (at + 0.5) if self.ratio else at * self.width


_TIGHT = Bins(1.1, ratio=True)
_WIDE = Bins(1.2, ratio=True)
NUMBERS: Mapping[str, Bins] = {
    "list_price_cents": _TIGHT,
    "close_price_cents": _TIGHT,
    "x_rent_estimate_cents": _TIGHT,
    "living_area": _TIGHT,
    "lot_size_square_feet": _WIDE,
    "x_association_fee_monthly_cents": _WIDE,
    "tax_annual_amount_cents": _WIDE,
    "year_built": Bins(5),
    "bedrooms_total": Bins(1),
    "x_bathrooms_decimal": Bins(0.5),
    "garage_spaces": Bins(1),
    "stories_total": Bins(1),
}
CATEGORIES = ("property_type", "property_sub_type", "standard_status", "pool_private_yn")
_LEASE = " of leases"  # their prices are another distribution, and nearly a hundredth
_PRICES = frozenset({"list_price_cents", "close_price_cents"})


@dataclass(frozen=True, slots=True)
class Psi:
    """`value` = sum of (now - then) * ln(now / then) over bins, of shares, each count plus ½.

    Without any drift it is expected to be `bias` = (bins - 1) (1/n + 1/m), as PSI times nm/(n + m)
    is nearly chi-square distributed; `critical` is its 99.9 % point. So 50 values against 100 have
    to reach 0.84 before anything is said, and 1,000 against 10,000 are judged by 0.2 itself.
    """

    value: float
    bins: int
    n: int  # values now
    m: int  # values of the reference

    @property
    def bias(self) -> float:
        return (self.bins - 1) * (1 / self.n + 1 / self.m)

    @property
    def critical(self) -> float:
        freedom = self.bins - 1
        return chi_square_quantile(freedom, SURE) * (1 / self.n + 1 / self.m) if freedom else 0.0

    def is_drift(self, threshold: float) -> bool:
        return self.value >= max(threshold, self.critical)


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One known factor between what was seen and what is there now."""

    factor: float
    meaning: str
    share: float  # of today's values that only the factor explains
    ratio: float  # of the medians, now / then


@dataclass
class ValueDrift:
    """What is to be said of a ZIP's values on a day, by (source, field)."""

    psi: dict[tuple[str, str], Psi] = field(default_factory=dict)  # where there was enough
    units: dict[tuple[str, str], UnitChange] = field(default_factory=dict)
    judged_units: int = 0  # source and field pairs that could be judged
    documents: list[dict[str, Any]] = field(default_factory=list)  # of `value_shapes`, to be kept


def shapes(records: Iterable[ListingRecord]) -> Shapes:
    """The shape of each field of each source; a missing value is a bin of its own."""
    counted: dict[str, dict[str, Counter[str]]] = {}
    for record in records:
        of_source = counted.setdefault(record.source, {})
        lease = _LEASE if record.property_type in LEASES else ""
        for name, bins in NUMBERS.items():
            value = getattr(record, name)
            label = MISSING if value is None else bins.label(value)
            of_source.setdefault(name + (lease if name in _PRICES else ""), Counter())[label] += 1
        for name in CATEGORIES:
            value = getattr(record, name)
            label = MISSING if value is None else f"is {value}".replace(".", "_")
            of_source.setdefault(name, Counter())[label] += 1
    return {
        source: {name: dict(sorted(counts.items())) for name, counts in sorted(by.items())}
        for source, by in sorted(counted.items())
    }


def psi(then: Shape, now: Shape) -> Psi | None:
    """Of today's shape against the reference; None with too few values on a side."""
    m, n = sum(then.values()), sum(now.values())
    if n < LEAST_NOW or m < LEAST_SEEN:
        return None
    groups = _groups(then, now)
    whole_then, whole_now = m + len(groups) / 2, n + len(groups) / 2
    value = 0.0
    for labels in groups:
        was = (sum(then.get(label, 0) for label in labels) + 0.5) / whole_then
        is_ = (sum(now.get(label, 0) for label in labels) + 0.5) / whole_now
        value += (is_ - was) * math.log(is_ / was)
    return Psi(value, len(groups), n, m)


def _groups(then: Shape, now: Shape) -> list[list[str]]:
    """Neighbouring bins of numbers that hold about a tenth of the reference each; words as they
    are, but for the rare ones."""
    labels = set(then) | set(now)
    words = sorted(label for label in labels if not _is_number(label))
    numbers = sorted(labels.difference(words), key=int)
    m = sum(then.values())
    rare = [w for w in words if then.get(w, 0) < _RARE * m and w not in {MISSING, NO_NUMBER}]
    groups = [[w] for w in words if w not in rare] + ([rare] if rare else [])
    whole, reached = sum(then.get(label, 0) for label in numbers), 0

    def tenth(label: str) -> int:
        nonlocal reached
        before = reached
        reached += then.get(label, 0)
        # Beyond the last value that was seen, all belongs to the last tenth.
        return min(_BINS - 1, int(_BINS * before / whole)) if whole else 0

    return groups + [list(of) for _, of in groupby(numbers, key=tenth)]


def _is_number(label: str) -> bool:
    return label.lstrip("-").isdigit()


def unit_change(name: str, then: Shape, now: Shape) -> UnitChange | None:
    """The factor, if any, that today's values of a positive number came to be multiplied by.

    The ratio of medians is near a known factor; or a fifth of today's values lie where hardly any
    was seen, and, divided by the factor, are like those that were: within their range, with nearly
    their median. The tail of a dearer market is not.
    """
    bins = NUMBERS.get(name.removesuffix(_LEASE))
    seen, found = _numbers(then), _numbers(now)
    if bins is None or not bins.ratio or not _enough_for_unit(seen, found):
        return None
    median = bins.middle(_at(seen, 0.5))
    ratio = bins.middle(_at(found, 0.5)) / median
    low, high = (bins.middle(_at(seen, share)) for share in (0.01, 0.99))
    low, high = low / _SLACK, high * _SLACK
    n = sum(found.values())
    told: list[tuple[float, UnitChange]] = []
    for factor, meaning in _FACTORS:
        strays = {
            label: count
            for label, count in found.items()
            if not low <= (value := bins.middle(str(label))) <= high
            and low <= value / factor <= high
        }
        share = sum(strays.values()) / n
        off = abs(math.log(ratio / factor))
        if off > _NEAR[1 / 50 < factor < 50]:
            if share < STRAYS or share * n < LEAST_STRAYS:
                continue
            off = abs(math.log(bins.middle(_at(strays, 0.5)) / factor / median))
            if off > _STRAYS_NEAR:
                continue
        told.append((off, UnitChange(factor, meaning, share, ratio)))
    return min(told, key=lambda one: one[0])[1] if told else None


def _numbers(shape: Shape) -> dict[int, int]:
    return {int(label): shape[label] for label in shape if _is_number(label)}


def _enough_for_unit(seen: Mapping[int, int], found: Mapping[int, int]) -> bool:
    return sum(found.values()) >= LEAST_NOW_UNIT and sum(seen.values()) >= LEAST_SEEN_UNIT


def _at(counts: Mapping[int, int], share: float) -> str:
    """The bin of the nearest-rank quantile."""
    rank = math.ceil(share * sum(counts.values()))
    for label in sorted(counts):
        rank -= counts[label]
        if rank <= 0:
            return str(label)
    raise ValueError("a quantile of nothing")


def added(several: Iterable[Mapping[str, Shape]]) -> dict[str, Counter[str]]:
    """Field → the sum of the shapes."""
    sums: dict[str, Counter[str]] = {}
    for shapes_of in several:
        for name, shape in shapes_of.items():
            sums.setdefault(name, Counter()).update(shape)
    return sums


# ── a ZIP, day by day ───────────────────────────────────────────────────────────────────────────


def judge(
    market: str,
    zip5: str,
    day: date,
    records: Iterable[ListingRecord],
    kept: Sequence[Mapping[str, Any]],
) -> ValueDrift:
    """Today's records against the days that `kept` holds, and what to keep from now on.

    `kept`: the ZIP's documents of `value_shapes`. Today's own are left out, so that a second run
    of a day judges as the first.
    """
    drift = ValueDrift()
    today = shapes(records)
    for source in sorted(today.keys() | {k["source"] for k in kept}):
        past = [k for k in kept if k["source"] == source and k["day"] < day.isoformat()]
        past = _thinned(past, day)
        reference = added(k["fields"] for k in past)
        changed = False
        for name, shape in today.get(source, {}).items():
            then = reference.get(name, {})
            if (found := psi(then, shape)) is not None:
                drift.psi[source, name] = found
            drift.judged_units += _enough_for_unit(_numbers(then), _numbers(shape))
            if (change := unit_change(name, then, shape)) is not None:
                drift.units[source, name] = change
                changed = True
        drift.documents.extend(dict(k) for k in past)
        if source in today and not changed:
            drift.documents.append(_document(market, zip5, source, day, today[source]))
    return drift


def _thinned(past: Sequence[Mapping[str, Any]], day: date) -> list[Mapping[str, Any]]:
    """The two newest days, whatever their age, and of each week of the window its first."""
    newest = sorted(past, key=lambda k: k["day"], reverse=True)
    kept = {k["day"]: k for k in newest[:2]}
    oldest = (day - timedelta(days=WINDOW_DAYS)).isoformat()
    weeks: dict[tuple[int, int], Mapping[str, Any]] = {}
    for one in newest:
        if one["day"] >= oldest:
            weeks[date.fromisoformat(one["day"]).isocalendar()[:2]] = one  # the last is the first
    kept |= {k["day"]: k for k in weeks.values()}
    return [kept[at] for at in sorted(kept)]


def _document(
    market: str, zip5: str, source: str, day: date, fields: Mapping[str, Shape]
) -> dict[str, Any]:
    document = {
        "_id": f"{market}|{zip5}|{source}|{day.isoformat()}",
        "market": market,
        "zip": zip5,
        "source": source,
        "day": day.isoformat(),
        "fields": {name: dict(shape) for name, shape in fields.items()},
    }
    return document | {"content_hash": digest(document)}


# ── a market ────────────────────────────────────────────────────────────────────────────────────


def market_psi(documents: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Psi]:
    """(source, field) → the newest day of every ZIP against the days before, ZIPs added up.

    Only ZIPs that have both count, so that a ZIP that joins does not look like drift.
    """
    by_place: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for document in documents:
        by_place.setdefault((document["source"], document["zip"]), []).append(document)
    then: dict[str, list[Mapping[str, Shape]]] = {}
    now: dict[str, list[Mapping[str, Shape]]] = {}
    for (source, _), of_place in by_place.items():
        *before, newest = sorted(of_place, key=lambda d: d["day"])
        if before:
            then.setdefault(source, []).extend(d["fields"] for d in before)
            now.setdefault(source, []).append(newest["fields"])
    found: dict[tuple[str, str], Psi] = {}
    for source, several in now.items():
        reference = added(then[source])
        for name, shape in added(several).items():
            if (of_field := psi(reference.get(name, {}), shape)) is not None:
                found[source, name] = of_field
    return found
