"""What runs because something arrived: files in the inbox, then the ZIPs that they changed."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from phoenix_re import home, keys
from phoenix_re.assets.landed_files import KEY, TOUCHED
from phoenix_re.automation.ranges import range_tags, ranges
from phoenix_re.collect.drop import waiting_files
from phoenix_re.collect.versions import digest
from phoenix_re.markets import Market

RETRY_SECONDS = 600  # a file that is still there after this long is asked for again
FILES_A_RUN = 20
LANDINGS_A_TICK = 200


def build_inbox_sensor() -> dg.SensorDefinition:
    """Asks for a landing run when files lie in the inbox."""

    @dg.sensor(
        name=keys.INBOX_SENSOR,
        job_name=keys.LANDING_JOB,
        minimum_interval_seconds=15,
        description="New listing files in inbox/ are landed, then moved to inbox/done/.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def inbox(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        folder = home.inbox()
        now = time.time()
        files = list(waiting_files(folder, now).items())[:FILES_A_RUN]
        if not files:
            yield dg.SkipReason(f"no settled file in {folder}")
            return
        paths = [str(path) for path, _ in files]
        yield dg.RunRequest(
            run_key=digest([paths, [written for _, written in files], int(now // RETRY_SECONDS)]),
            run_config={"ops": {"files__landed_files": {"config": {"paths": paths}}}},
            tags={"phoenix_re/market": "inbox"},
        )

    return inbox


def build_changed_zips_sensor(
    markets: Mapping[str, Market], jobs: Mapping[str, Any]
) -> dg.SensorDefinition:
    """Runs the ZIPs that a landing touched, as ranges, one market after the other.

    `jobs`: the ZIP job of each market (Dagster keeps the type of an asset job private).
    """

    @dg.sensor(
        name=keys.CHANGED_ZIPS_SENSOR,
        jobs=list(jobs.values()),
        minimum_interval_seconds=15,
        description="ZIPs with news from landed files go through the four stages.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def changed_zips(
        context: dg.SensorEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        since = int(context.cursor) if context.cursor else None
        landed = context.instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=KEY, after_storage_id=since),
            limit=LANDINGS_A_TICK,
            ascending=True,
        ).records
        if not landed:
            yield dg.SkipReason("no file has landed since the last look")
            return
        context.update_cursor(str(landed[-1].storage_id))
        for code, zips in _touched(landed).items():
            market = markets.get(code)
            if market is None:
                continue  # switched off
            wanted = zips & set(market.zips)
            for first, last in ranges(wanted, market.zips, market.schedule.chunk_zips):
                yield dg.RunRequest(
                    run_key=f"{landed[-1].storage_id}-{code}-{first}",
                    job_name=jobs[code].name,
                    tags=range_tags(first, last) | keys.run_tags(code),
                )

    return changed_zips


def _touched(landed: Iterable[dg.EventLogRecord]) -> dict[str, set[str]]:
    """market → ZIPs of all these landings together."""
    zips: dict[str, set[str]] = {}
    for record in landed:
        materialization = record.asset_materialization
        found: Any = materialization.metadata.get(TOUCHED) if materialization else None
        for code, some in (found.value if found else {}).items():
            zips.setdefault(code, set()).update(some)
    return zips
