"""The KPIs as asset checks: per ZIP, and one aggregate per market whose metadata lists the ZIPs.

The figures come from `validate/quality.py` and `validate/market_quality.py`, those of the market
from the rows of `quality_metrics`; thresholds from the market file. Both kinds are
evaluated by the step of `assets/zip_stages.py`, because a check of its own cannot speak of single
ZIPs in a run over a range. None of them is `blocking`: that would stop the whole range. What blocks
a ZIP is the `block` threshold, applied in code.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg

from phoenix_re import keys
from phoenix_re.markets import Market
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import PARTITIONS, QUALITY_METRICS, VALUE_SHAPES
from phoenix_re.validate.drift_of_values import market_psi
from phoenix_re.validate.market_quality import worst_first
from phoenix_re.validate.quality import KpiResult, distribution_drift
from phoenix_re.validate.quality_rows import EVERY, summed

KPI_STAGE = "validated_properties"
ZIP_KPIS = tuple(name for name in keys.KPI_CHECKS if name not in keys.OF_THE_MARKET)
GOOD_SHARE = 0.9  # a market's KPI is met if this share of its ZIPs meet it
MOST_ROWS = 100  # of a table in Dagster's database, the worst ones

_SENTENCES = {
    "completeness": "Populated and valid, over applicable, for the worst critical field.",
    "validity": "Listings that break no ERROR rule, over listings.",
    "duplicates": "Exact-key duplicates left among the served properties, over properties.",
    "freshness_lag_hours": "Hours from the source's publication to our serving, 95th percentile.",
    "row_accounting": "Listings that are in a property or in quarantine, over listings.",
    "stability": "Listings whose newest version is the same home as the one before, over listings.",
    "distribution_drift": "The largest PSI of a source's field against the 28 days before.",
    "unit_change": "Fields of a source whose values came to be multiplied by a known factor.",
    "error": "Calls of the run's sources that failed for good, over calls.",
    "accuracy": "Audited values that are right, over audited: lower bound of the worst field.",
    "success": "ZIPs of the run that went through all their stages, over ZIPs.",
}


def zip_check_specs(
    market: Market, partitions: dg.PartitionsDefinition
) -> Iterator[dg.AssetCheckSpec]:
    """A check per KPI with a result per ZIP."""
    for kpi in ZIP_KPIS:
        with warnings.catch_warnings():  # partitions of checks are a preview; the tests watch them
            warnings.simplefilter("ignore", dg.PreviewWarning)
            spec = dg.AssetCheckSpec(
                kpi,
                asset=_asset(market),
                description=f"{_SENTENCES[kpi]} {_targets(market, kpi)}",
                partitions_def=partitions,
            )
        yield spec


def market_check_specs(market: Market) -> Iterator[dg.AssetCheckSpec]:
    """A check per KPI for the market as a whole."""
    for kpi in keys.KPI_CHECKS:
        yield dg.AssetCheckSpec(
            f"market_{kpi}",
            asset=_asset(market),
            description=f"{_SENTENCES[kpi]} {_market_rule(market, kpi)}",
        )


def zip_evaluations(
    market: Market, zip_code: str, kpis: Mapping[str, KpiResult]
) -> Iterator[dg.AssetCheckEvaluation]:
    for name, kpi in kpis.items():
        yield dg.AssetCheckEvaluation(
            asset_key=_asset(market),
            check_name=name,
            partition=zip_code,
            passed=kpi.passed,
            severity=_severity(kpi.held_back),
            metadata={k: v for k, v in asdict(kpi).items() if v is not None and k != "kpi"},
        )


def market_evaluations(
    store: MongoStore, market: Market, of_run: Mapping[str, KpiResult]
) -> Iterator[dg.AssetCheckEvaluation]:
    """Each KPI over all ZIPs of the market that have been validated, in this run or earlier; and
    `of_run`, what only the market has."""
    documents = _newest_rows(store, market)
    by_zip = {d["zip"]: d["kpis"] for d in documents if d["source"] == EVERY}
    drift = market_psi(store.find_partition(VALUE_SHAPES, {"market": market.code}))
    for kpi in ZIP_KPIS:
        results = {z: kpis[kpi] for z, kpis in sorted(by_zip.items()) if kpis[kpi]["n"]}
        good = sum(result["passed"] for result in results.values())
        share = good / len(results) if results else 1.0
        passed, metadata = share >= GOOD_SHARE, {}
        if kpi == "completeness":
            metadata = {"by_source_and_field": _rows_table(summed(documents))}
        if kpi == "distribution_drift":  # all ZIPs together: one has too few values for most drift
            whole = distribution_drift(drift, market.kpis.distribution_drift)
            passed = passed and whole.passed
            metadata = {"largest_psi": whole.detail["largest"] or 0.0, "fields": whole.n}
            metadata["drifted"] = dg.MetadataValue.json(whole.detail["drifted"])
        yield dg.AssetCheckEvaluation(
            asset_key=_asset(market),
            check_name=f"market_{kpi}",
            passed=passed,
            severity=_severity(any(result["held_back"] for result in results.values())),
            metadata={
                "zips": len(results),
                "zips_passed": good,
                "share_passed": share,
                "share_needed": GOOD_SHARE,
                "by_zip": _table(worst_first(results, getattr(market.kpis, kpi))),
                **metadata,
            },
        )
    for kpi, result in of_run.items():
        yield dg.AssetCheckEvaluation(
            asset_key=_asset(market),
            check_name=f"market_{kpi}",
            passed=result.passed,
            severity=_severity(kpi == "success"),
            metadata={
                **_figures(result),
                **{n: dg.MetadataValue.json(v) for n, v in result.detail.items()},
            },
        )


def _newest_rows(store: MongoStore, market: Market) -> list[dict[str, Any]]:
    """The newest documents of `quality_metrics` of every ZIP, of each source and of all."""
    stamps = store.find_partition(PARTITIONS, {"market": market.code, "stage": KPI_STAGE})
    days = {
        s["zip"]: s["figures"]["quality_day"]
        for s in stamps
        if s["zip"] in market.zips and "quality_day" in s["figures"]
    }
    ids = [f"{market.code}|{z}|{EVERY}|{day}" for z, day in days.items()]
    every = store.find_ids(QUALITY_METRICS, ids)
    of_sources = [
        f"{market.code}|{d['zip']}|{source}|{d['day']}" for d in every for source in d["sources"]
    ]
    return every + store.find_ids(QUALITY_METRICS, of_sources)


def _figures(result: KpiResult) -> dict[str, Any]:
    named = asdict(result)
    return {k: v for k, v in named.items() if v is not None and k not in {"kpi", "detail"}}


_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("zip", "string"),
        dg.TableColumn("passed", "bool"),
        dg.TableColumn("held_back", "bool"),
        dg.TableColumn("value", "float"),
        dg.TableColumn("n", "int"),
        dg.TableColumn("target", "float"),
    ]
)


def _table(ranked: Sequence[tuple[str, Mapping[str, Any]]]) -> dg.MetadataValue:
    """Worst first: what failed is what people look for."""
    names = ("passed", "held_back", "value", "n", "target")
    return dg.MetadataValue.table(
        [
            dg.TableRecord({"zip": zip_code, **{name: result[name] for name in names}})
            for zip_code, result in ranked[:MOST_ROWS]
        ],
        schema=_COLUMNS,
    )


_ROW_COLUMNS = {
    "source": "string",
    "field": "string",
    "metric": "string",
    "value": "float",
    "ci_low": "float",
    "ci_high": "float",
    "k": "int",
    "n": "int",
}


def _rows_table(rows: Sequence[Mapping[str, Any]]) -> dg.MetadataValue:
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {name: row[name] for name in _ROW_COLUMNS} | {"field": row["field"] or ""}
            )
            for row in rows[:MOST_ROWS]
        ],
        schema=dg.TableSchema([dg.TableColumn(name, kind) for name, kind in _ROW_COLUMNS.items()]),
    )


def _asset(market: Market) -> dg.AssetKey:
    return dg.AssetKey(keys.asset_key_path(market.code, KPI_STAGE))


def _severity(blocking: bool) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN


def _market_rule(market: Market, kpi: str) -> str:
    if kpi in keys.OF_THE_MARKET:
        return _targets(market, kpi)
    return f"Passes where {GOOD_SHARE:.0%} of the market's ZIPs do. {_targets(market, kpi)}"


def _targets(market: Market, kpi: str) -> str:
    threshold = getattr(market.kpis, kpi)
    held = f"; a ZIP beyond {threshold.block:g} is held back" if threshold.block is not None else ""
    return f"Target {threshold.target:g}{held}."
