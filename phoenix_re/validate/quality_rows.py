"""What is counted of a ZIP on a day: the documents of `quality_metrics`, and the rows they mean.

A document per source, and one of all together (`EVERY`): counts k of n per field and metric. Value
and interval are functions of k and n, so they are not stored: `rows` gives them. Which target a
number must meet is decided in `quality.py`; nothing here passes or fails.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.versions import digest
from phoenix_re.proportions import exact_lower, exact_upper, wilson
from phoenix_re.validate.applicability import is_due, traits_of_property, traits_of_record
from phoenix_re.validate.properties import ZipProperties
from phoenix_re.validate.quality import CRITICAL, KpiResult, redundant_homes

EVERY = "*"  # the source of the document about the ZIP's properties as they are served
FIELD_METRICS = ("populated", "valid", "agreeing", "audited")
ZIP_METRICS = ("valid", "fresh", "duplicates")

_NOT_COUNTED = {"source", "source_key", "unread", "url", "public_remarks", "x_mls"}
COUNTED = tuple(f.name for f in fields(ListingRecord) if f.name not in _NOT_COUNTED)
_CRITICAL = frozenset(name for critical in CRITICAL for name in critical.fields)
_FIELDS_OF_RULES = {  # what a rule's id begins with → the fields that it judges
    "price": ("list_price_cents", "close_price_cents"),
    "zip": ("postal_code",),
    "status": ("standard_status",),
    "state": ("state_or_province",),
    "lot_size": ("lot_size_square_feet",),
    "bedrooms": ("bedrooms_total",),
    "bathrooms": ("x_bathrooms_decimal",),
    "coordinates": ("latitude", "longitude"),
    "association_fee": ("x_association_fee_monthly_cents",),
    "dates": ("on_market_date", "purchase_contract_date", "close_date"),
}

Counts = dict[str, list[int]]  # metric → [k, n]


def quality_documents(
    market: str,
    zip5: str,
    day: date,
    result: ZipProperties,
    kpis: Mapping[str, KpiResult],
    audited: Iterable[Mapping[str, Any]] = (),
    *,
    fresh_hours: float = 2.0,
) -> list[dict[str, Any]]:
    """The ZIP's documents of the UTC day. Properties carry `served_at`; `audited` are judged
    documents of `audits`; a property is fresh up to `fresh_hours` after its publication."""
    count = _Count(result, list(audited), fresh_hours)
    sources = {held.record.source for held in result.held.values()}
    sources |= {_source_of(q) for q in result.quarantined}
    documents = []
    for source in (EVERY, *sorted(sources)):
        document: dict[str, Any] = {
            "_id": f"{market}|{zip5}|{source}|{day.isoformat()}",
            "market": market,
            "zip": zip5,
            "source": source,
            "day": day.isoformat(),
            "fields": count.fields(source),
            **count.whole(source),
        }
        if source == EVERY:
            document["sources"] = sorted(sources)
            document["kpis"] = {name: _figures(kpi) for name, kpi in kpis.items()}
        documents.append(document | {"content_hash": digest(document)})
    return documents


def _figures(kpi: KpiResult) -> dict[str, Any]:
    return {name: value for name, value in asdict(kpi).items() if name not in {"kpi", "detail"}}


def _source_of(quarantined: Mapping[str, Any]) -> str:
    return quarantined["listing_id"].partition("|")[0]


class _Count:
    """The counts of one result; each method gives [k, n] and leaves out what has no n."""

    def __init__(
        self, result: ZipProperties, audited: Sequence[Mapping[str, Any]], fresh_hours: float
    ) -> None:
        self._result = result
        self._audited = audited
        self._fresh_hours = fresh_hours
        self._homes = {i: home for home in result.properties for i in home["listing_ids"]}
        self._redundant = redundant_homes(result.properties)
        self._invalid: dict[str, Counter[str]] = defaultdict(Counter)
        for q in result.quarantined:
            prefix = q["rule_id"].partition(".")[0]
            names = _FIELDS_OF_RULES.get(prefix, (prefix,) if prefix in COUNTED else ())
            self._invalid[_source_of(q)].update(names)

    def fields(self, source: str) -> dict[str, Counts]:
        populated = self._served() if source == EVERY else self._populated(source)
        agreeing, audited = self._agreeing(source), self._judged(source)
        found: dict[str, Counts] = {}
        for name in sorted({*COUNTED, *agreeing, *audited}):
            counts: Counts = {}
            k, n = populated.get(name, (0, 0))
            if n and (k or name in _CRITICAL):  # what nobody carries is told of critical ones only
                counts["populated"] = [k, n]
            wrong = self._invalid[source][name] if source != EVERY else 0
            if source != EVERY and k + wrong:
                counts["valid"] = [k, k + wrong]
            if name in agreeing:
                counts["agreeing"] = agreeing[name]
            if name in audited:
                counts["audited"] = audited[name]
            if counts:
                found[name] = counts
        return found

    def whole(self, source: str) -> dict[str, Any]:
        """What is not about a field: listings that hold, fresh and redundant properties."""
        of = [
            listing_id
            for listing_id, held in self._result.held.items()
            if source in {EVERY, held.record.source}
        ]
        quarantined = sum(source in {EVERY, _source_of(q)} for q in self._result.quarantined)
        homes = {self._homes[i]["_id"]: self._homes[i] for i in of}
        lags = [lag for i in of if (lag := self._lag(i)) is not None]
        redundant = len(self._redundant & homes.keys())
        counts = {
            "valid": [len(of), len(of) + quarantined],
            "fresh": [sum(lag <= self._fresh_hours for lag in lags), len(lags)],
            "duplicates": [redundant, len(homes)],
        }
        return {name: pair for name, pair in counts.items() if pair[1]}

    def _lag(self, listing_id: str) -> float | None:
        """Hours from publication to serving, if this listing brought the home its newest news."""
        published = self._result.held[listing_id].published_at
        home = self._homes[listing_id]
        if published is None or published != home["published_at"]:
            return None
        return max(0.0, (home["served_at"] - published).total_seconds() / 3600)

    def _populated(self, source: str) -> dict[str, tuple[int, int]]:
        stated, due = Counter[str](), Counter[str]()
        for listing_id, held in self._result.held.items():
            if held.record.source != source:
                continue
            traits = traits_of_record(held.record, self._homes[listing_id]["unit"])
            for name in COUNTED:
                if is_due(name, traits):
                    due[name] += 1
                    stated[name] += getattr(held.record, name) is not None
        return {name: (stated[name], due[name]) for name in due}

    def _served(self) -> dict[str, tuple[int, int]]:
        stated, due = Counter[str](), Counter[str]()
        for home in self._result.properties:
            traits = traits_of_property(home)
            for name in COUNTED:
                if is_due(name, traits):
                    due[name] += 1
                    stated[name] += name in home["fields"]
        return {name: (stated[name], due[name]) for name in due}

    def _agreeing(self, source: str) -> Counts:
        found: Counts = {}
        agreement = self._result.agreement
        for key, n in agreement.compared.items():
            name, *pair = key
            if source == EVERY or source in pair:
                counts = found.setdefault(name, [0, 0])
                counts[0] += agreement.agreed[key]
                counts[1] += n
        return found

    def _judged(self, source: str) -> Counts:
        found: Counts = {}
        for audit in self._audited:
            if source in {EVERY, audit["source"]}:
                counts = found.setdefault(audit["field"], [0, 0])
                counts[0] += audit["correct"]
                counts[1] += 1
        return found


def rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A document as rows `{market, zip, source, field, day, metric, k, n, value, ci_low, ci_high}`;
    `field` is None for what is about the source or the ZIP as a whole."""
    place = {name: document[name] for name in ("market", "zip", "source", "day")}
    for metric in ZIP_METRICS:
        if metric in document:
            yield place | {"field": None, "metric": metric, **rated(metric, *document[metric])}
    for name, counts in document["fields"].items():
        for metric in FIELD_METRICS:
            if metric in counts:
                yield place | {"field": name, "metric": metric, **rated(metric, *counts[metric])}


def rated(metric: str, k: int, n: int) -> dict[str, Any]:
    """k, n, value and interval: Wilson's 95 %; of `audited` both one-sided exact 95 % bounds."""
    low, high = (exact_lower(k, n), exact_upper(k, n)) if metric == "audited" else wilson(k, n)
    return {"k": k, "n": n, "value": k / n, "ci_low": low, "ci_high": high}


def summed(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Documents of several ZIPs of one market and day as rows by (source, field, metric), counts
    added up: `{source, field, metric, k, n, value, ci_low, ci_high}`, the lowest value first;
    `duplicates`, where low is good, last."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for document in documents:
        for row in rows(document):
            counts = sums.setdefault((row["source"], row["field"] or "", row["metric"]), [0, 0])
            counts[0] += row["k"]
            counts[1] += row["n"]
    found = [
        {"source": source, "field": name or None, "metric": metric, **rated(metric, k, n)}
        for (source, name, metric), (k, n) in sums.items()
    ]
    return sorted(
        found,
        key=lambda r: (
            r["metric"] == "duplicates", r["value"], r["source"], r["field"] or "", r["metric"],
        ),
    )  # fmt: skip
