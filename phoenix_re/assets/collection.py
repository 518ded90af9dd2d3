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
        description="Every source that the run asked answered for every ZIP; else the metadata "
        "says which did not, and why.",
    )


def told(
    store: MongoStore, market: Market, run: "Collecting", run_id: str
) -> Iterator[dg.AssetObservation | dg.AssetCheckEvaluation]:
    """Nothing where no source was asked."""
    reports = run.reports()
    if not reports:
        return
    _store(store, market, reports, run_id)
    yield dg.AssetObservation(_asset(market), metadata=_figures(reports))
    troubles = _troubles(run)
    yield dg.AssetCheckEvaluation(
        asset_key=_asset(market),
        check_name=SOURCES_CHECK,
        passed=not troubles,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "troubles": dg.MetadataValue.json(troubles),
            "by_source": dg.MetadataValue.json({r["source"]: r for r in reports}),
        },
    )


def _troubles(run: "Collecting") -> dict[str, dict[str, Any]]:
    """source → {why: ZIPs that it concerns}."""
    found: dict[str, dict[str, Any]] = {}
    outcomes = [("all", outcome) for outcome in run.market_outcomes()]
    outcomes += [(zip_code, outcome) for zip_code in run.zips for outcome in run.outcomes(zip_code)]
    for where, outcome in outcomes:
        if outcome.state in {"failed", "out"}:
            found.setdefault(outcome.source, {}).setdefault(outcome.why, []).append(where)
    return found


_SUMMED = (
    *("requests", "bytes", "found", "cached", "throttled", "retries", "cost_usd"),
    "properties_per_hour",
)


def _figures(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sums over the sources for the plots, and each source's report whole."""
    sums = {name: round(sum(r[name] for r in reports), 6) for name in _SUMMED}
    return sums | {r["source"]: dg.MetadataValue.json(dict(r)) for r in reports}


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
