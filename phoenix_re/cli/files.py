"""`phoenix-re import`: listing files into the store, with an account of every row."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phoenix_re.cli.output import Json, err, fail, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.collect.landing import Landed


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Listing files: CSV, JSON, gzipped or not.")],
    market: Annotated[
        str | None, typer.Option(help="Take this market's ZIPs only; all else is outside.")
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="auto, or redfin, mls_status_feed, homeharvest, reso …")
    ] = "auto",
    mapping: Annotated[
        Path | None, typer.Option(help="A YAML mapping for a CSV of your own.", exists=True)
    ] = None,
    observed_at: Annotated[
        datetime | None,
        typer.Option(help="When the rows were true (UTC), where the file does not say."),
    ] = None,
    json: Json = False,
) -> None:
    """Read listing FILES into the store; each row ends in exactly one of five counts.

    The market is found from the row's ZIP. Importing a file again changes nothing.

    \b
      phoenix-re import redfin_2025-12-27.csv
      phoenix-re import feed.csv --market phx --json
      phoenix-re import mine.csv --mapping mine.yaml
    """
    from phoenix_re.cli.progress import rows_progress
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.collect.drop import land_file
    from phoenix_re.collect.files import UnrecognisedFile
    from phoenix_re.markets import load_markets, market_of_zip, markets_folder

    markets = load_markets(markets_folder())
    if market is not None:
        if market not in markets:
            fail(f"no market {market!r}; known: {', '.join(markets)}")
        markets = {market: markets[market]}
    market_of = market_of_zip(markets)
    store = open_cli_store()
    landed: list[Landed] = []
    refused: dict[str, str] = {}
    for path in files:
        try:
            with rows_progress(path.name, quiet=json) as progress:
                landed.append(
                    land_file(
                        path,
                        store,
                        market_of,
                        format=format,
                        mapping=mapping,
                        observed_at=observed_at.replace(tzinfo=UTC) if observed_at else None,
                        progress=progress,
                    )
                )
        except (UnrecognisedFile, OSError) as problem:
            refused[str(path)] = str(problem)
    _report(landed, refused, as_json=json)
    if refused:
        raise typer.Exit(1)


def _report(landed: "list[Landed]", refused: dict[str, str], *, as_json: bool) -> None:
    rows = [one.as_row() for one in landed]
    if as_json:
        print_json(
            rows
            + [
                {"file": Path(file).name, "format": None, "error": why}
                | dict.fromkeys(
                    ("read", "new", "changed", "unchanged", "outside", "quarantined"), 0
                )
                for file, why in refused.items()
            ]
        )
    else:
        counts = [{k: v for k, v in r.items() if k not in ("reasons", "touched")} for r in rows]
        show(counts, as_json=False, title="Rows", empty="No file was imported.")
        for one in landed:
            for rule, n in one.reasons.most_common():
                out.print(f"  {one.file}: {n:,} quarantined under {rule}")
            if one.outside_zips:
                top = ", ".join(f"{z} ({n:,})" for z, n in one.outside_zips.most_common(5))
                out.print(f"  {one.file}: outside every market, most often {top}")
    for file, why in refused.items():
        err.print(f"[bold red]refused[/] {file}: {why}", highlight=False)
