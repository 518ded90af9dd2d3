"""`phoenix-re drift`: batches that did not look as their source usually does, and what to do."""

import json as json_module
from typing import Annotated, Any

import typer

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, show
from phoenix_re.cli.store import open_cli_store
from phoenix_re.mongo import MongoStore
from phoenix_re.storage import DRIFT

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

    Only after the source's contract, parser or unit in the code fits the new shape: nothing here
    converts a value.
    """
    from phoenix_re.collect.drift import Drift

    known_markets(market)
    formats = Drift(open_cli_store()).accept(source, market)
    if not formats:
        fail(
            f"no open drift of {source!r} in {market}; `phoenix-re drift list` shows what there is"
        )
    out.print(f"{source} in {market}: the new shape of {', '.join(formats)} is the usual one now")


def sources_of(market: str) -> list[str]:
    """Names of the market's sources, enabled or not."""
    return sorted(known_markets(market)[market].sources)


def _documents(store: MongoStore, source: str, market: str) -> list[dict[str, Any]]:
    return store.find_partition(DRIFT, {"source": source, "market": market})


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    """Without the fingerprint, and the kept payloads as objects."""
    kept = {k: v for k, v in document.items() if k not in {"batch", "_id"}}
    return kept | {"payloads": [json_module.loads(text) for text in document["payloads"]]}
