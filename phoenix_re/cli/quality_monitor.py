"""`phoenix-re quality-monitor`: the quality KPIs of markets and ZIPs, with their trends."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re import keys
from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, print_json, table
from phoenix_re.cli.store import open_cli_store
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import PARTITIONS, QUALITY_METRICS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from phoenix_re.markets import Market

KPI_STAGE = "validated_properties"
WORST_ZIPS = 10
_LEVELS = "▁▂▃▄▅▆▇█"

Markets = Annotated[list[str] | None, typer.Option("--market", help="Market code; default: all.")]
Zip = Annotated[str | None, typer.Option("--zip", help="One ZIP with its sources and fields.")]
Days = Annotated[int, typer.Option(help="UTC days of the trend.", min=2, max=90)]
Continuous = Annotated[bool, typer.Option(help="Refresh until Ctrl-C.")]
Every = Annotated[float, typer.Option(help="Seconds between two looks, of --continuous.", min=1)]


def quality_monitor(
    market: Markets = None,
    zip_code: Zip = None,
    days: Days = 14,
    continuous: Continuous = False,
    every: Every = 30.0,
    json: Json = False,
) -> None:
    """KPIs per market against their targets: trends, worst ZIPs, and what is held back and why.

    A rate is of all its ZIPs' counts together, each as of its newest day; a number (hours, PSI) is
    the worst ZIP's. The trend has a level per day, a gap where nothing ran.

    \b
      phoenix-re quality-monitor --market phx
      phoenix-re quality-monitor --zip 85031 --json
      phoenix-re quality-monitor --continuous --every 10
    """
    if json and continuous:
        fail("--json prints once; leave --continuous out, or --json")
    wanted = _wanted(market, zip_code)
    store = open_cli_store()
    if json:
        print_json([_told(store, one, zip_code, days) for one in wanted])
    elif continuous:
        _watch(store, wanted, zip_code, days, every)
    else:
        out.print(_screen(store, wanted, zip_code, days))


def _wanted(codes: Sequence[str] | None, zip_code: str | None) -> "list[Market]":
    from phoenix_re.markets import market_of_zip

    known = known_markets()
    for code in codes or ():
        known_markets(code)
    if zip_code is not None:
        home = market_of_zip(known).get(zip_code)
        if home is None or (codes and home not in codes):
            fail(f"ZIP {zip_code} is in no such market")
        codes = [home]
    return [known[code] for code in codes or known]


def _watch(
    store: MongoStore, wanted: "Sequence[Market]", zip_code: str | None, days: int, every: float
) -> None:
    from rich.live import Live

    with Live(_screen(store, wanted, zip_code, days), console=out, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(every)
                live.update(_screen(store, wanted, zip_code, days), refresh=True)
        except KeyboardInterrupt:
            return


def _told(store: MongoStore, market: "Market", zip_code: str | None, days: int) -> dict[str, Any]:
    """All that the screen shows of a market, for machines."""
    from phoenix_re.validate.market_quality import market_table, worst_zips
    from phoenix_re.validate.quality_rows import rows

    today = datetime.now(UTC).date()
    window = [today - timedelta(days=back) for back in reversed(range(days))]
    documents = _documents(store, market, zip_code, window[0].isoformat())
    told: dict[str, Any] = {
        "market": market.code,
        "zip": zip_code,
        "days": [day.isoformat() for day in window],
        "kpis": [asdict(kpi) for kpi in market_table(market, documents, window)],
        "worst_zips": worst_zips(market, documents, WORST_ZIPS),
        "held_back": _held_back(store, market, zip_code),
    }
    if zip_code is not None:
        newest = max((d["day"] for d in documents), default=None)
        where = {"market": market.code, "zip": zip_code, "day": newest}
        found = store.find_partition(QUALITY_METRICS, where) if newest else []
        told["rows"] = [row for document in found for row in rows(document)]
    return told


def _documents(
    store: MongoStore, market: "Market", zip_code: str | None, since: str
) -> list[dict[str, Any]]:
    """Of all sources together and of the runs, in the window; of a ZIP only its own."""
    from phoenix_re.validate.market_quality import RUN
    from phoenix_re.validate.quality_rows import EVERY

    fields = ("zip", "source", "day", "kpis")
    found = [
        document
        for source in ((EVERY, RUN) if zip_code is None else (EVERY,))
        for document in store.find_partition(
            QUALITY_METRICS,
            {"market": market.code, "source": source, "day": {"$gte": since}},
            fields=fields,
        )
    ]
    return [d for d in found if zip_code in {None, d["zip"]}]


def _held_back(store: MongoStore, market: "Market", zip_code: str | None) -> list[dict[str, Any]]:
    stamps = store.find_partition(PARTITIONS, {"market": market.code, "stage": KPI_STAGE})
    return [
        {"zip": s["zip"], "since": s["materialized_at"], "why": s["held_back"]}
        for s in sorted(stamps, key=lambda s: s["zip"])
        if s["held_back"] and zip_code in {None, s["zip"]} and s["zip"] in market.zips
    ]


# ── for people ──────────────────────────────────────────────────────────────────────────────────


def _screen(
    store: MongoStore, wanted: "Sequence[Market]", zip_code: str | None, days: int
) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")]
    silent = []
    for market in wanted:
        told = _told(store, market, zip_code, days)
        if any(kpi["judged"] for kpi in told["kpis"]) or told["held_back"]:
            parts += _of_market(market, told)
        else:
            silent.append(market.code)
    if silent:
        parts.append(
            Text(
                f"Nothing in the last {days} days: {', '.join(silent)}. "
                f"`phoenix-re materialize --market {silent[0]} --all`"
            )
        )
    return Group(*parts)


def _of_market(market: "Market", told: dict[str, Any]) -> "list[RenderableType]":
    place = f"{market.name}, ZIP {told['zip']}" if told["zip"] else market.name
    kpis = [_kpi_row(kpi) for kpi in told["kpis"] if kpi["judged"]]
    parts: list[RenderableType] = []
    if kpis:
        parts.append(table(kpis, title=f"{place} ({market.code}), {len(told['days'])} days"))
    if told["held_back"]:
        parts.append(table(told["held_back"], title="Held back: stored, but no trends from them"))
    if told["worst_zips"]:
        parts.append(table(told["worst_zips"], title="Targets missed, the worst ZIPs first"))
    if told.get("rows"):
        lowest = sorted(told["rows"], key=lambda r: (r["metric"] == "duplicates", r["value"]))
        shown = [
            {
                "source": row["source"],
                "field": row["field"],
                "metric": row["metric"],
                "value": row["value"],
                "95 % interval": _interval(row["ci_low"], row["ci_high"]),
                "k": row["k"],
                "n": row["n"],
            }
            for row in lowest[:40]
        ]
        parts.append(table(shown, title="By source and field, the lowest 40 (--json has all)"))
    return parts


def _kpi_row(kpi: dict[str, Any]) -> dict[str, Any]:
    mark = {True: "met", False: "missed", None: "–"}[kpi["passed"]]
    if kpi["held_back"]:
        mark = f"{len(kpi['held_back'])} held back"
    return {
        "KPI": kpi["kpi"],
        "value": kpi["value"],
        "95 % interval": _interval(kpi["ci_low"], kpi["ci_high"]),
        "target": kpi["target"],
        "": mark,
        "of": "runs" if kpi["kpi"] in keys.OF_THE_MARKET else "ZIPs",
        "good": f"{kpi['good']}/{kpi['judged']}",
        "worst": kpi["worst"],
        "trend": sparkline(kpi["trend"]),
    }


def _interval(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{low:.4g}–{high:.4g}"


def sparkline(values: Sequence[float | None]) -> str:
    """A level per value between the lowest and the highest, `·` where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    top = len(_LEVELS) - 1
    return "".join(
        "·" if value is None else _LEVELS[round((value - low) / span * top) if span else top // 2]
        for value in values
    )
