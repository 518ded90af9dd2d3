"""`phoenix-re show …`: what is stored, as tables or JSON. Reads only."""

from datetime import datetime
from typing import Annotated, Any

import typer

from phoenix_re.cli.output import Json, dollars, out, show
from phoenix_re.cli.store import documents
from phoenix_re.storage import LISTING_EVENTS, MARKET_TRENDS, PROPERTIES, QUARANTINE

app = typer.Typer(
    no_args_is_help=True,
    help="Look at what is stored: trends, properties, events, quarantine.\n\n\b\n"
    "  phoenix-re show trends --market phx --zip 85031\n"
    "  phoenix-re show events --market tuc --json",
)

MarketOption = Annotated[str | None, typer.Option(help="Market code; default: all markets.")]
ZipOption = Annotated[str | None, typer.Option("--zip", help="One ZIP; default: all of them.")]
Limit = Annotated[int, typer.Option(help="Rows in a table; JSON is never cut.", min=1)]


@app.command()
def trends(market: MarketOption = None, zip_code: ZipOption = None, json: Json = False) -> None:
    """The newest numbers of each ZIP: value, n, 95 % interval, method, as_of."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for document in documents(MARKET_TRENDS, market, zip_code):
        key = (document["market"], document["zip"])
        if key not in newest or document["revision"] > newest[key]["revision"]:
            newest[key] = document
    rows = [
        _cell_row(document, metric, cell)
        for _, document in sorted(newest.items())
        for metric, cell in document["cells"].items()
    ]
    if not json:
        rows = [_readable_cell(row) for row in rows]
    show(rows, as_json=json, title="Trends", empty=_nothing("trends", market, zip_code))


def _cell_row(document: dict[str, Any], metric: str, cell: dict[str, Any]) -> dict[str, Any]:
    place = {"market": document["market"], "zip": document["zip"]}
    published = {"revision": document["revision"], "published_at": document["published_at"]}
    return place | {"metric": metric} | cell | published


def _readable_cell(row: dict[str, Any]) -> dict[str, Any]:
    low, high = (format_value(row[end], row["unit"]) for end in ("ci_low", "ci_high"))
    notes = [
        "low sample" if row["low_sample"] else "",
        "preliminary" if row["preliminary"] else "",
        row["reason"] or "",
    ]
    return {
        "zip": row["zip"],
        "metric": row["metric"],
        "value": format_value(row["value"], row["unit"]),
        "n": row["n"],
        "95 % interval": f"{low} – {high}" if row["ci_low"] is not None else None,
        "method": row["method"],
        "as_of": row["as_of"],
        "note": "; ".join(note for note in notes if note),
    }


def format_value(value: Any, unit: str) -> str | None:
    """A stored number as people write it: $ for cents, % for fractions."""
    if value is None:
        return None
    if unit == "cents":
        return f"${value / 100:,.0f}"
    if unit == "fraction":
        return f"{value:.1%}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


@app.command()
def properties(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """One row per real property; with --json each field with its source."""
    from phoenix_re.validate.properties import expand

    found = sorted(documents(PROPERTIES, market, zip_code), key=lambda p: p["_id"])
    if json:
        expanded = [document | {"fields": expand(document)} for document in found]
        show(expanded, as_json=True, title="", empty="")
        return
    rows = [_property_row(document) for document in found[:limit]]
    show(rows, as_json=False, title="Properties", empty=_nothing("properties", market, zip_code))
    if len(found) > limit:
        out.print(f"{len(found) - limit:,} more; --limit or --json shows them")


def _property_row(document: dict[str, Any]) -> dict[str, Any]:
    def value(name: str) -> Any:
        return document["fields"].get(name, {}).get("value")

    status = value("standard_status")
    price = value("close_price_cents") if status == "Closed" else value("list_price_cents")
    return {
        "property": document["_id"],
        "address": document.get("address"),
        "status": status,
        "price": _usd(price),
        "beds": value("bedrooms_total"),
        "sqft": value("living_area"),
        "listings": len(document["episodes"]),
        "warnings": len(document.get("warnings", [])),
    }


@app.command()
def events(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="listed, price_changed, status_changed.")
    ] = None,
    superseded: Annotated[
        bool, typer.Option(help="Also events that a file which came in late proved wrong.")
    ] = False,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Real changes of listings in the order in which they happened."""
    found = [
        event
        for event in documents(LISTING_EVENTS, market, zip_code)
        if (superseded or "superseded_at" not in event) and (not kind or event["kind"] in kind)
    ]
    found.sort(key=lambda e: (e["source_time"], e["seq"]))
    if json:
        show([_event_row(e) for e in found], as_json=True, title="", empty="")
        return
    rows = [_readable_event(e) for e in found[-limit:]]
    show(rows, as_json=False, title="Events", empty=_nothing("events", market, zip_code))
    if len(found) > limit:
        out.print(f"the newest {limit} of {len(found):,}; --limit or --json shows more")


def _event_row(event: dict[str, Any]) -> dict[str, Any]:
    """An event for machines; prices in dollars."""
    money = event.get("field") == "price_cents"
    price = dollars(event.get("price_cents"))
    return {
        "seq": event["seq"],
        "market": event["market"],
        "zip": event["zip"],
        "source": event["source"],
        "source_key": event["source_key"],
        "kind": event["kind"],
        "field": "price" if money else event.get("field"),
        "old": dollars(event["old"]) if money else event["old"],
        "new": dollars(event["new"]) if money else event["new"],
        **({"price": price} if event["kind"] == "listed" else {}),
        "source_time": event["source_time"],
        "source_date": event.get("source_date"),
        "detected_at": event["detected_at"],
        "superseded_at": event.get("superseded_at"),
    }


def _readable_event(event: dict[str, Any]) -> dict[str, Any]:
    row = _event_row(event)
    when: datetime = row["source_time"]
    money = row["field"] == "price"
    return {
        "seq": row["seq"],
        "source time": when.strftime("%Y-%m-%d %H:%M"),
        "zip": row["zip"],
        "listing": row["source_key"],
        "kind": row["kind"],
        "old": f"${row['old']:,}" if money else row["old"],
        "new": f"${row['new']:,}" if money else row["new"],
    }


@app.command()
def quarantine(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Rows and listings that broke a rule, with the rule and the reason.

    Rows without a usable ZIP belong to no market: leave --market out to see them.
    """
    found = sorted(documents(QUARANTINE, market, zip_code), key=lambda q: (q["rule_id"], q["_id"]))
    if json:
        show(found, as_json=True, title="", empty="")
        return
    rows = [
        {
            "rule": document["rule_id"],
            "zip": document["zip"],
            "from": document.get("listing_id") or f"{document['file']} row {document['row']}",
            "reason": document["reason"],
        }
        for document in found[:limit]
    ]
    show(rows, as_json=False, title="Quarantine", empty=_nothing("quarantine", market, zip_code))
    if len(found) > limit:
        out.print(f"{len(found) - limit:,} more; --limit or --json shows them")


def _nothing(what: str, market: str | None, zip_code: str | None) -> str:
    place = zip_code or market or "any market"
    return (
        f"No {what} for {place} yet: `phoenix-re import FILE`, then "
        f"`phoenix-re materialize --market {market or 'phx'} --all`."
    )


def _usd(cents: int | None) -> str | None:
    return None if cents is None else f"${cents / 100:,.0f}"
