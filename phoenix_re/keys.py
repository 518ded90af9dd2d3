"""The only place that names things in Dagster: assets, groups, tags, jobs, schedules, sensors.

Plain strings and lists; the wiring in `assets/`, `checks/`, `automation/` turns them into
AssetKeys and definitions. A name given here is stored in Dagster's database: renaming one loses
its history, its schedule's on/off state and its partitions' status.
"""

import re
from dataclasses import dataclass

STAGES = ("raw_listings", "llm_enriched", "validated_properties", "market_trends")
"""The ZIP-partitioned stages of a market, in the order in which data flows."""

KPI_CHECKS = (
    "completeness",
    "validity",
    "duplicates",
    "freshness_lag_hours",
    "row_accounting",
    "stability",
    "distribution_drift",
    "unit_change",
    "success",
    "error",
    "accuracy",
)
"""Check names of `validated_properties`, equal to fields of `markets.Kpis`."""

OF_THE_MARKET = frozenset({"success", "error", "accuracy"})
"""The KPIs that only a market has: its checks are named `market_…`, no ZIP is judged by them."""

POWER_STAGE = "check_power"
"""The market's asset, and the check, that tells what the other checks would find."""

LANDING_JOB = "land_files"
INBOX_SENSOR = "inbox"
CHANGED_ZIPS_SENSOR = "changed_zips"

_CODE = re.compile(r"[a-z]{3}")


@dataclass(frozen=True, slots=True)
class _Stage:
    layer: str  # how far the data is from its source: bronze, silver, gold
    kinds: tuple[str, ...]  # at most three, Dagster's limit


_STAGES = {
    "raw_listings": _Stage("bronze", ("python", "mongodb")),
    "llm_enriched": _Stage("silver", ("python", "mongodb")),
    "validated_properties": _Stage("silver", ("python", "mongodb")),
    "market_trends": _Stage("gold", ("python", "mongodb")),
    POWER_STAGE: _Stage("gold", ("python", "mongodb")),
}


def asset_key_path(market: str, stage: str) -> list[str]:
    """`["phx", "raw_listings"]`. ValueError for a stage or code that cannot be."""
    _stage(stage)
    return [_code(market), stage]


def group_name(market: str) -> str:
    """One group of assets per market: what the lineage view shows as a box."""
    return _code(market)


def asset_tags(market: str, stage: str) -> dict[str, str]:
    """For selections such as `tag:layer=gold`."""
    return {"market": _code(market), "stage": stage, "layer": _stage(stage).layer}


def asset_kinds(stage: str) -> tuple[str, ...]:
    """What the stage runs on, as the UI's icons (Dagster allows three)."""
    return _stage(stage).kinds


def run_tags(market: str) -> dict[str, str]:
    """Tags of every run of a market, also the key of per-market concurrency limits."""
    return {"phoenix_re/market": _code(market)}


def pipeline_name(market: str) -> str:
    """The one step that computes all ZIP stages of a market."""
    return f"{_code(market)}_pipeline"


def zips_job_name(market: str) -> str:
    """Job over the market's ZIP partitions: what the schedule and backfills run."""
    return f"{_code(market)}_zips"


def daily_schedule_name(market: str) -> str:
    return f"{_code(market)}_daily"


def power_job_name(market: str) -> str:
    """Job that tries the checks on copies with faults: what the weekly schedule runs."""
    return f"{_code(market)}_check_power"


def weekly_schedule_name(market: str) -> str:
    return f"{_code(market)}_weekly_check_power"


def _code(market: str) -> str:
    if not _CODE.fullmatch(market):
        raise ValueError(f"{market!r} is no market code: three lower-case letters, such as phx")
    return market


def _stage(stage: str) -> _Stage:
    if stage not in _STAGES:
        raise ValueError(f"{stage!r} is no stage; the stages are {', '.join(STAGES)}")
    return _STAGES[stage]
