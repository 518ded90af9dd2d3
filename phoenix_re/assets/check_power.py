"""`check_power`: what the market's checks would find, tried on copies with known faults.

Reads the raw listings of the market's largest ZIPs, calls `validate/power.py`, writes the trials to
`check_power`. No copy is stored. Runs by the week, not with the ZIPs.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from phoenix_re import home, keys
from phoenix_re.collect.formats import register_mappings
from phoenix_re.markets import Market
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import CHECK_POWER, PARTITIONS, RAW_LISTINGS
from phoenix_re.validate.power import FAULTS, summary, trials

DESCRIPTION = (
    f"{len(FAULTS)} known faults (nulls, swaps, units, stale, duplicates, shifted join) put into "
    "copies of the largest ZIPs' data, and which of them the checks find. Nothing of it is served."
)
CODE_VERSION = "1"
MOST_ZIPS = 3  # a ZIP of 120 listings takes some 2 CPU seconds


def try_checks(
    store: MongoStore, market: Market, seed: int, zips: Sequence[str] = ()
) -> dict[str, Any]:
    """The summary of all trials in `zips` (default: those with the most listings), also stored as
    the day's row of the market: `{market, day, seed, zips, trials, …summary}`."""
    register_mappings(home.mappings())
    where = {"market": market.code}
    chosen = list(zips) or _largest(store, market)
    found = [
        trial
        for zip_code in chosen
        for trial in trials(
            store.find_partition(RAW_LISTINGS, where | {"zip": zip_code}), market, zip_code, seed
        )
    ]
    tried = sorted({trial.zip for trial in found})
    day = datetime.now(UTC).date().isoformat()
    told = {**where, "day": day, "seed": seed, "zips": tried, **summary(found)}
    listed = [asdict(t) | {"found_by": list(t.found_by)} for t in found]
    store.upsert(CHECK_POWER, [{"_id": f"{market.code}|{day}", **told, "trials": listed}])
    return told


def _largest(store: MongoStore, market: Market) -> list[str]:
    stamps = store.find_partition(
        PARTITIONS, {"market": market.code, "stage": "validated_properties"}
    )
    sizes = {s["zip"]: s["figures"]["listings"] for s in stamps if s["zip"] in market.zips}
    return sorted(sizes, key=lambda z: (-sizes[z], z))[:MOST_ZIPS]


def build_check_power(market: Market) -> dg.AssetsDefinition:
    """The market's asset `[market, "check_power"]` with the check of that name."""
    target = market.kpis.check_power.target

    @dg.asset(
        key=dg.AssetKey(keys.asset_key_path(market.code, keys.POWER_STAGE)),
        deps=[dg.AssetKey(keys.asset_key_path(market.code, "validated_properties"))],
        description=DESCRIPTION,
        code_version=CODE_VERSION,
        group_name=keys.group_name(market.code),
        kinds=set(keys.asset_kinds(keys.POWER_STAGE)),
        owners=list(market.owners),
        tags=keys.asset_tags(market.code, keys.POWER_STAGE),
        op_tags=keys.run_tags(market.code),
        required_resource_keys={"mongo"},
        check_specs=[
            dg.AssetCheckSpec(
                keys.POWER_STAGE,
                asset=dg.AssetKey(keys.asset_key_path(market.code, keys.POWER_STAGE)),
                description=f"Faults found, over faults put in. Target {target:g}.",
            )
        ],
    )
    def check_power(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        seed = int(datetime.now(UTC).strftime("%G%V"))  # another one each week
        told = try_checks(context.resources.mongo.get(), market, seed)
        value = told["value"]
        figures = {name: told[name] for name in ("k", "n", "value", "ci_low", "ci_high")}
        figures = {name: number for name, number in figures.items() if number is not None}
        return dg.MaterializeResult(
            metadata={
                **figures,
                "by_kind": dg.MetadataValue.json(told["by_kind"]),
                "missed": dg.MetadataValue.json(told["missed"]),
                "sound_copies": told["sound_copies"],
                "false_alarms": dg.MetadataValue.json(told["false_alarms"]),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=keys.POWER_STAGE,
                    passed=value is None or market.kpis.check_power.met(value),
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={**figures, "missed": dg.MetadataValue.json(told["missed"])},
                )
            ],
        )

    return check_power
