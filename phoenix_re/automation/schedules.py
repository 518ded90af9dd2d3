"""When markets run by the clock: by the day their ZIPs, by the week their checks' power.

The tick yields a run per chunk of neighbouring ZIPs, in the order of the market file. Schedules
start stopped: an operator switches on what should run.
"""

from collections.abc import Iterator

import dagster as dg

from phoenix_re import keys
from phoenix_re.automation.ranges import range_tags, ranges
from phoenix_re.markets import Market


def build_daily_schedule(market: Market) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=keys.daily_schedule_name(market.code),
        job_name=keys.zips_job_name(market.code),
        cron_schedule=market.schedule.cron,
        execution_timezone=market.timezone,
        description=(
            f"All {len(market.zips)} ZIPs of {market.name} through the four stages, "
            f"{market.schedule.chunk_zips} ZIPs a run."
        ),
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def daily(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        day = context.scheduled_execution_time.date().isoformat()
        chunks = ranges(market.zips, market.zips, market.schedule.chunk_zips)
        for number, (first, last) in enumerate(chunks, 1):
            yield dg.RunRequest(
                run_key=f"{day}-{market.code}-{number}",
                tags=range_tags(first, last) | keys.run_tags(market.code),
            )

    return daily


def build_weekly_schedule(market: Market) -> dg.ScheduleDefinition:
    """The checks are tried on Sundays at noon, when little else runs."""
    return dg.ScheduleDefinition(
        name=keys.weekly_schedule_name(market.code),
        job_name=keys.power_job_name(market.code),
        cron_schedule="0 12 * * 0",
        execution_timezone=market.timezone,
        description=f"Known faults in copies of {market.name}'s data: do the checks find them?",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
