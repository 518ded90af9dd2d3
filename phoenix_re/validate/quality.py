"""The data-quality KPIs of one ZIP (metrics.md §10), each with n, interval, target and block.

Numbers only: nothing is fixed, blocked or stored here. Whether a KPI is met is decided by the
market's thresholds; the interval beside it says how sure the number is.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import AtLeast, AtMost, Market
from phoenix_re.proportions import wilson
from phoenix_re.validate.address import address_key
from phoenix_re.validate.applicability import (
    Due,
    always,
    has_home,
    has_own_lot,
    is_closed,
    is_open,
    traits_of_property,
)
from phoenix_re.validate.drift_of_values import Psi, ValueDrift
from phoenix_re.validate.properties import LISTING_FIELDS, ZipProperties

Property = Mapping[str, Any]

JUDGED_FROM_N = 10  # metrics.md §1: under that a share is a low sample


@dataclass(frozen=True, slots=True)
class KpiResult:
    """One KPI of one ZIP. Rates are fractions; `ci_*` is Wilson's 95 % interval of k / n."""

    kpi: str
    value: float | None  # None where n = 0
    n: int
    k: int | None  # the counted ones; None for what is no share
    ci_low: float | None
    ci_high: float | None
    target: float
    block: float | None
    passed: bool  # the target is met
    held_back: bool  # on the wrong side of `block`: the ZIP must not go to the next stage
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Critical:
    """A critical thing: which fields say it, and for which properties it is due at all."""

    name: str
    fields: tuple[str, ...]  # all of them must be there; with `any_of`, one of them
    due: Due
    any_of: bool = False


def zip_quality(
    result: ZipProperties, market: Market, drift: ValueDrift | None = None
) -> dict[str, KpiResult]:
    """The KPIs of one ZIP by name, in the order of `keys.KPI_CHECKS`.

    Each property carries `served_at`, aware UTC, beside its `published_at`. With n = 0 a KPI passes
    with value None and a note: there is nothing to be wrong, and an empty ZIP must not look broken.
    """
    return {
        "completeness": completeness(result, market.kpis.completeness),
        "validity": validity(result, market.kpis.validity),
        "duplicates": duplicates(result, market.kpis.duplicates),
        "freshness_lag_hours": freshness(result, market.kpis.freshness_lag_hours),
        "row_accounting": row_accounting(result, market.kpis.row_accounting),
        "stability": stability(result, market.kpis.stability),
        "distribution_drift": distribution_drift(
            (drift or ValueDrift()).psi, market.kpis.distribution_drift
        ),
        "unit_change": unit_changes(drift or ValueDrift(), market.kpis.unit_change),
    }


# ── completeness ────────────────────────────────────────────────────────────────────────────────


_STARTS = ("on_market_date", "listing_contract_date", "x_changed_on")
_ENDS = ("close_date", "x_changed_on")

# metrics.md §10, critical set. Property id, ZIP, source and licence class are in every document by
# construction, so they cannot tell anything.
CRITICAL: tuple[Critical, ...] = (
    Critical("normalised_address", ("unparsed_address",), always),
    Critical("coordinates", ("latitude", "longitude"), always),
    Critical("property_type", ("property_type",), always),
    Critical("living_area", ("living_area",), has_home),
    Critical("bedrooms_total", ("bedrooms_total",), has_home),
    Critical("bathrooms", ("x_bathrooms_decimal",), has_home),
    Critical("year_built", ("year_built",), has_home),
    Critical("lot_size", ("lot_size_square_feet",), has_own_lot),
    Critical("price", ("list_price_cents", "close_price_cents"), always, any_of=True),
    Critical("standard_status", ("standard_status",), always),
    # Two, since sources such as Redfin's download date their sales and not what is for sale.
    Critical("start_date", _STARTS, is_open, any_of=True),
    Critical("close_date", _ENDS, is_closed, any_of=True),
    Critical("source_modified_at", ("modification_timestamp",), always),
)


def completeness(result: ZipProperties, threshold: AtLeast) -> KpiResult:
    """The worst critical field: properties that state it / properties for which it is due.

    A field is due where the rule table says so and one of the property's feeds (source and MLS)
    carries it, that is, states it for at least one listing of the ZIP. What no source carries is in
    `detail["not_carried"]`; `detail["record_p10"]` is the 10th percentile of the share of due
    fields that a property states. A field that fewer than ten homes owe can miss the target, but
    not hold the ZIP back: one home without a bath count says little of a ZIP.
    """
    traits = {home["_id"]: traits_of_property(home) for home in result.properties}
    counts: dict[str, tuple[int, int]] = {}
    per_home: dict[str, list[bool]] = defaultdict(list)
    not_carried: list[str] = []
    for critical in CRITICAL:
        feeds = {feed for feed, names in result.carried.items() if names & set(critical.fields)}
        if not feeds:
            not_carried.append(critical.name)
            continue
        due = [
            p
            for p in result.properties
            if critical.due(traits[p["_id"]])
            and any((s["source"], s["x_mls"]) in feeds for s in _said_by(p, critical))
        ]
        for home in due:
            per_home[home["_id"]].append(_stated(home, critical))
        if due:
            counts[critical.name] = (sum(per_home[p["_id"]][-1] for p in due), len(due))
    fields = {name: {"k": k, "n": n, "value": k / n} for name, (k, n) in counts.items()}
    shares = sorted(sum(stated) / len(stated) for stated in per_home.values())
    detail = {"fields": fields, "not_carried": not_carried, "record_p10": _nearest(shares, 0.10)}
    if not counts:
        return rate("completeness", 0, 0, threshold, detail)
    worst = min(counts, key=lambda name: (counts[name][0] / counts[name][1], name))
    kpi = rate("completeness", *counts[worst], threshold, {"worst": worst, **detail})
    enough = [k / n for k, n in counts.values() if n >= JUDGED_FROM_N]
    return replace(kpi, held_back=any(threshold.holds_back(share) for share in enough))


def _said_by(home: Property, critical: Critical) -> Sequence[Mapping[str, Any]]:
    """The sources that the fields can come from: facts of the marketing are the lead listing's."""
    of_the_lead = set(critical.fields) <= LISTING_FIELDS
    return home["sources"][:1] if of_the_lead else home["sources"]


def _stated(home: Property, critical: Critical) -> bool:
    if critical.name == "normalised_address":
        return home["address_key"] is not None
    there = [name in home["fields"] for name in critical.fields]
    return any(there) if critical.any_of else all(there)


# ── the others ──────────────────────────────────────────────────────────────────────────────────


def validity(result: ZipProperties, threshold: AtLeast) -> KpiResult:
    """Listings that break no ERROR rule / listings; `detail` counts the broken rules."""
    broken = Counter(q["rule_id"] for q in result.quarantined)
    valid = result.listings - len(result.quarantined)
    detail = {"quarantined_by_rule": dict(sorted(broken.items()))}
    return rate("validity", valid, result.listings, threshold, detail)


def duplicates(result: ZipProperties, threshold: AtMost) -> KpiResult:
    """Served properties that share an address key or an MLS number with another / properties.

    Each set of n that share a key counts n - 1. The exact part of metrics.md's duplicate rate; the
    estimate from a clerical sample needs people.
    """
    redundant = redundant_homes(result.properties)
    shared = [key for key, ids in _exact_keys(result.properties).items() if len(ids) > 1]
    n = len(result.properties)
    detail = {"shared_keys": sorted(shared)[:20]}
    return rate("duplicates", len(redundant), n, threshold, detail)


def redundant_homes(properties: Sequence[Property]) -> set[str]:
    """Ids of the properties that share an exact key with one before them."""
    keys = _exact_keys(properties).values()
    return {redundant for ids in keys for redundant in sorted(ids)[1:]}


def _exact_keys(properties: Sequence[Property]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for home in properties:
        for key in _keys_of(home):
            keys.setdefault(key, set()).add(home["_id"])
    return keys


def _keys_of(home: Property) -> set[str]:
    keys = {f"address {home['address_key']}"} if home["address_key"] else set()
    return keys | {f"mls {number}" for number in home["mls_numbers"]}


def freshness(result: ZipProperties, threshold: AtMost) -> KpiResult:
    """95th percentile (nearest rank) of `served_at - published_at`, in hours, over properties.

    `published_at` is when a source made the newest news of the property available, `served_at` when
    we first served that news. Properties without it are counted in `detail["unknown"]`; one
    published after it was served (a clock ahead of ours) has a lag of 0.
    """
    lags = sorted(
        max(0.0, (home["served_at"] - home["published_at"]).total_seconds() / 3600)
        for home in result.properties
        if home["published_at"]
    )
    n = len(lags)
    detail: dict[str, Any] = {"unknown": len(result.properties) - n}
    if n:
        detail["p50"] = _nearest(lags, 0.5)
    else:
        detail["note"] = "no property states when it was published: nothing to measure"
    return number("freshness_lag_hours", _nearest(lags, 0.95), n, threshold, detail)


def _nearest(ordered: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile of values in rising order."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def row_accounting(result: ZipProperties, threshold: AtLeast) -> KpiResult:
    """Listings that are in a property or in quarantine / listings. Anything under 1 is a bug."""
    accounted = result.used + len(result.quarantined)
    detail = {"used": result.used, "quarantined": len(result.quarantined)}
    return rate("row_accounting", accounted, result.listings, threshold, detail)


HOME_FACTS = (
    "property_type",
    "living_area",
    "lot_size_square_feet",
    "year_built",
    "bedrooms_total",
    "x_bathrooms_decimal",
    "parcel_number",
    "latitude",
    "longitude",
)


def stability(result: ZipProperties, threshold: AtLeast) -> KpiResult:
    """Listings whose newest version describes the home as the version before it did / listings
    with a version before.

    Prices and statuses change, homes hardly ever do: rows that were joined with their neighbours'
    columns are complete, valid and distributed as always, and are told by this. A fact that one
    of the versions leaves out does not count. Under ten listings the target is not judged.
    """
    pairs = [(held.earlier, held.record) for held in result.held.values() if held.earlier]
    differing: Counter[str] = Counter()
    stable = 0
    for before, after in pairs:
        changed = _changed_facts(before, after)
        differing.update(changed)
        stable += not changed
    detail = {"changed": dict(differing.most_common())}
    kpi = rate("stability", stable, len(pairs), threshold, detail)
    if len(pairs) >= JUDGED_FROM_N:
        return kpi
    return replace(kpi, passed=True, held_back=False)


def _changed_facts(before: ListingRecord, after: ListingRecord) -> list[str]:
    changed = [
        name
        for name in HOME_FACTS
        if None not in (old := getattr(before, name), new := getattr(after, name)) and old != new
    ]
    if before.unparsed_address != after.unparsed_address:  # by key: spellings may differ
        keys = {address_key(r.unparsed_address, r.postal_code or "") for r in (before, after)}
        if len(keys - {None}) == 2:
            changed.append("unparsed_address")
    return changed


def distribution_drift(psi: Mapping[tuple[str, str], Psi], threshold: AtMost) -> KpiResult:
    """The largest PSI of a source's field that chance does not explain (`drift_of_values.Psi`);
    n is the number of fields judged. 0 where chance explains all of them.
    """
    drifted = {key: one for key, one in psi.items() if one.is_drift(threshold.target)}
    worst = sorted(drifted.items(), key=lambda item: (-item[1].value, item[0]))
    detail = {
        "drifted": [
            {"source": source, "field": name, "psi": one.value, "n": one.n, "bias": one.bias}
            for (source, name), one in worst[:20]
        ],
        "largest": max((one.value for one in psi.values()), default=None),
    }
    value = (worst[0][1].value if worst else 0.0) if psi else None
    return number("distribution_drift", value, len(psi), threshold, detail)


def unit_changes(drift: ValueDrift, threshold: AtMost) -> KpiResult:
    """Fields of a source whose values are those of the 28 days before times a known factor; n is
    the number of fields that could be judged."""
    detail: dict[str, Any] = {
        "changed": [
            {"source": source, "field": name, "what": change.meaning,
             "share": change.share, "ratio": change.ratio}
            for (source, name), change in sorted(drift.units.items())
        ]
    }  # fmt: skip
    if drift.units:
        sources = sorted({source for source, _ in drift.units})
        detail["to_do"] = (
            "if the new unit is right, `phoenix-re drift accept SOURCE --market MARKET` for "
            + ", ".join(sources)
        )
    n = drift.judged_units
    return number("unit_change", float(len(drift.units)) if n else None, n, threshold, detail)


def number(
    kpi: str, value: float | None, n: int, threshold: AtLeast | AtMost, detail: dict[str, Any]
) -> KpiResult:
    """A KPI that is no share of counted things, so without k and interval."""
    if value is None:
        detail = {"note": "nothing to judge by in this ZIP yet, so nothing is wrong", **detail}
    return KpiResult(
        kpi=kpi,
        value=value,
        n=n,
        k=None,
        ci_low=None,
        ci_high=None,
        target=threshold.target,
        block=threshold.block,
        passed=value is None or threshold.met(value),
        held_back=value is not None and threshold.holds_back(value),
        detail=detail,
    )


def rate(
    kpi: str, k: int, n: int, threshold: AtLeast | AtMost, detail: dict[str, Any]
) -> KpiResult:
    value = k / n if n else None
    low, high = wilson(k, n) if n else (None, None)
    if value is None:
        detail = {"note": "nothing to judge (n = 0), so nothing is wrong", **detail}
    return KpiResult(
        kpi=kpi,
        value=value,
        n=n,
        k=k,
        ci_low=low,
        ci_high=high,
        target=threshold.target,
        block=threshold.block,
        passed=value is None or threshold.met(value),
        held_back=value is not None and threshold.holds_back(value),
        detail=detail,
    )
