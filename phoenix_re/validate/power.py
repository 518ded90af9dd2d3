"""What the checks would find: faults put into a copy of a market's data, and who notices.

A ZIP's listings get one more version each, a day later: as they were (with a little news, as
every day has some), or with one known fault. The same validation and the same checks run on both.
A fault is found if a check fails on the faulty copy that passes on the sound one; a check that
fails on the sound copy although it passed before it is a false alarm. Nothing is stored here, and
nothing of a copy ever is. The list of faults is metrics.md's (§10: nulls, swaps, units, stale,
duplicates, shifted join), written down before looking at what the checks can see: misses are told.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from phoenix_re.collect.formats import read_record
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.proportions import wilson
from phoenix_re.validate import drift_of_values
from phoenix_re.validate.properties import ReadRecord, ZipProperties, build_properties
from phoenix_re.validate.quality import KpiResult, zip_quality

Raw = Sequence[Mapping[str, Any]]
Change = Callable[[ListingRecord], ListingRecord]

LEAST_LISTINGS = 40  # of a ZIP: a fault in two of seven listings is nobody's to find
SOUND = "sound"
_MARK = "x_power"  # in the payloads of the copies' new versions: which record to read
_NEWS = 0.05  # share of listings that cut their price on an ordinary day


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` as metrics.md names them, what is done, and to which share of a day's listings."""

    kind: str
    what: str
    strength: float

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.what} at {self.strength:.0%}"


_NULLED = ("living_area", "bedrooms_total", "x_bathrooms_decimal", "year_built", "standard_status")
_SWAPPED = (
    ("latitude", "longitude"),
    ("bedrooms_total", "x_bathrooms_decimal"),
    ("living_area", "lot_size_square_feet"),
    ("list_price_cents", "living_area"),
)
_UNITS = (
    ("list_price_cents", 100.0),
    ("list_price_cents", 0.01),
    ("living_area", 10.7639),
    ("living_area", 1 / 10.7639),
    ("lot_size_square_feet", 43_560.0),
    ("lot_size_square_feet", 1 / 43_560),
)
FAULTS: tuple[Fault, ...] = (
    *(Fault("nulls", name, share) for name in _NULLED for share in (0.2, 1.0)),
    *(Fault("swap", "/".join(pair), share) for pair in _SWAPPED for share in (0.2, 1.0)),
    *(Fault("units", f"{name} × {f:.6g}", share) for name, f in _UNITS for share in (0.3, 1.0)),
    *(Fault("stale", "published 6 hours before", share) for share in (0.1, 1.0)),
    *(Fault("duplicates", "a home served twice", share) for share in (0.02, 0.1)),
    *(Fault("shifted join", what, share) for what in ("facts", "address") for share in (0.2, 1.0)),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault in one ZIP: which checks told of it. Of `SOUND`: which gave a false alarm."""

    zip: str
    fault: str
    kind: str
    found_by: tuple[str, ...]
    applied_to: int  # listings that the fault really changed; with 0 there is nothing to find


def trials(
    raw: Raw,
    market: Market,
    zip5: str,
    seed: int,
    *,
    read: ReadRecord = read_record,
    faults: Sequence[Fault] = FAULTS,
) -> Iterator[Trial]:
    """Every fault on a ZIP's stored listings, and the sound copy; none under 40 listings.

    `raw`: documents of `raw_listings`. The same seed gives the same trials. A fault that the
    listings cannot have (nothing is stated that could be nulled) yields nothing.
    """
    if len(raw) < LEAST_LISTINGS:
        return
    chance = random.Random(f"{seed} {zip5}")
    before = build_properties(raw, {}, market, zip5, read_record=read)
    at = max(v["last_observed_at"] for d in raw for v in d["versions"]) + timedelta(days=1)
    reference = _reference(market, zip5, before, at)
    passed_before = _passed(zip_quality(_served(before, at), market))
    news = _news(before, chance)
    sound = _judged(_copy(raw, before, at, news), market, zip5, at, reference, read)
    passed_sound = _passed(sound)
    alarms = tuple(sorted(passed_before - passed_sound))
    yield Trial(zip5, SOUND, SOUND, alarms, len(news))
    for fault in faults:
        found = _try(fault, raw, before, at, news, market, zip5, reference, read, chance)
        if found is not None:
            kpis, applied = found
            told = tuple(sorted(passed_sound - _passed(kpis)))
            yield Trial(zip5, fault.name, fault.kind, told, applied)


def summary(found: Sequence[Trial]) -> dict[str, Any]:
    """k of n faults found with Wilson's interval, by kind, the misses, and the false alarms."""
    faults = [t for t in found if t.kind != SOUND]
    sound = [t for t in found if t.kind == SOUND]
    kinds = sorted({t.kind for t in faults})
    return {
        **_share(faults),
        "by_kind": {kind: _share([t for t in faults if t.kind == kind]) for kind in kinds},
        "missed": [{"zip": t.zip, "fault": t.fault} for t in faults if not t.found_by],
        "sound_copies": len(sound),
        "false_alarms": [{"zip": t.zip, "checks": list(t.found_by)} for t in sound if t.found_by],
    }


def _share(found: Sequence[Trial]) -> dict[str, Any]:
    k, n = sum(bool(t.found_by) for t in found), len(found)
    low, high = wilson(k, n) if n else (None, None)
    return {"k": k, "n": n, "value": k / n if n else None, "ci_low": low, "ci_high": high}


# ── copies ──────────────────────────────────────────────────────────────────────────────────────


def _news(before: ZipProperties, chance: random.Random) -> dict[str, ListingRecord]:
    """What an ordinary day changes: some prices, by a little."""
    priced = sorted(i for i, held in before.held.items() if held.record.list_price_cents)
    chosen = chance.sample(priced, round(_NEWS * len(priced)))
    return {
        i: replace(record, list_price_cents=round(record.list_price_cents * 0.97))
        for i in chosen
        if (record := before.held[i].record).list_price_cents
    }


def _copy(
    raw: Raw, before: ZipProperties, at: datetime, changed: Mapping[str, ListingRecord]
) -> list[dict[str, Any]]:
    """Every listing that holds, seen again at `at`: with a new version where it changed."""
    copies = []
    for document in raw:
        again = copy(dict(document))
        *older, newest = sorted(document["versions"], key=lambda v: v["observed_at"])
        if document["_id"] in changed:
            payload = {**newest["payload"], _MARK: changed[document["_id"]]}
            later = {"observed_at": at, "last_observed_at": at, "published_at": at}
            again["versions"] = [*older, newest, {**newest, **later, "payload": payload}]
        elif document["_id"] in before.held:
            again["versions"] = [*older, {**newest, "last_observed_at": at}]
        copies.append(again)
    return copies


def _reading(read: ReadRecord) -> ReadRecord:
    def reading(source: str, payload: Mapping[str, Any]) -> ListingRecord:
        return payload[_MARK] if _MARK in payload else read(source, payload)

    return reading


# ── the checks ──────────────────────────────────────────────────────────────────────────────────

_Kept = list[dict[str, Any]]


def _reference(market: Market, zip5: str, before: ZipProperties, at: datetime) -> _Kept:
    day = (at - timedelta(days=1)).date()
    records = [held.record for held in before.held.values()]
    return drift_of_values.judge(market.code, zip5, day, records, []).documents


def _served(result: ZipProperties, at: datetime) -> ZipProperties:
    """With `served_at` as if what is new were served an hour after `at`, the rest in time."""
    for home in result.properties:
        published = home["published_at"]
        is_new = published is not None and published > at - timedelta(hours=12)
        home["served_at"] = at + timedelta(hours=1) if is_new else published
    return result


def _judged(
    copies: Raw, market: Market, zip5: str, at: datetime, reference: _Kept, read: ReadRecord
) -> dict[str, KpiResult]:
    result = build_properties(copies, {}, market, zip5, read_record=_reading(read))
    return _kpis(_served(result, at), market, zip5, at, reference)


def _kpis(
    result: ZipProperties, market: Market, zip5: str, at: datetime, reference: _Kept
) -> dict[str, KpiResult]:
    records = [held.record for held in result.held.values()]
    drift = drift_of_values.judge(market.code, zip5, at.date(), records, reference)
    return zip_quality(result, market, drift)


def _passed(kpis: Mapping[str, KpiResult]) -> set[str]:
    return {name for name, kpi in kpis.items() if kpi.passed}


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


def _try(
    fault: Fault,
    raw: Raw,
    before: ZipProperties,
    at: datetime,
    news: Mapping[str, ListingRecord],
    market: Market,
    zip5: str,
    reference: _Kept,
    read: ReadRecord,
    chance: random.Random,
) -> tuple[dict[str, KpiResult], int] | None:
    """The KPIs of a copy with the fault, and how many listings it changed; None if it cannot be."""
    today = {i: news.get(i, held.record) for i, held in sorted(before.held.items())}
    if fault.kind == "duplicates":
        result = build_properties(
            _copy(raw, before, at, news), {}, market, zip5, read_record=_reading(read)
        )
        twice = _chosen(result.properties, fault.strength, chance)
        doubles = [{**home, "_id": f"{home['_id']}-again"} for home in twice]
        result = _served(replace(result, properties=[*result.properties, *doubles]), at)
        return _kpis(result, market, zip5, at, reference), len(doubles)
    if fault.kind == "stale":
        stale = _chosen(sorted(today), fault.strength, chance)
        seen = dict(news) | {i: today[i] for i in stale}
        copies = _copy(raw, before, at, seen)
        for document in copies:
            if document["_id"] in stale:
                document["versions"][-1]["published_at"] = at - timedelta(hours=6)
        return _judged(copies, market, zip5, at, reference, read), len(stale)
    if fault.kind == "shifted join":
        changed = _shifted(fault.what, today, _chosen(sorted(today), fault.strength, chance))
        if not changed:
            return None  # neither is stated
    else:
        change = _change(fault)
        able = [i for i, record in today.items() if change(record) != record]
        if len(able) < LEAST_LISTINGS / 2:
            return None  # too few state what the fault is about
        changed = {i: change(today[i]) for i in _chosen(able, fault.strength, chance)}
    copies = _copy(raw, before, at, {**news, **changed})
    return _judged(copies, market, zip5, at, reference, read), len(changed)


def _chosen(of: Sequence[Any], share: float, chance: random.Random) -> list[Any]:
    return chance.sample(list(of), max(1, round(share * len(of)))) if of else []


def _change(fault: Fault) -> Change:
    if fault.kind == "nulls":
        return lambda record: replace(record, **{fault.what: None})
    if fault.kind == "swap":
        first, second = fault.what.split("/")
        return lambda record: _swapped(record, first, second)
    name, factor = next((n, f) for n, f in _UNITS if f"{n} × {f:.6g}" == fault.what)
    return lambda record: _scaled(record, name, factor)


def _swapped(record: ListingRecord, first: str, second: str) -> ListingRecord:
    one, other = getattr(record, first), getattr(record, second)
    if one is None or other is None:
        return record
    whole = {"bedrooms_total", "list_price_cents"}
    return replace(
        record,
        **{
            first: int(other) if first in whole else float(other),
            second: int(one) if second in whole else float(one),
        },
    )


def _scaled(record: ListingRecord, name: str, factor: float) -> ListingRecord:
    value = getattr(record, name)
    if not value:
        return record
    scaled = value * factor
    return replace(record, **{name: round(scaled) if name.endswith("_cents") else scaled})


_SHIFTED = {
    "facts": (
        *("property_type", "property_sub_type", "living_area", "lot_size_square_feet"),
        *("year_built", "bedrooms_total", "x_bathrooms_decimal", "stories_total"),
    ),
    "address": ("unparsed_address", "latitude", "longitude", "parcel_number"),
}


def _shifted(
    what: str, today: Mapping[str, ListingRecord], chosen: Sequence[str]
) -> dict[str, ListingRecord]:
    """Each of the chosen with the facts or the address of the next one, as a join that slipped by
    a row; without those to which it makes no difference."""
    ordered = sorted(chosen)
    shifted = {
        i: replace(
            today[i], **{name: getattr(today[ordered[at - 1]], name) for name in _SHIFTED[what]}
        )
        for at, i in enumerate(ordered)
    }
    return {i: record for i, record in shifted.items() if record != today[i]}
