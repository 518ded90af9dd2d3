"""`phoenix-re drift`: batches that did not look as their source usually does, and what to do."""

import json as json_module
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, show
from phoenix_re.cli.store import open_cli_store
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import DRIFT, VALUE_SHAPES

app = typer.Typer(
    no_args_is_help=True,
    help="Sources whose payloads changed their shape: look at them, accept the new shape.\n\n\b\n"
    "  phoenix-re drift list\n"
    "  phoenix-re drift show zillow --market phx\n"
    "  phoenix-re drift accept zillow --market phx",
)

Source = Annotated[str, typer.Argument(help="Name of the source, as in the market file.")]
MarketOption = Annotated[str, typer.Option(help="Market code.")]
AnyMarket = Annotated[str | None, typer.Option(help="Market code; default: all markets.")]
Every = Annotated[bool, typer.Option("--all", help="Also what was accepted or has recovered.")]


@app.command("list")
def list_drift(market: AnyMarket = None, every: Every = False, json: Json = False) -> None:
    """One row per source, ZIP and kind of change; by default only what is open."""
    store = open_cli_store()
    rows = [
        {
            "source": found["source"],
            "market": found["market"],
            "zip": found["zip"] or None,
            "format": found["format"],
            "state": found["state"],
            "times": found["times"],
            "last seen": found["last_at"],
            "what": "; ".join(reason["text"] for reason in found["reasons"]),
        }
        for code in known_markets(market)
        if market in {None, code}
        for source in sources_of(code)
        for found in _documents(store, source, code)
        if every or found["state"] == "open"
    ]
    rows.sort(key=lambda row: (row["state"] != "open", row["source"], row["market"], row["what"]))
    show(
        rows, as_json=json, title="Drift", empty="No drift: every source looks as it usually does."
    )


@app.command("show")
def show_drift(source: Source, market: MarketOption, json: Json = False) -> None:
    """The open batches of a source with the payloads that were kept, as JSON."""
    known_markets(market)
    documents = [
        _readable(d) for d in _documents(open_cli_store(), source, market) if d["state"] == "open"
    ]
    if json:
        show(documents, as_json=True, title="", empty="")
        return
    if not documents:
        out.print(f"No open drift of {source} in {market}.")
    for document in documents:
        payloads = document.pop("payloads")
        reasons = [{"path": r["path"], "what": r["text"]} for r in document.pop("reasons")]
        place = document["zip"] or "all ZIPs"
        title = f"{source}, {place}, {document['format']}: {document['times']} times"
        show(reasons, as_json=False, title=title, empty="")
        for payload in payloads:
            out.print_json(data=payload, default=str)


@app.command()
def accept(source: Source, market: MarketOption) -> None:
    """Take the new shape for the usual one. The next run lands it.

    Also forgotten is what the checks distribution_drift and unit_change compare with; these name
    formats (mls_status_feed), not sources. Only after the source's contract, parser or unit in the
    code fits the new shape: nothing here converts a value.
    """
    from phoenix_re.collect.drift import Drift

    zips = known_markets(market)[market].zips
    store = open_cli_store()
    formats = Drift(store).accept(source, market)
    days = _forget_values(store, source, market, zips)
    if not formats and not days:
        fail(
            f"no open drift of {source!r} in {market}; `phoenix-re drift list` shows what there is"
        )
    if formats:
        out.print(
            f"{source} in {market}: the new shape of {', '.join(formats)} is the usual one now"
        )
    if days:
        out.print(
            f"{source} in {market}: {days} days' distributions of its values in {len(zips)} ZIPs "
            "are forgotten; the next run's are the first to compare with"
        )


def _forget_values(store: MongoStore, source: str, market: str, zips: Sequence[str]) -> int:
    """Give up the reference that tells drift of values and changes of units; how many documents."""
    forgotten = 0
    for zip_code in zips:
        where = {"market": market, "zip": zip_code}
        kept = store.find_partition(VALUE_SHAPES, where, fields=["source", "content_hash"])
        others = [one for one in kept if one["source"] != source]
        if len(others) < len(kept):
            forgotten += store.replace_partition({VALUE_SHAPES: (where, others)})[
                VALUE_SHAPES
            ].deleted
    return forgotten


def sources_of(market: str) -> list[str]:
    """Names of the market's sources, enabled or not."""
    return sorted(known_markets(market)[market].sources)


def _documents(store: MongoStore, source: str, market: str) -> list[dict[str, Any]]:
    return store.find_partition(DRIFT, {"source": source, "market": market})


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    """Without the fingerprint, and the kept payloads as objects."""
    kept = {k: v for k, v in document.items() if k not in {"batch", "_id"}}
    return kept | {"payloads": [json_module.loads(text) for text in document["payloads"]]}
