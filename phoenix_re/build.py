"""`build_defs`: the only place where markets, assets, checks, automation and resources meet.

Everything arrives as an argument with a default, so that tests, the CLI and the code location all
build the same thing. Reads the market files and nothing else: no secret, no socket.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from phoenix_re import keys
from phoenix_re.assets.check_power import build_check_power
from phoenix_re.assets.landed_files import build_landed_files
from phoenix_re.assets.zip_stages import build_zip_stages, stage_key
from phoenix_re.automation.schedules import build_daily_schedule, build_weekly_schedule
from phoenix_re.automation.sensors import build_changed_zips_sensor, build_inbox_sensor
from phoenix_re.collect.sources import SOURCES
from phoenix_re.markets import Market, load_markets, markets_folder
from phoenix_re.resources.mongo import MongoResource
from phoenix_re.resources.ollama import OllamaResource
from phoenix_re.resources.sources import SourceResource
from phoenix_re.resources.webshare import WebshareResource
from phoenix_re.storage import INDEXES
from phoenix_re.validate.rules import objections


def build_defs(
    *,
    markets: Mapping[str, Market] | None = None,
    resources: Mapping[str, Any] | None = None,
    executor: dg.ExecutorDefinition | None = None,
) -> dg.Definitions:
    """The code location. A market that is not enabled is not in it at all."""
    known = load_markets(markets_folder(), objections) if markets is None else markets
    enabled = {code: market for code, market in known.items() if market.enabled}
    landed_files = build_landed_files(known)  # a market that is switched off keeps its listings
    jobs = {code: _zips_job(market) for code, market in enabled.items()}
    landing_job = dg.define_asset_job(
        keys.LANDING_JOB,
        selection=dg.AssetSelection.assets(landed_files),
        description="Land the listing files that are named in the config.",
    )
    return dg.Definitions(
        assets=[
            landed_files,
            *(build_zip_stages(m, landed_files.key, known) for m in enabled.values()),
            *(build_check_power(m) for m in enabled.values()),
        ],
        jobs=[landing_job, *jobs.values(), *(_power_job(m) for m in enabled.values())],
        schedules=[
            *(build_daily_schedule(market) for market in enabled.values()),
            *(build_weekly_schedule(market) for market in enabled.values()),
        ],
        sensors=[build_inbox_sensor(), build_changed_zips_sensor(enabled, jobs)],
        resources={**default_resources(), **(resources or {})},
        executor=executor or dg.in_process_executor,
    )


def default_resources() -> dict[str, Any]:
    """MongoDB, the proxy service, the model, and one resource per source, named like it."""
    return {
        "mongo": MongoResource(indexes=INDEXES),
        "webshare": WebshareResource(),
        "ollama": OllamaResource(),
        **{name: SourceResource(source=name) for name in SOURCES},
    }


def _zips_job(market: Market) -> Any:
    return dg.define_asset_job(
        keys.zips_job_name(market.code),
        selection=dg.AssetSelection.assets(*(stage_key(market.code, s) for s in keys.STAGES)),
        tags=keys.run_tags(market.code),
        description=f"The four stages for ZIPs of {market.name}: pick a partition or a range.",
    )


def _power_job(market: Market) -> Any:
    return dg.define_asset_job(
        keys.power_job_name(market.code),
        selection=dg.AssetSelection.assets(keys.asset_key_path(market.code, keys.POWER_STAGE)),
        tags=keys.run_tags(market.code),
        description=f"What the checks of {market.name} would find.",
    )
