"""`validated_properties`: one record per real property of a ZIP, each field with its source.

Reads `raw_listings`, `enrichments` and what people decided and accept, calls `validate/`, writes
`properties`, `quarantine`, `disagreements` (of sources about one home), `match_reviews` (pairs that
a person should look at) and the log `property_changes` in one transaction, and measures the ZIP's
KPIs. A ZIP that misses a blocking KPI is held back here: its properties are stored, its trends are
not computed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.storage import (
    DISAGREEMENTS,
    ENRICHMENTS,
    MATCH_DECISIONS,
    MATCH_REVIEWS,
    OVERRIDES,
    PROPERTIES,
    PROPERTY_CHANGES,
    QUARANTINE,
)
from phoenix_re.validate.decisions import standing
from phoenix_re.validate.lineage import Moment, changes
from phoenix_re.validate.overrides import in_force
from phoenix_re.validate.properties import ZipProperties, build_properties
from phoenix_re.validate.quality import zip_quality

DESCRIPTION = (
    "One record per real property: normalised, checked, matched, each field with its source."
)
CODE_VERSION = "4"
STAGE = "validated_properties"


def materialize(run: ZipRun) -> ZipOutcome:
    facts = {e["listing_id"]: e["facts"] for e in run.store.find_partition(ENRICHMENTS, run.where)}
    decisions = standing(run.store.find_partition(MATCH_DECISIONS, run.where))
    overrides = in_force(run.store.find_partition(OVERRIDES, run.where))
    result = build_properties(
        run.raw_listings,
        facts,
        run.market,
        run.zip_code,
        decisions=decisions,
        overrides=overrides,
    )
    now = datetime.now(UTC).replace(microsecond=0)
    fields = ("published_at", "served_at", "listing_ids")
    served = run.store.find_partition(PROPERTIES, run.where, fields=fields)
    _date_serving(served, result, now)
    when = Moment(now, run.last_materialized_at(STAGE))
    log = changes(served, result.properties, when, decisions)
    written = run.store.replace_partition(
        {
            PROPERTIES: (run.where, result.properties),
            QUARANTINE: (run.where | {"stage": STAGE}, result.quarantined),
            DISAGREEMENTS: (run.where, result.disagreements),
            MATCH_REVIEWS: (run.where, result.uncertain),
        },
        log={PROPERTY_CHANGES: log},
    )[PROPERTIES]
    kpis = zip_quality(result, run.market)
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
    }
    if compared := result.agreement.compared.total():
        figures["agreement_share"] = round(result.agreement.agreed.total() / compared, 4)
    figures |= {f"kpi_{name}": kpi.value for name, kpi in kpis.items() if kpi.value is not None}
    return ZipOutcome(figures, kpis, "; ".join(misses) or None)


def _date_serving(
    served: Sequence[Mapping[str, Any]], result: ZipProperties, now: datetime
) -> None:
    """`served_at`: now for a property with news, else when its newest news was first served."""
    known = {home["_id"]: home for home in served}
    for document in result.properties:
        before = known.get(document["_id"])
        same_news = before is not None and before["published_at"] == document["published_at"]
        document["served_at"] = before["served_at"] if before and same_news else now
