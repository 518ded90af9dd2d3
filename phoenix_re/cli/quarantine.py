"""`phoenix-re quarantine`: what broke a rule, why, what to do, and how it comes back.

Two kinds lie there: rows that the import refused, and listings that their ZIP's validation holds.
Rows are read again by `collect/replaying.py`; listings are judged again by the very stage that held
them, as a run of its ZIP.
"""

import getpass
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phoenix_re import keys
from phoenix_re.cli.held import (
    Document,
    advice,
    came_from,
    one_held,
    reason,
    rule_ids,
    sentence,
    sentences,
    short_id,
)
from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, print_json, show
from phoenix_re.cli.store import documents, open_cli_store
from phoenix_re.storage import OVERRIDES, QUARANTINE, RAW_LISTINGS

if TYPE_CHECKING:
    from phoenix_re.mongo import MongoStore

app = typer.Typer(
    no_args_is_help=True,
    help="What broke a rule: look, judge again, overrule.\n\n\b\n"
    "  phoenix-re quarantine list --market phx --by-rule\n"
    "  phoenix-re quarantine show 3f2a9c81d0\n"
    "  phoenix-re quarantine replay --rule year_built.range\n"
    '  phoenix-re quarantine accept 3f2a9c81d0 --why "built 1865, seen the deed"',
)

STAGE = "validated_properties"
MarketOption = Annotated[str | None, typer.Option(help="Market code; default: all of them.")]
ZipOption = Annotated[str | None, typer.Option("--zip", help="One ZIP.")]
RuleOption = Annotated[str | None, typer.Option(help="Id of the rule that is broken.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="An id as `list` shows it, or the listing's own.")
]


@app.command("list")
def list_held(
    market: MarketOption = None,
    zip_code: ZipOption = None,
    rule: RuleOption = None,
    stage: Annotated[
        str | None, typer.Option(help=f"raw_listings: refused rows; {STAGE}: held listings.")
    ] = None,
    by_rule: Annotated[bool, typer.Option("--by-rule", help="Counts by rule only.")] = False,
    json: Json = False,
    limit: Annotated[int, typer.Option(help="Rows in a table; JSON is never cut.", min=1)] = 50,
) -> None:
    """What is held, by rule. Refused rows belong to no market: leave --market and --zip out.

    \b
      phoenix-re quarantine list --rule price.below_range --json
    """
    if stage not in {None, "raw_listings", STAGE}:
        fail(f"no stage {stage!r} holds anything: raw_listings or {STAGE}")
    found = [
        d
        for d in documents(QUARANTINE, market, zip_code)
        if (rule is None or rule in rule_ids(d)) and stage in {None, d["stage"]}
    ]
    found.sort(key=lambda d: (d["rule_id"], d["zip"] or "", d["_id"]))
    if by_rule:
        show(_by_rule(found), as_json=json, title="Quarantine", empty="Nothing is held.")
        return
    if json:
        print_json([{"id": short_id(d), **d} for d in found])
        return
    rows = [
        {
            "id": short_id(d),
            "rule": d["rule_id"],
            "zip": d["zip"],
            "from": came_from(d),
            "why": reason(d),
        }
        for d in found[:limit]
    ]
    show(rows, as_json=False, title="Quarantine", empty="Nothing is held.")
    if len(found) > limit:
        out.print(f"{len(found) - limit:,} more; --limit, --by-rule or --json shows them")


def _by_rule(found: Iterable[Document]) -> list[Document]:
    markets = known_markets()
    counts = Counter((d["stage"], rule, d["market"]) for d in found for rule in rule_ids(d))
    return [
        {
            "rule": rule,
            "market": market,
            "stage": stage,
            "held": n,
            "what must hold": sentence(rule, markets.get(market)),
        }
        for (stage, rule, market), n in sorted(counts.items(), key=lambda c: (-c[1], str(c[0])))
    ]


@app.command("show")
def show_one(given: Id, json: Json = False) -> None:
    """All of one: the rules with their sentences, the reason, the payload, what to do.

    \b
      phoenix-re quarantine show 'redfin|ARMLS:9990015'
    """
    document = one_held(open_cli_store(), given)
    market = known_markets()[document["market"]] if document["market"] else None
    rules = {rule: sentence(rule, market) for rule in rule_ids(document)}
    to_do = advice(document, market)
    if json:
        print_json({"id": short_id(document), **document, "rules": rules, "what_to_do": to_do})
        return
    heading = f"{short_id(document)}  {came_from(document)}"
    out.print(heading, markup=False, highlight=False)
    for rule, must_hold in rules.items():
        out.print(f"  {rule}: {must_hold}", markup=False, highlight=False)
    out.print(f"  why: {reason(document)}", markup=False, highlight=False, soft_wrap=True)
    out.print_json(data=document["payload"], default=str)
    for line in to_do:
        out.print(f"- {line}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def replay(
    given: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="One; default: all that fit.")
    ] = None,
    rule: RuleOption = None,
    market: MarketOption = None,
    zip_code: ZipOption = None,
    json: Json = False,
) -> None:
    """Judge again what is held, after a rule, a parser or a mapping has changed.

    Rows are read anew and land; a listing's whole ZIP is validated anew, and its trends computed.
    Exit code 1 if a ZIP failed.

    \b
      phoenix-re quarantine replay --market phx
      phoenix-re quarantine replay --rule zip.missing
    """
    store = open_cli_store()
    if given is not None:
        chosen = [one_held(store, given)]
    elif rule or market or zip_code:
        chosen = [
            d
            for d in documents(QUARANTINE, market, zip_code)
            if rule is None or rule in rule_ids(d)
        ]
    else:
        fail("say what: an id, --rule, --zip or --market")
    _report(_replayed(store, chosen, quiet=json), as_json=json)


@app.command()
def accept(
    given: Id,
    why: Annotated[str, typer.Option(help="Why the rule does not hold here.")],
    rule: Annotated[
        str | None,
        typer.Option(help="One rule of several; of a listing that is not held, the one it breaks."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who says so; default: your login.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the word back.")] = False,
    json: Json = False,
) -> None:
    """Overrule the rule for this version of a listing, and judge its ZIP again.

    The property is marked with the rule as accepted. When the source says something new of the
    listing, that is judged anew.

    \b
      phoenix-re quarantine accept 3f2a9c81d0 --why "built 1865, seen the deed"
      phoenix-re quarantine accept 3f2a9c81d0 --undo --why "the deed was another house's"
    """
    if not why.strip():
        fail("--why is empty: say why the rule does not hold here")
    store = open_cli_store()
    word = {"by": by or getpass.getuser(), "at": _now(), "why": why}
    changed = _undone(store, given, rule, word) if undo else _overruled(store, given, rule, word)
    store.upsert(OVERRIDES, changed)
    place = {"market": changed[0]["market"], "zip": changed[0]["zip"], "stage": STAGE}
    _report(_rejudged(store, [place], quiet=json), as_json=json)


def _overruled(
    store: "MongoStore", given: str, rule: str | None, word: Mapping[str, Any]
) -> list[Document]:
    """The overrides that say so; ends the command where a rule cannot be overruled."""
    from phoenix_re.validate.judging import MACHINERY
    from phoenix_re.validate.overrides import Override
    from phoenix_re.validate.rules import RULES

    document = _held_or_stored(store, given, rule)
    if document["stage"] != STAGE:
        fail(
            f"{came_from(document)} is no listing, there is nothing to serve: mend the file and "
            "import it again, or replay it after the reader has changed"
        )
    wanted = [rule] if rule else rule_ids(document)
    fixed = MACHINERY.keys() | {r.id for r in RULES if r.fixed}
    if never := [r for r in wanted if r in fixed]:
        fail(f"{', '.join(never)} cannot be overruled: {sentence(never[0], None)}")
    known = sentences(known_markets()[document["market"]])
    if unknown := [r for r in wanted if r not in known]:
        fail(f"no rule {', '.join(unknown)}; docs/reference/rules.md has them all")
    return [
        Override(document["listing_id"], document["version"], r, **word).to_document(
            document["market"], document["zip"]
        )
        for r in wanted
    ]


def _held_or_stored(store: "MongoStore", given: str, rule: str | None) -> Document:
    """A held document; with `rule` also a listing that is served, with its newest version."""
    stored = store.find_ids(RAW_LISTINGS, [given]) if rule else []
    if stored and not any(given == d.get("listing_id") for d in documents(QUARANTINE)):
        listing = stored[0]
        place = {name: listing[name] for name in ("market", "zip")}
        version = listing["versions"][-1]["content_hash"]
        return {**place, "stage": STAGE, "listing_id": given, "version": version}
    return one_held(store, given)


def _undone(
    store: "MongoStore", given: str, rule: str | None, word: Mapping[str, Any]
) -> list[Document]:
    found = [
        d | {"undone": dict(word)}
        for code in known_markets()
        for d in store.find_partition(OVERRIDES, {"market": code})
        if given in {d["listing_id"], short_id({"_id": _held_id(d)})}
        and rule in {None, d["rule_id"]}
        and d["undone"] is None
    ]
    return found or fail(f"nothing of {given!r} was accepted, or it was undone already")


def _held_id(override: Mapping[str, Any]) -> str:
    """The `_id` that the version has in the quarantine."""
    names = ("market", "zip", "listing_id", "content_hash")
    market, zip_code, listing, version = (override[name] for name in names)
    return f"{market}|{zip_code}|{STAGE}|{listing}|{version}"


# ── judging again ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Replay:
    came_back: list[Document]
    stay: list[Document]
    failed: list[Document]  # ZIPs whose run failed, with the reason
    landed: list[tuple[str, str]]  # market and ZIP of rows that became listings


def _replayed(store: "MongoStore", chosen: Sequence[Document], *, quiet: bool) -> _Replay:
    from phoenix_re import home
    from phoenix_re.collect.formats import register_mappings
    from phoenix_re.collect.replaying import replay_rows

    register_mappings(home.mappings())
    rows = [d for d in chosen if d["stage"] != STAGE]
    listings = _rejudged(store, [d for d in chosen if d["stage"] == STAGE], quiet=quiet)
    named = {d["_id"]: came_from(d) for d in rows}
    for row in replay_rows(rows, store, known_markets()):
        told = {"rule": row.rule_id, "from": named[row.id], "listing": row.listing_id}
        if row.stays is None:
            listings.came_back.append(told)
            listings.landed.append((str(row.market), str(row.zip)))
        else:
            listings.stay.append(told | {"why": row.stays})
    return listings


def _rejudged(store: "MongoStore", chosen: Sequence[Mapping[str, Any]], *, quiet: bool) -> _Replay:
    """The ZIPs of `chosen` through the stages from validation on; what that changed."""
    from phoenix_re.cli.materialize import run_zips

    result = _Replay([], [], [], [])
    markets = known_markets()
    stages = [*keys.STAGES[keys.STAGES.index(STAGE) :]]
    places = sorted({(d["market"], d["zip"]) for d in chosen})
    for code in dict.fromkeys(market for market, _ in places):
        if not markets[code].enabled:
            fail(f"market {code} is switched off: set `enabled: true` in its file")
        zips = [zip_code for market, zip_code in places if market == code]
        before = {z: _listings_of(store, code, z) for z in zips}
        runs = run_zips(markets[code], zips, stages, quiet=quiet)
        result.failed.extend(run for run in runs if run["outcome"] != "done")
        for zip_code in zips:
            after = _listings_of(store, code, zip_code)
            was = before[zip_code]
            back = [_told(was[i]) for i in sorted(was.keys() - after.keys())]
            result.came_back.extend(back)
            result.stay.extend(_told(d) | {"why": reason(d)} for _, d in sorted(after.items()))
    return result


def _listings_of(store: "MongoStore", market: str, zip_code: str) -> dict[str, Document]:
    where = {"market": market, "zip": zip_code, "stage": STAGE}
    return {d["listing_id"]: d for d in store.find_partition(QUARANTINE, where)}


def _told(document: Mapping[str, Any]) -> Document:
    listing = document["listing_id"]
    return {"rule": document["rule_id"], "from": listing, "listing": listing}


def _report(result: _Replay, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(result))
    else:
        counts = Counter(row["rule"] for row in result.came_back)
        out.print(f"{len(result.came_back):,} came back, {len(result.stay):,} stay")
        for rule, n in sorted(counts.items()):
            out.print(f"  {rule}: {n:,} came back", markup=False)
        show_some = [{n: row[n] for n in ("rule", "from", "why")} for row in result.stay[:50]]
        if show_some:
            show(show_some, as_json=False, title="Stay", empty="")
        for code in sorted({market for market, _ in result.landed}):
            zips = sorted({z for market, z in result.landed if market == code})
            options = " ".join(f"--zip {z}" for z in zips)
            out.print(f"Next: phoenix-re materialize --market {code} {options}", soft_wrap=True)
        for run in result.failed:
            out.print(f"{run['market']} {run['zip']}: {run['reason']}", markup=False)
    if result.failed:
        raise typer.Exit(1)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
