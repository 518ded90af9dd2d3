"""The KPIs that only a market has, and its ZIPs' figures put together: newest, by day, worst first.

Over documents of `quality_metrics`, as `quality_rows.py` makes them. No store, no table for the
screen: `checks/kpis.py` and `phoenix-re quality-monitor` show what comes out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from phoenix_re import keys
from phoenix_re.collect.versions import digest
from phoenix_re.markets import AtLeast, Market
from phoenix_re.proportions import wilson
from phoenix_re.validate.audit import report
from phoenix_re.validate.quality import KpiResult, rate

RUN = "*run"  # the source of the document that a run of a market leaves

Figures = Mapping[str, Any]  # a KpiResult as stored


# ── of a run ────────────────────────────────────────────────────────────────────────────────────


def run_quality(
    market: Market,
    failures: Mapping[str, str],
    zips_in_run: int,
    calls: Iterable[Mapping[str, Any]],
    audits: Sequence[Mapping[str, Any]],
) -> dict[str, KpiResult]:
    """`success, error, accuracy`. `failures`: ZIP → why, of `zips_in_run`; `calls`: reports of
    sources with `calls` and `errors` by kind; `audits`: the market's, recent ones."""
    return {
        "success": rate(
            "success",
            zips_in_run - len(failures),
            zips_in_run,
            market.kpis.success,
            {"failed": dict(failures)},
        ),
        "error": error_rate(calls, market),
        "accuracy": accuracy(audits, market.kpis.accuracy),
    }


def error_rate(reports: Iterable[Mapping[str, Any]], market: Market) -> KpiResult:
    """Calls that failed for good, after their retries / calls that the cache did not answer."""
    by_source: dict[str, dict[str, int]] = {}
    for source in reports:
        failed = sum(source["errors"].values())
        if called := max(source["calls"], failed):  # what failed before it was called is one too
            by_source[source["source"]] = {"errors": failed, "calls": called}
    failed = sum(counts["errors"] for counts in by_source.values())
    called = sum(counts["calls"] for counts in by_source.values())
    return rate("error", failed, called, market.kpis.error, {"by_source": by_source})


def accuracy(audits: Sequence[Mapping[str, Any]], threshold: AtLeast) -> KpiResult:
    """The worst audited field: its exact one-sided 95 % lower bound, which must be above target.

    k of n are of that field. Without an audit nothing is shown, so it is not met: unlike the other
    KPIs, nothing wrong is not enough here.
    """
    rows = [row for row in report(audits, threshold.target) if row["n"]]
    if not rows:
        what = {"note": "nothing is audited, so nothing is shown: phoenix-re audit draw"}
        return replace(rate("accuracy", 0, 0, threshold, what), passed=False)
    worst = min(rows, key=lambda row: (row["lower"], row["field"]))
    return KpiResult(
        kpi="accuracy",
        value=worst["lower"],
        n=worst["n"],
        k=worst["k"],
        ci_low=worst["lower"],
        ci_high=None,
        target=threshold.target,
        block=threshold.block,
        passed=all(row["shown"] for row in rows),
        held_back=False,
        detail={"worst": worst["field"], "fields": rows},
    )


def run_document(
    market: Market, run_id: str, day: date, kpis: Mapping[str, KpiResult]
) -> dict[str, Any]:
    """What a run leaves in `quality_metrics`, beside the documents of its ZIPs."""
    document = {
        "_id": f"{market.code}|{RUN}|{run_id}",
        "market": market.code,
        "zip": None,
        "source": RUN,
        "day": day.isoformat(),
        "fields": {},
        "kpis": {
            name: {k: v for k, v in asdict(kpi).items() if k not in {"kpi", "detail"}}
            for name, kpi in kpis.items()
        },
    }
    return document | {"content_hash": digest(document)}


# ── of a market, over its ZIPs and days ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MarketKpi:
    """One KPI of a market as its ZIPs stand; `trend` has a value per day, None where nobody ran."""

    kpi: str
    value: float | None  # of rates all counts together, of numbers the worst ZIP's
    n: int
    ci_low: float | None
    ci_high: float | None
    target: float
    passed: bool | None  # None: nothing was judged
    judged: int  # ZIPs (runs, of what only a market has) with something to judge
    good: int  # of these, target met
    held_back: tuple[str, ...]  # ZIPs
    worst: str | None  # ZIP
    trend: tuple[float | None, ...]


def market_table(
    market: Market, documents: Iterable[Mapping[str, Any]], days: Sequence[date]
) -> list[MarketKpi]:
    """Every KPI of the market. `documents`: those of all sources together and of the runs, of the
    `days` (in rising order). A ZIP counts with its newest."""
    of_zips: dict[str, dict[str, Figures]] = defaultdict(dict)  # day → ZIP or run → KPIs
    newest: dict[str, Figures] = {}
    of_runs: dict[str, dict[str, Figures]] = defaultdict(dict)
    for document in sorted(documents, key=lambda d: (d["day"], d["_id"])):
        if document["source"] == RUN:
            of_runs[document["day"]][document["_id"]] = document["kpis"]
        elif document["zip"] in market.zips:
            of_zips[document["day"]][document["zip"]] = document["kpis"]
            newest[document["zip"]] = document["kpis"]
    last_runs = of_runs[max(of_runs)] if of_runs else {}
    table = []
    for kpi in keys.KPI_CHECKS:
        by_day, now = (of_runs, last_runs) if kpi in keys.OF_THE_MARKET else (of_zips, newest)
        trend = tuple(_together(kpi, market, by_day.get(day.isoformat(), {}))[0] for day in days)
        table.append(_market_kpi(kpi, market, now, trend))
    return table


def _market_kpi(
    kpi: str, market: Market, now: Mapping[str, Figures], trend: tuple[float | None, ...]
) -> MarketKpi:
    value, k, n = _together(kpi, market, now)
    judged = {place: kpis[kpi] for place, kpis in now.items() if _is_judged(kpis.get(kpi))}
    ranked = worst_first(judged, getattr(market.kpis, kpi))
    low, high = wilson(k, n) if k is not None and n else (None, None)
    good = sum(figures["passed"] for figures in judged.values())
    of_market = kpi in keys.OF_THE_MARKET
    return MarketKpi(
        kpi=kpi,
        value=value,
        n=n,
        ci_low=low,
        ci_high=high,
        target=getattr(market.kpis, kpi).target,
        passed=good == len(judged) if judged else None,
        judged=len(judged),
        good=good,
        held_back=tuple(sorted(place for place, f in judged.items() if f["held_back"])),
        worst=None if of_market or not ranked or ranked[0][1]["passed"] else ranked[0][0],
        trend=trend,
    )


def _is_judged(figures: Figures | None) -> bool:
    return figures is not None and (bool(figures["n"]) or not figures["passed"])


def _together(
    kpi: str, market: Market, of: Mapping[str, Figures]
) -> tuple[float | None, int | None, int]:
    """(value, k, n) of several places: counts added up, or the worst where there are none."""
    found = [kpis[kpi] for kpis in of.values() if kpis.get(kpi, {}).get("n")]
    n = sum(figures["n"] for figures in found)
    if not found:
        return None, None, 0
    if kpi == "accuracy":  # a bound, of the last run: the audits of all are in each
        return found[-1]["value"], None, found[-1]["n"]
    if all(figures["k"] is not None for figures in found):
        k = sum(figures["k"] for figures in found)
        return k / n, k, n
    worst = min if isinstance(getattr(market.kpis, kpi), AtLeast) else max
    return worst(figures["value"] for figures in found), None, n


def worst_first(judged: Mapping[str, Figures], threshold: Any) -> list[tuple[str, Figures]]:
    """Places with their figures: held back, then missed, then by value, then by name."""
    sign = 1 if isinstance(threshold, AtLeast) else -1
    return sorted(
        judged.items(),
        key=lambda item: (
            not item[1]["held_back"],
            item[1]["passed"],
            sign * (item[1]["value"] or 0.0),
            item[0],
        ),
    )


def worst_zips(
    market: Market, documents: Iterable[Mapping[str, Any]], most: int
) -> list[dict[str, Any]]:
    """`{zip, kpi, value, n, target, held_back, day}` of what ZIPs miss as they stand, worst first:
    held back before missed, then those that miss more."""
    newest: dict[str, Mapping[str, Any]] = {}
    for document in sorted(documents, key=lambda d: d["day"]):
        if document["source"] != RUN and document["zip"] in market.zips:
            newest[document["zip"]] = document
    misses = {
        zip5: [(kpi, f) for kpi, f in document["kpis"].items() if not f["passed"]]
        for zip5, document in newest.items()
    }
    ranked = sorted(
        (zip5 for zip5 in misses if misses[zip5]),
        key=lambda zip5: (
            -sum(figures["held_back"] for _, figures in misses[zip5]),
            -len(misses[zip5]),
            zip5,
        ),
    )
    return [
        {
            "zip": zip5,
            "kpi": kpi,
            "value": figures["value"],
            "n": figures["n"],
            "target": figures["target"],
            "held_back": figures["held_back"],
            "day": newest[zip5]["day"],
        }
        for zip5 in ranked[:most]
        for kpi, figures in misses[zip5]
    ]
