"""`phoenix-re market`: list, check and add market files.

Only the conversation with the operator: what a market is stands in `markets.py`, what a new one's
file says in `markets/new.py`.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phoenix_re.markets import (
    FOLDER_VARIABLE,
    Market,
    MarketError,
    Problem,
    load_markets,
    market_of_zip,
    markets_folder,
    read_markets,
)

app = typer.Typer(
    name="market",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help=(
        "List, check and add markets: one YAML file per metro, see markets/README.md.\n\n"
        "A market is a metro with its ZIPs, sources, limits, KPIs, schedule and budget. Add one "
        "by naming its counties; the ZIPs, FIPS codes and timezone are looked up for you."
    ),
)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help=f"Folder of market files. Default: ${FOLDER_VARIABLE}, else the project's markets/.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]


@app.command("list")
def list_markets(folder: Folder = None, as_json: AsJson = False) -> None:
    """Show every market: ZIPs, schedule, sources, budget.

    [bold]Examples[/bold]

      phoenix-re market list

      phoenix-re market list --json | jq '.[].code'
    """
    try:
        markets = load_markets(folder)
    except MarketError as error:
        _print_problems(error.problems)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps([_summary(market) for market in markets.values()], indent=2))
        return
    Console().print(_table(list(markets.values())))


@app.command()
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Check every market file and show [bold]all[/bold] problems. Exit code 1 if there is one.

    Looks for unknown and missing fields, values that are not allowed, rules, parameters and fields
    that there are not, YAML mistakes with their line, and ZIPs that two markets claim.

    [bold]Examples[/bold]

      phoenix-re market check

      phoenix-re market check --folder ../other/markets --json
    """
    from phoenix_re.validate.rules import objections

    folder = folder or markets_folder()
    markets, problems = read_markets(folder, objections)
    zips = len(market_of_zip(markets))
    if as_json:
        report = {
            "ok": not problems,
            "folder": str(folder),
            "markets": list(markets),
            "zips": zips,
            "problems": [
                {"file": p.file, "line": p.line, "field": p.field, "message": p.message}
                for p in problems
            ],
        }
        typer.echo(json.dumps(report, indent=2))
    elif problems:
        _print_problems(problems)
    else:
        typer.echo(f"{len(markets)} markets, {zips} ZIPs: no problems ({folder}).")
    if problems:
        raise typer.Exit(1)


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="Three lower-case letters, the new file's name: slc")],
    county: Annotated[
        list[str],
        typer.Option(
            "--county",
            help='"Name, ST", as often as needed. "Name, ST=01001" gives the FIPS yourself.',
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="What people call it. Default: the city of most ZIPs.",
            show_default=False,
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """Write the file of a new market from its counties: ZIPs, FIPS codes, timezone, map box.

    ZIPs that another market has are left out. An existing file is never overwritten.

    [bold]Examples[/bold]

      phoenix-re market add slc --county "Salt Lake, UT" --name "Salt Lake City"

      phoenix-re market add abq --county "Bernalillo, NM" --county "Sandoval, NM"
    """
    from phoenix_re.markets.new import find_county, market_yaml, plan_market

    folder = folder or markets_folder()
    path = folder / f"{code}.yaml"
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.islower()):
        _fail(f"{code!r} is no market code: three lower-case letters are needed, such as slc.")
    if path.exists():
        _fail(f"{path} exists and is not overwritten. Edit it, or choose another code.")
    markets = _markets_to_join(folder)
    try:
        counties = [find_county(asked) for asked in county]
        new = plan_market(code, counties, name=name, taken=set(market_of_zip(markets)))
    except ValueError as error:  # an UnknownPlaceError, or the name
        _fail(str(error))
    with path.open("x", encoding="utf-8") as file:
        file.write(market_yaml(new))
    try:
        written = load_markets(folder)[code]
    except MarketError as error:
        path.unlink()
        _print_problems(error.problems)
        _fail("The new file would not load, so it was removed.")

    console = Console()
    console.print(_table([written]))
    console.print(f"Wrote {escape(str(path))}.", soft_wrap=True)
    if new.left_out:
        owners = Counter(market_of_zip(markets)[zip_] for zip_ in new.left_out)
        shares = ", ".join(f"{count} in {owner}" for owner, count in owners.items())
        console.print(f"Left out {len(new.left_out)} ZIPs that another market has ({shares}).")
    if new.other_timezones:
        console.print(f"Some ZIPs keep other time: {', '.join(new.other_timezones)}.")
    console.print(
        "Next: edit priority_zips, budget and terminology in the file; `phoenix-re market check`; "
        "then reload the code location in Dagster."
    )


def _markets_to_join(folder: Path) -> dict[str, Market]:
    """The markets that are there; none in a folder without market files yet."""
    if folder.is_dir() and not any(folder.glob("[!_]*.y*ml")):
        return {}
    try:
        return load_markets(folder)
    except MarketError as error:
        _print_problems(error.problems)
        _fail("Mend these first: a new market must not take their ZIPs.")


def _summary(market: Market) -> dict[str, Any]:
    return {
        "code": market.code,
        "name": market.name,
        "enabled": market.enabled,
        "state": market.state,
        "timezone": market.timezone,
        "counties": [county.fips for county in market.counties],
        "zips": len(market.zips),
        "priority_zips": list(market.priority_zips),
        "sources": list(market.sources_in_order),
        "cron": market.schedule.cron,
        "budget_usd_monthly": str(market.budget_usd_monthly),
    }


def _table(markets: list[Market]) -> Table:
    total = sum(len(market.zips) for market in markets)
    several = len(markets) > 1
    table = Table(show_footer=several, box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    table.add_column("Market", f"{len(markets)} markets", no_wrap=True)
    table.add_column("Counties")
    table.add_column("ZIPs", str(total), justify="right")
    table.add_column("Runs at", no_wrap=True)
    table.add_column("Sources")
    budget = sum(market.budget_usd_monthly for market in markets)
    table.add_column("$/month", str(budget), justify="right")
    for market in markets:
        off = "" if market.enabled else " [dim](off)[/dim]"
        table.add_row(
            f"[bold]{market.code}[/bold] {escape(market.name)}, {market.state}{off}",
            _counties(market),
            str(len(market.zips)),
            f"{escape(market.schedule.cron)} {market.timezone.rpartition('/')[2]}",
            ", ".join(market.sources_in_order) or "none",
            str(market.budget_usd_monthly),
        )
    return table


def _counties(market: Market) -> str:
    first, *others = (escape(county.name) for county in market.counties)
    return f"{first} +{len(others)}" if others else first


def _print_problems(problems: tuple[Problem, ...] | list[Problem]) -> None:
    """One line each, `file:line: field: message`, so that editors can jump there."""
    for problem in problems:
        typer.echo(str(problem), err=True)
    typer.echo(f"{len(problems)} problem{'s' * (len(problems) != 1)}.", err=True)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
