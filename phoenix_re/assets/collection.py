"""Collecting as a run of Dagster does it: resources become lanes, and what came of it is told.

Per ZIP the figures of `raw_listings` speak; here is what the run as a whole tells of each source:
an observation with the report, the check `market_sources`, and a document in `source_runs`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import dagster as dg

from phoenix_re import home, keys
from phoenix_re.collect.sources import SOURCES
from phoenix_re.markets import Market
from phoenix_re.mongo import MongoStore
from phoenix_re.resources.sandbox import sandbox_in_use
from phoenix_re.resources.sources import SourceResource
from phoenix_re.storage import SOURCE_RUNS

if TYPE_CHECKING:
    from phoenix_re.collect.asking import Access
    from phoenix_re.collect.collecting import Collecting
    from phoenix_re.collect.lanes import Outfit

COLLECTING_STAGE = "raw_listings"
SOURCES_CHECK = "market_sources"
ALL_ZIPS = "all"
BUDGET_VARIABLE = "PHOENIX_RE_BUDGET_USD"
OVERALL_USD = "25"  # a month, for everything


def collected_from(market: Market) -> list[str]:
    """Sources of the market file that have a collector; each is a resource of that name."""
    return [name for name in market.sources if name in SOURCES]


def open_collecting(
    resources: Any, markets: Mapping[str, Market], market: Market, zips: Sequence[str]
) -> "Collecting":
    """The run over `zips`; with none of them, or no source enabled, it asks nobody."""
    from phoenix_re.collect.collecting import Collecting
    from phoenix_re.collect.lanes import collecting

    store: MongoStore = resources.mongo.get()
    sources = {name: getattr(resources, name) for name in collected_from(market)}
    asked, outfit = outfit_of({**sources, "webshare": resources.webshare}, store, markets, market)
    if not zips or not set(asked.sources_in_order) & set(SOURCES):
        return Collecting([], zips)
    return collecting(outfit, asked, zips)


def outfit_of(
    resources: Mapping[str, Any],
    store: MongoStore,
    markets: Mapping[str, Market],
    market: Market,
    timeout_seconds: float | None = None,
) -> "tuple[Market, Outfit]":
    """What a run brings along, and the market as it is asked: with the sandbox, if it is in use,
    in the place of the upstreams."""
    from phoenix_re.collect.lanes import Outfit
    from phoenix_re.collect.privacy import hash_key

    def access(source: str) -> "Access":
        resource: SourceResource = resources[source]
        return resource.access(market.sources[source].base_url, timeout_seconds)

    sandbox = sandbox_in_use()
    outfit = Outfit(
        store=store,
        markets=markets,
        access=access,
        downloads=home.home() / "downloads",
        secret=hash_key(),
        overall_usd=Decimal(os.environ.get(BUDGET_VARIABLE) or OVERALL_USD),
        pool=resources["webshare"].pool(store),
    )
    return (
        (market, outfit) if sandbox is None else (sandbox.open_market(market), sandbox.fit(outfit))
    )


# ── what is told ────────────────────────────────────────────────────────────────────────────────


def sources_check_spec(market: Market) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        SOURCES_CHECK,
        asset=_asset(market),
        description="Every source that the newest run asked answered for every ZIP. If not, "
        "`failed` says which did not, why, and who covered; what the others found is there.",
    )


def told(
    store: MongoStore, market: Market, run: "Collecting", run_id: str
) -> Iterator[dg.AssetObservation | dg.AssetCheckEvaluation]:
    """Nothing where no source was asked."""
    troubles = _troubles(run)  # waits for all sources; before, their reports are not whole
    reports = run.reports()
    if not reports:
        return
    _store(store, market, reports, run_id)
    yield dg.AssetObservation(_asset(market), metadata=_figures(reports))
    yield dg.AssetCheckEvaluation(
        asset_key=_asset(market),
        check_name=SOURCES_CHECK,
        passed=not troubles,
        severity=dg.AssetCheckSeverity.WARN,
        description=_in_short(run, reports, troubles),
        metadata={
            "failed": dg.MetadataValue.table([dg.TableRecord(t) for t in troubles], _FAILED),
            "sources": dg.MetadataValue.table(
                [dg.TableRecord(_row(report)) for report in reports], _SOURCES
            ),
        },
    )


def _troubles(run: "Collecting") -> list[dict[str, str]]:
    """A row per source and reason: the ZIPs that it concerns, and who covered there."""
    found: dict[tuple[str, str], list[str]] = {}
    covered: dict[tuple[str, str], set[str]] = {}
    of_zip = {zip_code: run.outcomes(zip_code) for zip_code in run.zips}
    for where, outcomes in {ALL_ZIPS: run.market_outcomes(), **of_zip}.items():
        for outcome in outcomes:
            if outcome.state not in {"failed", "out"}:
                continue
            trouble = (outcome.source, outcome.why)
            found.setdefault(trouble, []).append(where)
            covered.setdefault(trouble, set()).update(
                o.source for o in outcomes if o.state == "ok" and outcome.source in o.covers_for
            )
    return [
        {
            "source": source,
            "why": why,
            "zips": ", ".join(zips),
            "covered_by": ", ".join(sorted(covered[source, why])) or "nobody",
        }
        for (source, why), zips in found.items()
    ]


def _in_short(
    run: "Collecting", reports: Sequence[Mapping[str, Any]], troubles: Sequence[Mapping[str, str]]
) -> str:
    """What the list of checks shows."""
    of = f"{len(run.zips)} ZIP{'s' if len(run.zips) > 1 else ''}"
    if not troubles:
        return f"Nothing failed: {len(reports)} sources, {of}."
    names = dict.fromkeys(trouble["source"] for trouble in troubles)
    return f"{len(names)} of {len(reports)} sources failed ({of}): {', '.join(names)}."


_FAILED = dg.TableSchema(
    columns=[
        dg.TableColumn("source", "string"),
        dg.TableColumn("why", "string"),
        dg.TableColumn("zips", "string", description="where it was so"),
        dg.TableColumn("covered_by", "string", description="the fallback that answered there"),
    ]
)
_COLUMNS = {  # of `sources` → type, what it means
    "source": ("string", "in the order in which they are trusted"),
    "requests": ("int", "that reached the upstream"),
    "cached": ("int", "replies that did not need one"),
    "found": ("int", "listings and parcels"),
    "throttled": ("int", "replies 429"),
    "retries": ("int", "calls tried again"),
    "p95_ms": ("float", "95 % of the requests took no longer"),
    "bytes": ("int", "received"),
    "cost_usd": ("float", "dollars"),
}
_SOURCES = dg.TableSchema(
    columns=[
        dg.TableColumn(name, kind, description=meaning)
        for name, (kind, meaning) in _COLUMNS.items()
    ]
)


def _row(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: report[name] for name in _COLUMNS} | {"p95_ms": report["p95_ms"] or 0.0}


_SUMMED = ("requests", "cached", "found", "throttled", "retries", "bytes", "cost_usd")


def _figures(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the run as a whole, for the plots; then each source's report whole."""
    sums = {name: round(sum(r[name] for r in reports), 6) for name in _SUMMED}
    seconds = max(r["seconds"] for r in reports)
    whole = {
        "seconds": seconds,
        "properties_per_hour": round(sums["found"] / seconds * 3600, 1) if seconds else 0.0,
    }
    return sums | whole | {r["source"]: dg.MetadataValue.json(dict(r)) for r in reports}


def _store(
    store: MongoStore, market: Market, reports: Sequence[Mapping[str, Any]], run_id: str
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    documents = [
        {"_id": f"{run_id}|{market.code}|{r['source']}", "market": market.code, "at": now, **r}
        for r in reports
    ]
    store.upsert(SOURCE_RUNS, documents)


def _asset(market: Market) -> dg.AssetKey:
    return dg.AssetKey(keys.asset_key_path(market.code, COLLECTING_STAGE))
