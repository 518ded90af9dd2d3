"""`phoenix-re sources`: which upstreams there are, whether a market asks them, what that costs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, show
from phoenix_re.storage import SOURCE_RUNS

if TYPE_CHECKING:
    from phoenix_re.collect.source import SourceSpec
    from phoenix_re.markets import Market

app = typer.Typer(
    no_args_is_help=True,
    help="The upstreams of the markets: state, runs, money.\n\n"
    "A source is switched on in the market's file, see markets/README.md; `phoenix-re sandbox` has "
    "stand-ins to try them against.",
)

MarketOption = Annotated[str | None, typer.Option(help="Only this market, such as phx.")]


@app.command("list")
def list_sources(market: MarketOption = None, json: Json = False) -> None:
    """Every source of every market: whether it is asked, and if not, why.

    \b
      phoenix-re sources list --market phx
    """
    from phoenix_re.build import default_resources
    from phoenix_re.collect.sources import specs

    resources, known = default_resources(), specs()
    rows = [
        _row(one, known[name], resources[name].access(source.base_url).credentials)
        for one in known_markets(market).values()
        if market in {None, one.code}
        for name, source in one.sources.items()
        if name in known
    ]
    show(rows, as_json=json, title="Sources", empty="No source is named in the market file.")


def _row(market: "Market", spec: "SourceSpec", credentials: Mapping[str, str]) -> dict[str, Any]:
    from phoenix_re.collect.law import objection

    source = market.sources[spec.name]
    objecting = objection(spec, source, credentials)
    state = "asked" if source.enabled and objecting is None else "off"
    why = objecting.message if objecting is not None else ""
    if not source.enabled and spec.light != "red":
        why = "enabled: false" + (f"; then {why}" if why else "")
    limits = ", ".join(f"{calls}/{_SECONDS[seconds]}" for calls, seconds in source.limits)
    return {
        "market": market.code,
        "source": spec.name,
        "state": state,
        "light": spec.light,
        "order": source.priority,
        "use": source.use,
        "provides": ", ".join(sorted(spec.provides)),
        "limits": limits,
        "why not": why,
    }


_SECONDS = {1: "s", 60: "min", 3_600: "h", 86_400: "day"}


@app.command()
def runs(
    market: MarketOption = None,
    last: Annotated[int, typer.Option(help="How many of the newest.", min=1)] = 20,
    json: Json = False,
) -> None:
    """What the newest runs came to, source by source: calls, finds, trouble, money.

    \b
      phoenix-re sources runs --market phx --last 5
    """
    from phoenix_re.cli.store import open_cli_store

    store = open_cli_store()
    found = [
        document
        for code in (known_markets(market) if market is None else [market])
        for document in store.find_partition(SOURCE_RUNS, {"market": code})
    ]
    newest = sorted(found, key=lambda d: d["at"], reverse=True)[:last]
    if json:
        rows = [{k: v for k, v in d.items() if k != "_id"} for d in newest]
    else:
        rows = [_run_row(document) for document in newest]
    show(rows, as_json=json, title="Runs, newest first", empty="No source has been asked yet.")


def _run_row(document: Mapping[str, Any]) -> dict[str, Any]:
    trouble = ", ".join(f"{n} {kind}" for kind, n in document["errors"].items())
    return {
        "at": f"{document['at']:%Y-%m-%d %H:%M}",
        "market": document["market"],
        "source": document["source"],
        "calls": document["requests"],
        "cached": document["cached"],
        "429": document["throttled"],
        "retries": document["retries"],
        "found": document["found"],
        "per hour": round(document["properties_per_hour"]),
        "p95 ms": document["p95_ms"],
        "cost": f"${document['cost_usd']:.4f}",
        "trouble": document["out"] or trouble,
    }


@app.command()
def budget(market: MarketOption = None, json: Json = False) -> None:
    """This month's caps: spent, reserved and not yet settled, and whether a source is stopped.

    \b
      phoenix-re sources budget
    """
    import os
    from decimal import Decimal

    from phoenix_re.assets.collection import BUDGET_VARIABLE, OVERALL_USD
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.collect.budget import Budget
    from phoenix_re.collect.clock import SystemClock

    overall = Decimal(os.environ.get(BUDGET_VARIABLE) or OVERALL_USD)
    markets = known_markets(market)
    report = Budget(open_cli_store(), SystemClock(), overall, markets.values()).report
    rows = {
        cap.cap: {
            "cap": cap.cap,
            "unit": cap.unit,
            "limit": str(cap.limit),
            "spent": str(cap.spent),
            "unsettled": str(cap.unsettled),
            "share": f"{cap.share:.0%}",
            "state": cap.state,
        }
        for code, one in markets.items()
        if market in {None, code}
        for cap in report(one)
    }
    show(list(rows.values()), as_json=json, title="Caps of the month", empty="No cap.")
