"""`validated_properties`: one record per real property of a ZIP, each field with its source.

Reads `raw_listings`, `enrichments` and `overrides` (what operators accept), calls `validate/`,
writes `properties`, `quarantine` and `disagreements` (of sources about one home) in one
transaction, and measures the ZIP's KPIs. A ZIP that misses a blocking KPI is held back here: its
properties are stored, its trends are not computed.
"""

from datetime import UTC, datetime

from phoenix_re.assets.zip_run import ZipOutcome, ZipRun
from phoenix_re.storage import DISAGREEMENTS, ENRICHMENTS, OVERRIDES, PROPERTIES, QUARANTINE
from phoenix_re.validate.overrides import in_force
from phoenix_re.validate.properties import ZipProperties, build_properties
from phoenix_re.validate.quality import zip_quality

DESCRIPTION = "One record per real property: normalised, checked, merged by exact keys."
CODE_VERSION = "3"
STAGE = "validated_properties"


def materialize(run: ZipRun) -> ZipOutcome:
    facts = {e["listing_id"]: e["facts"] for e in run.store.find_partition(ENRICHMENTS, run.where)}
    overrides = in_force(run.store.find_partition(OVERRIDES, run.where))
    result = build_properties(
        run.raw_listings, facts, run.market, run.zip_code, overrides=overrides
    )
    _date_serving(run, result)
    written = run.store.replace_partition(
        {
            PROPERTIES: (run.where, result.properties),
            QUARANTINE: (run.where | {"stage": STAGE}, result.quarantined),
            DISAGREEMENTS: (run.where, result.disagreements),
        }
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
    }
    if compared := result.agreement.compared.total():
        figures["agreement_share"] = round(result.agreement.agreed.total() / compared, 4)
    figures |= {f"kpi_{name}": kpi.value for name, kpi in kpis.items() if kpi.value is not None}
    return ZipOutcome(figures, kpis, "; ".join(misses) or None)


def _date_serving(run: ZipRun, result: ZipProperties) -> None:
    """`served_at`: now for a property with news, else when its newest news was first served."""
    now = datetime.now(UTC).replace(microsecond=0)
    fields = ("published_at", "served_at")
    served = {p["_id"]: p for p in run.store.find_partition(PROPERTIES, run.where, fields=fields)}
    for document in result.properties:
        known = served.get(document["_id"])
        same_news = known is not None and known["published_at"] == document["published_at"]
        document["served_at"] = known["served_at"] if known and same_news else now
