"""`phoenix-re audit`: a sample of served values for a person to check, and what it shows."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from phoenix_re.cli.markets import known_markets
from phoenix_re.cli.output import Json, fail, out, show
from phoenix_re.cli.store import open_cli_store
from phoenix_re.storage import AUDITS, PROPERTIES

app = typer.Typer(
    no_args_is_help=True,
    help="Are the served values right? Draw a random sample, look each value up at the authority "
    "(county assessor, MLS), record what it says, and see what that shows.\n\n\b\n"
    "  phoenix-re audit draw --market phx --size 300 --seed 1 --out sheet.csv\n"
    "  phoenix-re audit record sheet.csv\n"
    "  phoenix-re audit report --market phx",
)

COLUMNS = (
    *("id", "property", "address", "zip", "field", "our_value", "source", "source_key", "link"),
    *("weight", "authority_value"),
)

MarketOption = Annotated[str, typer.Option(help="Market code.")]
Size = Annotated[int, typer.Option(help="Properties to draw, over all ZIPs and sources.", min=1)]
Seed = Annotated[int, typer.Option(help="The same seed draws the same from the same properties.")]
Sheet = Annotated[
    Path, typer.Option("--out", help="The sheet, a CSV file that must not exist yet.")
]


@app.command()
def draw(market: MarketOption, sheet_file: Sheet, size: Size = 300, seed: Seed = 1) -> None:
    """Write a sheet of served values, from a random sample stratified by source and ZIP.

    Fill the column authority_value with what the authority says (`none`: it has no such value), on
    a path of its own: not from the source that we read. Leave empty what could not be found out.
    299 right ones and no wrong one show more than 99 % (473 with one wrong, 628 with two).
    """
    from phoenix_re.validate import audit

    store = open_cli_store()
    zips = set(known_markets(market)[market].zips)
    served = store.find_partition(PROPERTIES, {"market": market})
    homes = [home for home in served if home["zip"] in zips]
    if not homes:
        fail(f"no properties in {market} yet: `phoenix-re materialize --market {market} --all`")
    if sheet_file.exists():
        fail(f"{sheet_file} exists; name another file, it may hold somebody's work")
    questions = audit.draw(market, homes, size, seed, datetime.now(UTC).replace(microsecond=0))
    with sheet_file.open("w", newline="", encoding="utf-8") as sheet:
        lines = csv.writer(sheet)
        lines.writerow(COLUMNS)
        for q in questions:
            lines.writerow(
                [
                    q["_id"], q["property_id"], _as_text(q["address"]), q["zip"], q["field"],
                    _as_text(q["ours"]), q["source"], q["source_key"], _as_text(q["url"]),
                    round(q["weight"], 4), "",
                ]
            )  # fmt: skip
    store.upsert(AUDITS, questions)
    drawn = len({q["property_id"] for q in questions})
    out.print(f"{len(questions):,} values of {drawn:,} of {len(homes):,} properties: {sheet_file}")


def _as_text(value: str | None) -> str:
    """A source's text, such that a spreadsheet does not take it for a formula."""
    text = value or ""
    return f"'{text}" if text[:1] in {"=", "+", "@", "\t"} else text


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="A sheet of `audit draw`, filled.", exists=True)],
) -> None:
    """Store what the authority says. All lines of the sheet or, if one cannot be read, none.

    Exact for ids, dates, words and numbers of rooms, within 1 % for areas and 50 m for places.
    Safe to repeat; a later sheet overrules an earlier one.
    """
    from phoenix_re.validate import audit

    with file.open(newline="", encoding="utf-8-sig") as sheet:
        lines = list(csv.DictReader(sheet))
    if not lines or not {"id", "authority_value"} <= lines[0].keys():
        fail(f"{file} is no sheet of `phoenix-re audit draw`: it needs the columns of one")
    answered = [
        (number, line["id"], line["authority_value"])
        for number, line in enumerate(lines, 2)
        if (line["authority_value"] or "").strip()
    ]
    store = open_cli_store()
    questions = {q["_id"]: q for q in store.find_ids(AUDITS, [line[1] for line in answered])}
    now = datetime.now(UTC).replace(microsecond=0)
    judged, wrong = [], []
    for number, question_id, theirs in answered:
        if question_id not in questions:
            wrong.append(f"line {number}: {question_id!r} was never drawn in this database")
            continue
        try:
            judged.append(audit.judged(questions[question_id], theirs, now))
        except audit.SheetError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = f"\n… and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        fail("\n".join(wrong[:20]) + more + "\nnothing was stored; mend the sheet and repeat")
    store.upsert(AUDITS, judged)
    errors = sum(not one["correct"] for one in judged)
    out.print(
        f"{len(judged):,} values recorded, {errors:,} of them wrong; "
        f"{len(lines) - len(answered):,} left open"
    )


@app.command()
def report(market: MarketOption, json: Json = False) -> None:
    """Per field: right / audited, the exact lower bound, and how many more are needed."""
    from phoenix_re.validate import audit

    target = known_markets(market)[market].kpis.accuracy.target
    since = audit.window(datetime.now(UTC))
    audits = [
        one
        for one in open_cli_store().find_partition(AUDITS, {"market": market})
        if one["drawn_at"] >= since
    ]
    show(
        audit.report(audits, target),
        as_json=json,
        title=f"Audited accuracy of {market}, draws of the last {audit.WINDOW_DAYS} days; "
        f"shown: the lower 95 % bound is above {target:g}",
        empty=f"Nothing drawn in {market}: `phoenix-re audit draw --market {market} --out FILE`.",
    )
