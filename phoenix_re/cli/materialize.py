"""`phoenix-re materialize`: the stages of a market for some ZIPs, as Dagster runs of this process.

The runs go into the same Dagster home as those of the UI, so that the UI shows them.
"""

import time
from typing import Annotated, Any

import typer

from phoenix_re import keys
from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, print_json, show


def materialize(
    market: Annotated[str, typer.Option(help="Market code, such as phx.")],
    zip: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option(help="A ZIP of the market; may be given more than once.")
    ] = None,
    all_zips: Annotated[bool, typer.Option("--all", help="All ZIPs of the market.")] = False,
    stage: Annotated[
        list[str] | None, typer.Option(help=f"Only this stage: {', '.join(keys.STAGES)}.")
    ] = None,
    json: Json = False,
) -> None:
    """Compute the stages of a market for some ZIPs; exit 1 if any of them failed.

    Good ZIPs go through whatever their neighbours do. Doing it twice changes nothing.

    \b
      phoenix-re materialize --market phx --zip 85031 --zip 85033
      phoenix-re materialize --market phx --all
      phoenix-re materialize --market tuc --all --stage market_trends
    """
    from phoenix_re.cli.store import open_cli_store

    markets = known_markets(market)
    if not markets[market].enabled:
        fail(f"market {market} is switched off: set `enabled: true` in its file")
    if bool(zip) == all_zips:
        fail("say which ZIPs: --zip 85031 (as often as needed) or --all")
    wanted = list(markets[market].zips) if all_zips else list(dict.fromkeys(zip or []))
    if unknown := [z for z in wanted if z not in markets[market].zips]:
        fail(f"not in market {market}: {', '.join(unknown)}; see `phoenix-re market list`")
    stages = stage or list(keys.STAGES)
    if unknown := [s for s in stages if s not in keys.STAGES]:
        fail(f"no stage {', '.join(unknown)}; the stages are {', '.join(keys.STAGES)}")
    open_cli_store()
    start = time.monotonic()
    rows = run_zips(markets[market], wanted, stages, quiet=json)
    report(rows, time.monotonic() - start, as_json=json)
    if any(row["outcome"] != "done" for row in rows):
        raise typer.Exit(1)


def run_zips(
    market: Any, wanted: list[str], stages: list[str], *, quiet: bool
) -> list[dict[str, Any]]:
    """A row per ZIP: `{"market", "zip", "outcome": "done" | "failed", "reason"}`."""
    import dagster as dg

    from phoenix_re.assets.zip_stages import stage_key
    from phoenix_re.automation.ranges import range_tags, ranges
    from phoenix_re.build import build_defs
    from phoenix_re.cli.dagster_home import open_instance
    from phoenix_re.cli.progress import zips_progress

    job = build_defs(markets={market.code: market}).resolve_job_def(keys.zips_job_name(market.code))
    # Nobody asked for the ZIPs between: the CLI runs islands as they are.
    chunks = list(ranges(wanted, market.zips, market.schedule.chunk_zips, gap=0))
    problem: str | None = None
    with (
        open_instance() as instance,
        zips_progress(market.code, len(wanted), quiet=quiet) as outcomes,
    ):
        for first, last in chunks:
            result = job.execute_in_process(
                instance=instance,
                asset_selection=[stage_key(market.code, s) for s in stages],
                tags=range_tags(first, last) | keys.run_tags(market.code),
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
            if not result.success:
                problem = problem or _first_error(dg, result)
    missing = problem or "the run ended before this ZIP"
    return [
        {
            "market": market.code,
            "zip": zip_code,
            "outcome": "done" if outcomes.get(zip_code, missing) is None else "failed",
            "reason": outcomes.get(zip_code, missing),
        }
        for zip_code in wanted
    ]


def report(rows: list[dict[str, Any]], seconds: float, *, as_json: bool) -> None:
    failed = [row for row in rows if row["outcome"] != "done"]
    if as_json:
        print_json(rows)
        return
    if failed or len(rows) <= 20:
        show(failed or rows, as_json=False, title="ZIPs", empty="")
    out.print(f"{len(rows) - len(failed):,} of {len(rows):,} ZIPs done in {seconds:.1f} s")


def _first_error(dg: Any, result: Any) -> str:
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            if error:
                return str(error.cause.message if error.cause else error.message).strip()
    return "the run failed before it reached a ZIP"
