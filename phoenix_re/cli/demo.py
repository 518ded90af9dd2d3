"""`phoenix-re demo`: invented listings through the main job, and what came of it."""

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re import keys
from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, err, fail, out, print_json, show
from phoenix_re.cli.show import format_value
from phoenix_re.storage import (
    ENRICHMENTS,
    MARKET_TRENDS,
    PARTITIONS,
    PROPERTIES,
    QUARANTINE,
    RAW_LISTINGS,
    SOURCE_RUNS,
)

if TYPE_CHECKING:
    from phoenix_re.collect.landing import Landed
    from phoenix_re.markets import Market
    from phoenix_re.mongo import MongoStore

MARKET = "phx"
PAGES = "phoenix_mls"
AT_ONCE = {"details_per_run": 10_000, "ended_pages_at_first": 1}  # of its options
COUNTS = ("read", "new", "changed", "unchanged", "outside", "quarantined")
HEADLINE = (
    "inventory",
    "new_listings",
    "homes_sold",
    "median_list_price_active_cents",
    "median_sale_price_cents",
    "median_ppsf_cents",
    "months_of_supply_3m",
    "median_dom_days",
    "price_drop_share_frac",
)


def demo(
    samples: Annotated[
        bool, typer.Option("--samples", help="Read the sample files instead of asking the sandbox.")
    ] = False,
    json: Json = False,
) -> None:
    """Invented listings through the four stages for 85031, 85033 and 85035.

    They come over HTTP from the sandbox's stand-ins of the upstreams, within their limits (in
    windows 60 times shorter) and their prices; with --samples, from files. Runs on the embedded
    services. A second run changes nothing but timestamps, and hardly asks.
    """
    from phoenix_re.cli.materialize import run_zips
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.collect.world import REAL

    if os.environ.get("MONGODB_URI"):
        fail(
            "the demo stores invented listings and MONGODB_URI is set: it would put them among "
            "yours. Unset it for the demo (env -u MONGODB_URI make demo; also in .env)"
        )
    store = open_cli_store()
    markets = known_markets()
    world = REAL if samples else _open_sandbox(quiet=json)
    _refuse_another_world(store, world)
    landed = _land_samples(store, markets) if samples else []
    market = _at_once(markets[MARKET])
    zips = list(market.priority_zips[:3])
    since, start = datetime.now(UTC).replace(microsecond=0), time.monotonic()
    outcomes = run_zips(market, zips, list(keys.STAGES), quiet=json)
    seconds = time.monotonic() - start
    done = sum(row["outcome"] == "done" for row in outcomes)
    kpis, trends = _kpis(store), _newest_trends(store, zips)
    asked = _source_rows(store, market, since)
    if json:
        of_zips = _zip_rows(store, outcomes)
        result = {"files": [one.as_row() for one in landed], "sources": asked}
        print_json(result | {"zips": of_zips, "kpis": kpis, "trends": trends})
        raise typer.Exit(0 if done == len(zips) else 1)
    if samples:
        _show_files(landed)
    else:
        show(asked, as_json=False, title="\nSources", empty="")
    show(_zip_rows(store, outcomes), as_json=False, title="\nZIPs", empty="")
    out.print(f"{done} of {len(zips)} ZIPs through {len(keys.STAGES)} stages in {seconds:.1f} s")
    _show_quarantine(store, zips, landed)
    _show_kpis(kpis, zips)
    _show_trends(trends, zips)
    out.print(
        "\nOpen the UI:      make dev, then http://127.0.0.1:3000 → Lineage → phx\n"
        "All numbers:      .venv/bin/phoenix-re show trends --market phx --zip 85031\n"
        "Your own files:   .venv/bin/phoenix-re import FILE…  (or drop them into inbox/)",
        highlight=False,
    )
    if done < len(zips):
        err.print("[bold red]the demo did not go through[/]")
        raise typer.Exit(1)


def _open_sandbox(*, quiet: bool) -> str:
    """The name of its world. It stays up while this process lives; the runs find it by the home,
    whatever sandbox the environment names."""
    from phoenix_re.cli.store import open_cli_sandbox
    from phoenix_re.resources.sandbox import VARIABLE, sandbox_in_use

    os.environ.pop(VARIABLE, None)
    open_cli_sandbox()
    sandbox = sandbox_in_use()
    if sandbox is None:
        fail("the sandbox was stopped just now; start the demo again")
    if not quiet:
        out.print(f"Sandbox: {len(sandbox.bases)} stand-ins of upstreams, all data invented")
    return sandbox.world


def _refuse_another_world(store: "MongoStore", world: str) -> None:
    from phoenix_re.collect.world import REAL, world_of

    there = world_of(store)
    if there in {None, world}:
        return
    owner = "listings from files" if there == REAL else f"the listings of the {there}"
    fail(
        f"this home holds {owner}, and the demo would put other invented ones among them. Give the "
        "demo a home of its own: PHOENIX_RE_HOME=/tmp/demo phoenix-re demo (and the same for dev)"
    )


def _at_once(market: "Market") -> "Market":
    """The market's file spreads detail pages over several runs; here one run shows all there is, of
    ended listings only the newest, so that a second one finds nothing to do."""
    source = market.sources[PAGES]
    options = {**source.options, **AT_ONCE}
    impatient = source.model_copy(update={"options": options})
    return market.model_copy(update={"sources": {**market.sources, PAGES: impatient}})


def _land_samples(store: "MongoStore", markets: Mapping[str, "Market"]) -> "list[Landed]":
    from phoenix_re.collect.drop import land_file
    from phoenix_re.home import samples
    from phoenix_re.markets import market_of_zip
    from phoenix_re.resources.sandbox import VARIABLE

    os.environ[VARIABLE] = "off"  # one may run in this home
    files = [p for p in sorted(samples().iterdir()) if p.suffix in {".csv", ".json"}]
    return [land_file(path, store, market_of_zip(markets)) for path in files]


def _source_rows(store: "MongoStore", market: "Market", since: datetime) -> list[dict[str, Any]]:
    """What the runs since then came to, summed per source, in the order of their priority."""
    totals: dict[str, dict[str, Any]] = {}
    for document in store.find_partition(SOURCE_RUNS, {"market": MARKET}):
        if document["at"] < since:
            continue
        row = totals.setdefault(document["source"], dict.fromkeys(_ASKED, 0) | {"remark": ""})
        for shown, name in _ASKED.items():
            row[shown] += document[name]
        row["remark"] = document["out"] or row["remark"] or next(iter(document["notes"]), "")
    return [
        {"source": source, **row, "cost $": round(row["cost $"], 6)}
        | {"remark": row["remark"] or _why_idle(market.sources[source].use, row)}
        for source, row in sorted(totals.items(), key=lambda i: market.sources[i[0]].priority)
    ]


def _why_idle(use: str, row: Mapping[str, Any]) -> str:
    if row["calls"] or row["from cache"]:
        return ""
    return "fallback, not needed" if use == "fallback" else "nothing is due"


_ASKED = {  # heading → figure of a report
    "calls": "requests",
    "from cache": "cached",
    "429": "throttled",
    "retries": "retries",
    "found": "found",
    "bytes": "bytes",
    "cost $": "cost_usd",
}


def _show_files(landed: Sequence["Landed"]) -> None:
    counts = {one.file: {name: getattr(one, name) for name in COUNTS} for one in landed}
    counts["all"] = {name: sum(of_file[name] for of_file in counts.values()) for name in COUNTS}
    rows = [{"file": file} | of_file for file, of_file in counts.items()]
    show(rows, as_json=False, title="Rows in", empty="")


def _zip_rows(store: "MongoStore", outcomes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for outcome in outcomes:
        where = {"market": MARKET, "zip": outcome["zip"]}
        found = {
            name: len(store.find_partition(name, where, fields=["_id"]))
            for name in (RAW_LISTINGS, ENRICHMENTS, PROPERTIES, QUARANTINE)
        }
        rows.append(
            {
                "zip": outcome["zip"],
                "outcome": outcome["reason"] or "done",
                "listings in": found[RAW_LISTINGS],
                "with remarks": found[ENRICHMENTS],
                "quarantined": found[QUARANTINE],
                "properties out": found[PROPERTIES],
            }
        )
    return rows


def _show_quarantine(store: "MongoStore", zips: Sequence[str], landed: Sequence["Landed"]) -> None:
    """Rows by rule: those that no listing could be made of, then the listings of each ZIP."""
    unreadable: Counter[str] = sum((one.reasons for one in landed), Counter())
    listings = {
        zip_code: Counter(
            document["rule_id"]
            for document in store.find_partition(
                QUARANTINE, {"market": MARKET, "zip": zip_code}, fields=["rule_id"]
            )
        )
        for zip_code in zips
    }
    rules = sorted(set(unreadable).union(*listings.values()))
    rows = [
        {"rule": rule, "rows unreadable": unreadable[rule]}
        | {zip_code: listings[zip_code][rule] for zip_code in zips}
        for rule in rules
    ]
    show(rows, as_json=False, title="\nQuarantined", empty="\nNothing is quarantined.")


def _kpis(store: "MongoStore") -> dict[str, dict[str, Any]]:
    where = {"market": MARKET, "stage": "validated_properties"}
    return {stamp["zip"]: stamp["kpis"] for stamp in store.find_partition(PARTITIONS, where)}


def _show_kpis(stamps: Mapping[str, Mapping[str, Any]], zips: Sequence[str]) -> None:
    out.print("\nKPIs", style="italic")
    for zip_code in zips:
        kpis = stamps.get(zip_code, {})
        missed = [_missed(name, kpi) for name, kpi in kpis.items() if not kpi["passed"]]
        line = f"{zip_code}  {len(kpis) - len(missed)} of {len(kpis)} met"
        out.print(f"{line}; missed: {', '.join(missed)}" if missed else line, highlight=False)


def _missed(name: str, kpi: Mapping[str, Any]) -> str:
    if name == "freshness_lag_hours":
        return f"{name} {kpi['value']:,.0f} (target {kpi['target']:g}; the age of the sample files)"
    if kpi["k"] is None:  # a PSI, or fields: no share
        return f"{name} {kpi['value']:.3g} (target {kpi['target']:g})"
    return f"{name} {kpi['value']:.2%} (target {kpi['target']:.1%})"


def _newest_trends(store: "MongoStore", zips: Sequence[str]) -> dict[str, dict[str, Any]]:
    newest = {}
    for zip_code in zips:
        revisions = store.find_partition(MARKET_TRENDS, {"market": MARKET, "zip": zip_code})
        newest[zip_code] = max(revisions, key=lambda r: r["revision"], default={"cells": {}})
    return newest


def _show_trends(newest: Mapping[str, Mapping[str, Any]], zips: Sequence[str]) -> None:
    """The headline numbers, a column per ZIP: value and n, below them the 95 % interval."""
    rows = [
        {"metric": metric} | {z: _cell_text(newest[z]["cells"].get(metric)) for z in zips}
        for metric in HEADLINE
    ]
    as_of = ", ".join(sorted({r["as_of"] for r in newest.values() if "as_of" in r}))
    title = f"\nTrends as of {as_of}, with n and 95 % interval (* low sample)"
    show(rows, as_json=False, title=title, empty="")
    for metric in HEADLINE:
        for zip_code in zips:
            cell = newest[zip_code]["cells"].get(metric)
            if cell and cell["value"] is None:
                out.print(f"{zip_code} {metric}: {cell['reason']}", highlight=False)


def _cell_text(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "not computed"
    if cell["value"] is None:
        return f"suppressed (n {cell['n']})"
    low_sample = "*" if cell["low_sample"] else ""
    value = f"{format_value(cell['value'], cell['unit'])}{low_sample} (n {cell['n']})"
    if cell["ci_low"] is None:
        return value
    low, high = (format_value(cell[end], cell["unit"]) for end in ("ci_low", "ci_high"))
    return f"{value}\n{low} – {high}"
