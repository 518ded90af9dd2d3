"""The KPIs as asset checks: per ZIP, and one aggregate per market whose metadata lists the ZIPs.

The figures come from `validate/quality.py`; thresholds from the market file. Both kinds are
evaluated by the step of `assets/zip_stages.py`, because a check of its own cannot speak of single
ZIPs in a run over a range. None of them is `blocking`: that would stop the whole range. What blocks
a ZIP is the `block` threshold, applied in code.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import dagster as dg

from phoenix_re import keys
from phoenix_re.markets import Market
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import PARTITIONS
from phoenix_re.validate.quality import KpiResult

KPI_STAGE = "validated_properties"
ZIP_KPIS = tuple(name for name in keys.KPI_CHECKS if name != "success")
GOOD_SHARE = 0.9  # a market's KPI is met if this share of its ZIPs meet it

_SENTENCES = {
    "completeness": "Populated and valid, over applicable, for the worst critical field.",
    "validity": "Listings that break no ERROR rule, over listings.",
    "duplicates": "Exact-key duplicates left among the served properties, over properties.",
    "freshness_lag_hours": "Hours from the source's publication to our serving, 95th percentile.",
    "row_accounting": "Listings that are in a property or in quarantine, over listings.",
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
    store: MongoStore, market: Market, failures: Mapping[str, str], zips_in_run: int
) -> Iterator[dg.AssetCheckEvaluation]:
    """Each KPI over all ZIPs of the market that have been validated, in this run or earlier."""
    where = {"market": market.code, "stage": KPI_STAGE}
    found = [s for s in store.find_partition(PARTITIONS, where) if s["zip"] in set(market.zips)]
    stamps = sorted(found, key=lambda stamp: stamp["zip"])
    for kpi in ZIP_KPIS:
        results = {s["zip"]: s["kpis"][kpi] for s in stamps if s["kpis"].get(kpi, {}).get("n")}
        good = sum(result["passed"] for result in results.values())
        share = good / len(results) if results else 1.0
        yield dg.AssetCheckEvaluation(
            asset_key=_asset(market),
            check_name=f"market_{kpi}",
            passed=share >= GOOD_SHARE,
            severity=_severity(any(result["held_back"] for result in results.values())),
            metadata={
                "zips": len(results),
                "zips_passed": good,
                "share_passed": share,
                "share_needed": GOOD_SHARE,
                "by_zip": _table(results),
            },
        )
    share = 1 - len(failures) / zips_in_run
    yield dg.AssetCheckEvaluation(
        asset_key=_asset(market),
        check_name="market_success",
        passed=share >= market.kpis.success.target,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "zips": zips_in_run,
            "share": share,
            "target": market.kpis.success.target,
            "failed": dg.MetadataValue.json(dict(failures)),
        },
    )


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


def _table(results: Mapping[str, Mapping[str, Any]]) -> dg.MetadataValue:
    """Worst first: what failed is what people look for."""
    ordered = sorted(results.items(), key=lambda item: (item[1]["passed"], item[0]))
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "zip": zip_code,
                    "passed": result["passed"],
                    "held_back": result["held_back"],
                    "value": result["value"],
                    "n": result["n"],
                    "target": result["target"],
                }
            )
            for zip_code, result in ordered
        ],
        schema=_COLUMNS,
    )


def _asset(market: Market) -> dg.AssetKey:
    return dg.AssetKey(keys.asset_key_path(market.code, KPI_STAGE))


def _severity(blocking: bool) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN


def _market_rule(market: Market, kpi: str) -> str:
    if kpi == "success":
        return _targets(market, kpi)
    return f"Passes where {GOOD_SHARE:.0%} of the market's ZIPs do. {_targets(market, kpi)}"


def _targets(market: Market, kpi: str) -> str:
    threshold = getattr(market.kpis, kpi)
    held = f"; a ZIP beyond {threshold.block:g} is held back" if threshold.block is not None else ""
    return f"Target {threshold.target:g}{held}."
