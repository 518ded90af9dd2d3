"""`phoenix-re demo`: the shipped sample listings through the main job, and what came of it."""

import time
from typing import Any

import typer

from phoenix_re import keys
from phoenix_re.cli.output import err, out, show
from phoenix_re.cli.show import format_value
from phoenix_re.storage import (
    ENRICHMENTS,
    MARKET_TRENDS,
    PROPERTIES,
    QUARANTINE,
    RAW_LISTINGS,
)

MARKET = "phx"
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


def demo() -> None:
    """Sample listings through the four stages for 85031, 85033 and 85035.

    Runs on the embedded services. A second run changes nothing but timestamps.
    """
    from phoenix_re.cli.files import _report
    from phoenix_re.cli.materialize import report, run_zips
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.collect.drop import land_file
    from phoenix_re.home import samples
    from phoenix_re.markets import load_markets, market_of_zip, markets_folder

    start = time.monotonic()
    store = open_cli_store()
    markets = load_markets(markets_folder())
    files = [p for p in sorted(samples().iterdir()) if p.suffix in {".csv", ".json"}]
    landed = [land_file(path, store, market_of_zip(markets)) for path in files]
    _report(landed, {}, as_json=False)

    market = markets[MARKET]
    zips = list(market.priority_zips[:3])
    rows = run_zips(market, zips, list(keys.STAGES), quiet=False)
    report(rows, time.monotonic() - start, as_json=False)
    _stored(store, zips)
    _trends(store, zips)
    out.print(
        "\nNow open the UI:  [bold]make dev[/]  → http://127.0.0.1:3000 → Lineage → phx\n"
        "All numbers:      .venv/bin/phoenix-re show trends --market phx --zip 85031\n"
        "Your own files:   .venv/bin/phoenix-re import FILE…  (or drop them into inbox/)"
    )
    if any(row["outcome"] != "done" for row in rows):
        err.print("[bold red]the demo did not go through[/]")
        raise typer.Exit(1)


def _stored(store: Any, zips: list[str]) -> None:
    rows = []
    for zip_code in zips:
        where = {"market": MARKET, "zip": zip_code}
        found = {
            name: store.find_partition(name, where)
            for name in (RAW_LISTINGS, ENRICHMENTS, PROPERTIES, QUARANTINE)
        }
        rows.append(
            {
                "zip": zip_code,
                "listings in": len(found[RAW_LISTINGS]),
                "with remarks": len(found[ENRICHMENTS]),
                "quarantined": len(found[QUARANTINE]),
                "properties out": len(found[PROPERTIES]),
            }
        )
    show(rows, as_json=False, title="Stored", empty="")


def _trends(store: Any, zips: list[str]) -> None:
    """The headline numbers, a column per ZIP, each with its n."""
    newest = {}
    for zip_code in zips:
        revisions = store.find_partition(MARKET_TRENDS, {"market": MARKET, "zip": zip_code})
        newest[zip_code] = max(revisions, key=lambda r: r["revision"], default={"cells": {}})
    rows = []
    for metric in HEADLINE:
        row = {"metric": metric}
        for zip_code in zips:
            row[zip_code] = _cell_text(newest[zip_code]["cells"].get(metric))
        rows.append(row)
    as_of = ", ".join(sorted({r["as_of"] for r in newest.values() if "as_of" in r}))
    show(rows, as_json=False, title=f"Trends as of {as_of}", empty="No trends.")


def _cell_text(cell: dict[str, Any] | None) -> str:
    if cell is None or cell["value"] is None:
        return "suppressed" if cell is None else f"suppressed (n {cell['n']})"
    return f"{format_value(cell['value'], cell['unit'])} (n {cell['n']})"
