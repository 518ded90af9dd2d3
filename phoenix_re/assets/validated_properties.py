"""`validated_properties`: one record per real property of a ZIP, each field with its source.

Reads `raw_listings`, `enrichments` and what people decided and accept, calls `validate/`, measures
the ZIP's KPIs, and writes in one transaction `properties`, `quarantine`, `disagreements` (of
sources about one home), `match_reviews` (pairs that a person should look at), the day's
`quality_metrics` and the log `property_changes`. A ZIP that misses a blocking KPI is held back
here: its properties are stored, its trends are not computed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.markets import Market
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import (
    AUDITS,
    DISAGREEMENTS,
    ENRICHMENTS,
    MATCH_DECISIONS,
    MATCH_REVIEWS,
    OVERRIDES,
    PROPERTIES,
    PROPERTY_CHANGES,
    QUALITY_METRICS,
    QUARANTINE,
    VALUE_SHAPES,
)
from phoenix_re.validate import drift_of_values
from phoenix_re.validate.audit import recent
from phoenix_re.validate.decisions import standing
from phoenix_re.validate.drift_of_values import ValueDrift
from phoenix_re.validate.lineage import Moment, changes
from phoenix_re.validate.market_quality import run_document, run_quality
from phoenix_re.validate.matching import Decision
from phoenix_re.validate.overrides import in_force
from phoenix_re.validate.properties import ZipProperties, build_properties
from phoenix_re.validate.quality import KpiResult, zip_quality
from phoenix_re.validate.quality_rows import quality_documents

DESCRIPTION = (
    "One record per real property: normalised, checked, matched, each field with its source."
)
CODE_VERSION = "4"
STAGE = "validated_properties"

Documents = Sequence[Mapping[str, Any]]


def materialize(run: ZipRun) -> ZipOutcome:
    now = datetime.now(UTC).replace(microsecond=0)
    decisions = standing(run.store.find_partition(MATCH_DECISIONS, run.where))
    result = _build(run, decisions)
    fields = ("published_at", "served_at", "listing_ids")
    served = run.store.find_partition(PROPERTIES, run.where, fields=fields)
    _date_serving(served, result, now)
    log = changes(
        served, result.properties, Moment(now, run.last_materialized_at(STAGE)), decisions
    )
    drift = _value_drift(run, result, now.date())
    kpis = zip_quality(result, run.market, drift)
    written = run.store.replace_partition(
        {
            PROPERTIES: (run.where, result.properties),
            QUARANTINE: (run.where | {"stage": STAGE}, result.quarantined),
            DISAGREEMENTS: (run.where, result.disagreements),
            MATCH_REVIEWS: (run.where, result.uncertain),
            QUALITY_METRICS: (
                run.where | {"day": now.date().isoformat()},
                _metrics(run, result, kpis, now),
            ),
            VALUE_SHAPES: (run.where, drift.documents),
        },
        log={PROPERTY_CHANGES: log},
    )[PROPERTIES]
    misses = [
        f"{k.kpi} {k.value:.4g} is beyond {k.block:.4g}" for k in kpis.values() if k.held_back
    ]
    figures: dict[str, int | float | str] = {
        "listings": result.listings,
        "properties": len(result.properties),
        "quarantined": len(result.quarantined),
        "written": written.changed,
        "disagreements": len(result.disagreements),
        "to_review": len(result.uncertain),
        "homes_changed": len(log),
        "quality_day": now.date().isoformat(),
    }
    if compared := result.agreement.compared.total():
        figures["agreement_share"] = round(result.agreement.agreed.total() / compared, 4)
    figures |= {f"kpi_{name}": kpi.value for name, kpi in kpis.items() if kpi.value is not None}
    return ZipOutcome(figures, kpis, "; ".join(misses) or None)


def judge_run(
    store: MongoStore,
    market: Market,
    run_id: str,
    failures: Mapping[str, str],
    zips_in_run: int,
    calls: Documents,
) -> dict[str, KpiResult]:
    """The KPIs that only the market has, also stored as the run's row of `quality_metrics`."""
    now = datetime.now(UTC)
    audits = recent(store.find_partition(AUDITS, {"market": market.code}), now)
    kpis = run_quality(market, failures, zips_in_run, calls, audits)
    store.upsert(QUALITY_METRICS, [run_document(market, run_id, now.date(), kpis)])
    return kpis


def _build(run: ZipRun, decisions: Sequence[Decision]) -> ZipProperties:
    facts = {e["listing_id"]: e["facts"] for e in run.store.find_partition(ENRICHMENTS, run.where)}
    return build_properties(
        run.raw_listings,
        facts,
        run.market,
        run.zip_code,
        decisions=decisions,
        overrides=in_force(run.store.find_partition(OVERRIDES, run.where)),
    )


def _metrics(
    run: ZipRun, result: ZipProperties, kpis: Mapping[str, KpiResult], now: datetime
) -> list[dict[str, Any]]:
    return quality_documents(
        run.market.code,
        run.zip_code,
        now.date(),
        result,
        kpis,
        recent(run.store.find_partition(AUDITS, run.where), now),
        fresh_hours=run.market.kpis.freshness_lag_hours.target,
    )


def _value_drift(run: ZipRun, result: ZipProperties, day: date) -> ValueDrift:
    records = [held.record for held in result.held.values()]
    kept = run.store.find_partition(VALUE_SHAPES, run.where)
    return drift_of_values.judge(run.market.code, run.zip_code, day, records, kept)


def _date_serving(served: Documents, result: ZipProperties, now: datetime) -> None:
    """`served_at`: now for a property with news, else when its newest news was first served."""
    known = {home["_id"]: home for home in served}
    for document in result.properties:
        before = known.get(document["_id"])
        same_news = before is not None and before["published_at"] == document["published_at"]
        document["served_at"] = before["served_at"] if before and same_news else now
