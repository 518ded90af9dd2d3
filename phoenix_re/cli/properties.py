"""`phoenix-re properties …`: why listings are one home, and a person's word where they are not.

A decision changes nothing by itself: the ZIP is validated again with it, by the same run that the
Dagster UI starts. Reading properties is `phoenix-re show properties`.
"""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, print_json, show
from phoenix_re.cli.store import documents, open_cli_store
from phoenix_re.storage import (
    MATCH_DECISIONS,
    MATCH_REVIEWS,
    PROPERTIES,
    PROPERTY_CHANGES,
    RAW_LISTINGS,
)

if TYPE_CHECKING:
    from phoenix_re.mongo import MongoStore

app = typer.Typer(
    no_args_is_help=True,
    help="One record per real home: why, and what to do where it is wrong.\n\n\b\n"
    "  phoenix-re properties why phx-85031-5402b7a2bc0f\n"
    "  phoenix-re properties review --market phx\n"
    '  phoenix-re properties split phx-85031-5402b7a2bc0f --listing "redfin|ARMLS:1" --why "…"',
)

AFTER_A_DECISION = ["validated_properties", "market_trends"]

Home = Annotated[
    str, typer.Argument(help="A property's id, today's or a former one, or a listing's.")
]
MarketOption = Annotated[str | None, typer.Option(help="Market code; default: all markets.")]
ZipOption = Annotated[str | None, typer.Option("--zip", help="One ZIP; default: all of them.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever reads the log next year.")]
By = Annotated[
    str | None, typer.Option(help="Who decides.", show_default="the name you are logged in with")
]


@app.command()
def why(home: Home, json: Json = False) -> None:
    """What makes these listings one home: each link, each field's choice, each decision.

    \b
      phoenix-re properties why phx-85031-5402b7a2bc0f
      phoenix-re properties why "redfin|ARMLS:9990015" --json
    """
    from phoenix_re.validate.properties import expand

    store = open_cli_store()
    found = _property(store, home)
    place = {name: found[name] for name in ("market", "zip")}
    about = set(found["listing_ids"])
    decisions = [
        d
        for d in store.find_partition(MATCH_DECISIONS, place)
        if about & {*d["these"], *d["those"]}
    ]
    near = [r for r in store.find_partition(MATCH_REVIEWS, place) if about & {r["a"], r["b"]}]
    log = [c for c in _log(store, place) if found["_id"] in {c["property_id"], *c["from"]}]
    if json:
        fields = {name: chosen["rule"] for name, chosen in expand(found).items()}
        print_json(
            {name: found[name] for name in ("_id", "address", "former_ids", "listing_ids", "links")}
            | {"fields": fields, "decisions": decisions, "uncertain": near, "log": log}
        )
        return
    out.print(f"[bold]{found['_id']}[/] {found['address'] or ''}", highlight=False)
    if found["former_ids"]:
        out.print(f"also known as {', '.join(found['former_ids'])}", highlight=False)
    for title, lines in (
        ("Listings", sorted(about)),
        ("One home, because", [_sentence(link) for link in found["links"]]),
        ("In doubt", [_sentence(pair) for pair in near]),
    ):
        if lines:
            out.print(f"\n[bold]{title}[/]")
            for line in lines:
                out.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    for title, rows in (
        ("Decisions", [_decision_row(d) for d in decisions]),
        ("Log", [_without(_change_row(c), "listings") for c in log]),
    ):
        if rows:
            out.print()
            show(rows, as_json=False, title=title, empty="")


@app.command()
def review(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    json: Json = False,
    limit: Annotated[int, typer.Option(help="Rows in the table; JSON is never cut.", min=1)] = 50,
) -> None:
    """Pairs of listings that may be one home: likeliest first. Decide with `merge` or `apart`.

    \b
      phoenix-re properties review --market phx --zip 85031
    """
    found = list(documents(MATCH_REVIEWS, market, zip_code))
    found.sort(key=lambda pair: (-(pair["bits"] or 0), pair["_id"]))
    rows = found if json else [_review_row(pair) for pair in found[:limit]]
    show(rows, as_json=json, title="To review", empty="Nothing is in doubt.")
    if not json and len(found) > limit:
        out.print(f"{len(found) - limit:,} more; --limit or --json shows them")


@app.command()
def merge(
    first: Home,
    second: Home,
    why: Why,
    by: By = None,
    json: Json = False,
) -> None:
    """Say that two homes are one; the ZIP is validated again at once. `undo` takes it back.

    \b
      phoenix-re properties merge phx-85031-5402b7a2bc0f phx-85031-9a01c2d4e5f6 \\
        --why "the county's site shows one parcel with this old and new street name"
    """
    store = open_cli_store()
    one, other = _two_homes(store, first, second)
    _decide(store, one, True, one["listing_ids"], other["listing_ids"], by, why, as_json=json)


@app.command()
def apart(
    first: Home,
    second: Home,
    why: Why,
    by: By = None,
    json: Json = False,
) -> None:
    """Say that two homes are two, so that nothing joins them and `review` asks no more.

    \b
      phoenix-re properties apart phx-85031-5402b7a2bc0f phx-85031-9a01c2d4e5f6 \\
        --why "two halves of a duplex, a meter each"
    """
    store = open_cli_store()
    one, other = _two_homes(store, first, second)
    _decide(store, one, False, one["listing_ids"], other["listing_ids"], by, why, as_json=json)


@app.command()
def split(
    home: Home,
    listing: Annotated[
        list[str], typer.Option(help="A listing that is another home; as often as needed.")
    ],
    why: Why,
    by: By = None,
    json: Json = False,
) -> None:
    """Say that some of a home's listings are another home; `undo` takes it back.

    \b
      phoenix-re properties split phx-85031-5402b7a2bc0f --listing "redfin|ARMLS:9990015" \\
        --why "the guest house at the back, which has a meter and a parcel of its own"
    """
    store = open_cli_store()
    found = _property(store, home)
    if strangers := sorted(set(listing) - set(found["listing_ids"])):
        fail(
            f"{found['_id']} has no listing {', '.join(strangers)}; "
            f"it has {', '.join(found['listing_ids'])}"
        )
    rest = sorted(set(found["listing_ids"]) - set(listing))
    if not rest:
        fail("these are all its listings: name those that are another home")
    _decide(store, found, False, listing, rest, by, why, as_json=json)


@app.command()
def undo(
    decision: Annotated[str, typer.Argument(help="A decision's id.")],
    why: Why,
    by: By = None,
    json: Json = False,
) -> None:
    """Take a decision back; what the records themselves say holds again.

    \b
      phoenix-re properties undo 3f2a91c07be4 --why "looked at the wrong house"
    """
    from phoenix_re.validate.decisions import UnknownDecisionError
    from phoenix_re.validate.decisions import undo as take_back

    store = open_cli_store()
    try:
        document = take_back(
            store, decision, by=by or getpass.getuser(), why=why, at=datetime.now(UTC)
        )
    except UnknownDecisionError as unknown:
        fail(str(unknown))
    _apply(store, document, as_json=json)


@app.command()
def decisions(market: MarketOption = None, zip_code: ZipOption = None, json: Json = False) -> None:
    """What people have decided, newest last; decisions taken back included.

    \b
      phoenix-re properties decisions --market phx
    """
    found = list(documents(MATCH_DECISIONS, market, zip_code))
    found.sort(key=lambda d: (d["at"], d["_id"]))
    rows = found if json else [_decision_row(d) for d in found]
    show(rows, as_json=json, title="Decisions", empty="Nobody has decided anything.")


@app.command()
def log(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    json: Json = False,
    limit: Annotated[int, typer.Option(help="Rows in the table; JSON is never cut.", min=1)] = 50,
) -> None:
    """Every joining, merge and split, with its reason, newest last.

    \b
      phoenix-re properties log --market phx --zip 85031
    """
    found = list(documents(PROPERTY_CHANGES, market, zip_code))
    found.sort(key=lambda c: (c["logged_at"], c["_id"]))
    rows = found if json else [_change_row(c) for c in found[-limit:]]
    show(rows, as_json=json, title="Log of properties", empty="No property has changed yet.")
    if not json and len(found) > limit:
        out.print(f"{len(found) - limit:,} earlier; --limit or --json shows them")


# ── finding ─────────────────────────────────────────────────────────────────────────────────────


def _property(store: "MongoStore", name: str) -> dict[str, Any]:
    """The home that bears an id, bore it once, or has a listing of that name."""
    if found := store.find_ids(PROPERTIES, [name]):
        return _current(found[0])
    if "|" in name:
        listings = store.find_ids(RAW_LISTINGS, [name])
        place = {k: listings[0][k] for k in ("market", "zip")} if listings else None
    else:
        market, _, rest = name.partition("-")
        place = {"market": market, "zip": rest.partition("-")[0]}
    homes = store.find_partition(PROPERTIES, place) if place else []
    named = [h for h in homes if name in h.get("former_ids", ()) or name in h["listing_ids"]]
    if not named:
        fail(
            f"no property {name!r}: `phoenix-re show properties` lists them, "
            "`phoenix-re quarantine list` what could not become one"
        )
    return _current(named[0])


def _current(home: dict[str, Any]) -> dict[str, Any]:
    if "links" not in home:
        fail(
            f"{home['_id']} was stored before homes had links: `phoenix-re materialize "
            f"--market {home['market']} --zip {home['zip']}`"
        )
    return home


def _two_homes(
    store: "MongoStore", first: str, second: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    one, other = _property(store, first), _property(store, second)
    if one["_id"] == other["_id"]:
        fail(f"they are one home: {one['_id']}; `phoenix-re properties split` parts its listings")
    if one["zip"] != other["zip"]:
        fail(f"{one['_id']} and {other['_id']} are filed under two ZIPs; homes are matched in one")
    return one, other


def _log(store: "MongoStore", place: dict[str, str]) -> list[dict[str, Any]]:
    return sorted(
        store.find_partition(PROPERTY_CHANGES, place), key=lambda c: (c["logged_at"], c["_id"])
    )


# ── deciding ────────────────────────────────────────────────────────────────────────────────────


def _decide(
    store: "MongoStore",
    home: dict[str, Any],
    same: bool,
    these: Sequence[str],
    those: Sequence[str],
    by: str | None,
    why: str,
    *,
    as_json: bool,
) -> None:
    from phoenix_re.validate.decisions import decide

    try:
        document = decide(
            store,
            {name: home[name] for name in ("market", "zip")},
            same=same,
            these=these,
            those=those,
            by=by or getpass.getuser(),
            why=why,
            at=datetime.now(UTC),
        )
    except ValueError as problem:
        fail(str(problem))
    _apply(store, document, as_json=as_json)


def _apply(store: "MongoStore", decision: dict[str, Any], *, as_json: bool) -> None:
    """Validate the decision's ZIP again and say which homes its listings are in now."""
    from phoenix_re.cli.materialize import run_zips

    market = known_markets(decision["market"])[decision["market"]]
    (row,) = run_zips(market, [decision["zip"]], AFTER_A_DECISION, quiet=True)
    if row["outcome"] != "done":
        fail(
            f"decision {decision['_id']} is written down, but ZIP {decision['zip']} was not "
            f"validated again: {row['reason']}. Materialize it in the UI or with "
            f"`phoenix-re materialize --market {market.code} --zip {decision['zip']}`."
        )
    about = {*decision["these"], *decision["those"]}
    place = {name: decision[name] for name in ("market", "zip")}
    homes = {
        listing: home["_id"]
        for home in store.find_partition(PROPERTIES, place)
        for listing in home["listing_ids"]
        if listing in about
    }
    if as_json:
        print_json({"decision": decision, "properties": homes})
        return
    state = "taken back" if "undone" in decision else "holds"
    out.print(f"decision [bold]{decision['_id']}[/] {state}", highlight=False)
    rows = [{"listing": listing, "property": home} for listing, home in sorted(homes.items())]
    show(rows, as_json=False, title="Listings", empty="None of its listings is in a property.")


# ── rows for people ─────────────────────────────────────────────────────────────────────────────


def _sentence(link: dict[str, Any]) -> str:
    bits = "" if link["bits"] is None else f", {link['bits']:g} bits"
    return f"{link['a']} and {link['b']}{bits}: {_said(link)}"


def _said(link: dict[str, Any]) -> str:
    """The evidence in words; a key names itself in what it says."""
    return "; ".join(
        said if name == link["because"] else f"{name}: {said}"
        for name, said in link["evidence"].items()
    )


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k != name}


def _review_row(pair: dict[str, Any]) -> dict[str, Any]:
    return {
        "property": f"{pair['property_a']}\n{pair['property_b']}",
        "listing": f"{pair['a']}\n{pair['b']}",
        "bits": pair["bits"],
        "evidence": _said(pair),
    }


def _decision_row(decision: dict[str, Any]) -> dict[str, Any]:
    undone = decision.get("undone")
    return {
        "decision": decision["_id"],
        "says": "one home" if decision["same"] else "two homes",
        "these": "\n".join(decision["these"]),
        "those": "\n".join(decision["those"]),
        "by": decision["by"],
        "at": decision["at"],
        "why": decision["why"] + (f" (taken back: {undone['why']})" if undone else ""),
    }


def _change_row(change: dict[str, Any]) -> dict[str, Any]:
    reasons = sorted({link["because"] for link in change["because"]})
    return {
        "at": change["logged_at"],
        "what": change["kind"],
        "property": "\n".join(change.get("into", [change["property_id"]])),
        "from": "\n".join(change["from"]),
        "listings": "\n".join(change["listing_ids"]),
        "because": ", ".join(reasons),
    }
