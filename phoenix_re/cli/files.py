"""`phoenix-re import`: listing files into the store, with an account of every row."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from phoenix_re.cli.output import Json, err, fail, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.collect.landing import Landed

COUNTS = ("read", "new", "changed", "unchanged", "outside", "quarantined")
STOPPED = "not tried: the database failed at an earlier file"


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Listing files: CSV, JSON, gzipped or not.")],
    market: Annotated[
        str | None, typer.Option(help="Take this market's ZIPs only; all else is outside.")
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="auto, or redfin, mls_status_feed, homeharvest, reso …")
    ] = "auto",
    mapping: Annotated[
        Path | None,
        typer.Option(help="A YAML mapping for a table of your own.", exists=True, dir_okay=False),
    ] = None,
    observed_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When the rows were true, where the file does not say: 2025-05-01, or "
            "2025-05-01T18:00-07:00; a date is its noon, a time without an offset UTC.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Read listing FILES into the store; each row ends in exactly one of five counts.

    The market is found from the row's ZIP. Importing a file again changes nothing. A mapping is
    kept, so that later commands can read its rows and know such a table without being told.

    \b
      phoenix-re import redfin_2025-12-27.csv
      phoenix-re import feed.csv --market phx --json
      phoenix-re import mine.csv --mapping mine.yaml

    Exit code 1 if a file could not be read (the others are imported all the same) or the database
    failed; rows in quarantine are no failure.
    """
    from phoenix_re.cli.progress import rows_progress
    from phoenix_re.cli.store import open_cli_store
    from phoenix_re.collect.world import REAL, world_of

    seen = _moment(observed_at) if observed_at else None
    market_of = _zips_of(market)
    _know_formats(format, mapping)
    try:
        store = open_cli_store()
    except OSError as problem:
        fail(f"the data home cannot be used: {problem}. Set PHOENIX_RE_HOME to a folder")
    if world_of(store) not in {None, REAL}:
        err.print(
            "[yellow]this home holds the sandbox's invented listings:[/] yours will stand among "
            "them. For data of your own use another PHOENIX_RE_HOME.",
            soft_wrap=True,
        )
    job = _Import(store, market_of, format, mapping, seen)
    for path in files:
        with rows_progress(escape(path.name), quiet=json) as progress:
            job.take(path, progress)
    (_print_json if json else _print_tables)(job.outcomes)
    for one in job.outcomes:
        if one.problem:
            err.print(
                f"[bold red]refused[/] {escape(f'{one.path}: {one.problem}')}", soft_wrap=True
            )
    if any(one.problem for one in job.outcomes):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Outcome:
    """What became of one file: its account, or why it has none."""

    path: Path
    landed: "Landed | None" = None
    problem: str | None = None


@dataclass
class _Import:
    store: Any
    market_of: Mapping[str, str]
    format: str
    mapping: Path | None
    observed_at: datetime | None
    outcomes: list[_Outcome] = field(default_factory=list)
    store_failed: bool = False

    def take(self, path: Path, progress: Callable[[int], None] | None) -> None:
        self.outcomes.append(
            _Outcome(path, problem=STOPPED) if self.store_failed else self._landed(path, progress)
        )

    def _landed(self, path: Path, progress: Callable[[int], None] | None) -> _Outcome:
        from pymongo.errors import PyMongoError

        from phoenix_re.collect.drop import land_file
        from phoenix_re.collect.files import UnrecognisedFile

        rows = 0

        def count(n: int) -> None:
            nonlocal rows
            rows += n
            if progress is not None:
                progress(n)

        try:
            landed = land_file(
                path,
                self.store,
                self.market_of,
                format=self.format,
                mapping=self.mapping,
                observed_at=self.observed_at,
                progress=count,
            )
        except UnrecognisedFile as problem:
            return _Outcome(path, problem=str(problem))
        except OSError as problem:
            return _Outcome(path, problem=f"{problem.strerror or problem}{_stored(rows)}")
        except PyMongoError as problem:
            self.store_failed = True
            return _Outcome(path, problem=_store_failure(problem) + _stored(rows))
        return _Outcome(path, landed)


def _stored(rows: int) -> str:
    if not rows:
        return ""
    return f" (the first {rows:,} rows are stored; import the file again, that completes it)"


def _store_failure(problem: Exception) -> str:
    what = re.split(r" \(configured|, Timeout:|, full error", str(problem))[0][:200]
    return (
        f"the database failed ({type(problem).__name__}: {what}). "
        "`phoenix-re doctor` tells what is wrong; then import again"
    )


def _moment(text: str) -> datetime:
    try:
        if len(text.strip()) == len("2025-05-01"):  # midnight UTC would be the evening before
            text = f"{text.strip()}T12:00"
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(
            f"--observed-at {text!r} is not a time; write 2025-05-01, "
            "2025-05-01T18:00 (UTC) or 2025-05-01T18:00-07:00"
        )


def _zips_of(market: str | None) -> dict[str, str]:
    from phoenix_re.cli.markets import known_markets
    from phoenix_re.markets import market_of_zip

    markets = known_markets(market)
    return market_of_zip(markets if market is None else {market: markets[market]})


def _know_formats(name: str, mapping: Path | None) -> None:
    """Register the mappings of earlier imports; end with the remedy if an option cannot be used."""
    from phoenix_re import home
    from phoenix_re.collect import formats

    try:
        formats.register_mappings(home.mappings())
    except (formats.MappingError, OSError) as problem:
        fail(
            f"a mapping kept by an earlier import cannot be used: {problem}. Mend the "
            "file, or import with the mapping again after removing it"
        )
    try:
        if mapping is not None:
            formats.register(formats.load_mapping(mapping))
        elif name != "auto":
            formats.format_named(name)
    except (formats.MappingError, formats.UnknownFormat, OSError) as problem:
        fail(str(problem))


def _print_json(outcomes: list[_Outcome]) -> None:
    print_json([_row(one) for one in outcomes])


def _row(one: _Outcome) -> dict[str, Any]:
    if one.landed is not None:
        return one.landed.as_row()
    from phoenix_re.collect.drop import storable_name

    unread = {"file": storable_name(one.path), "format": None, **dict.fromkeys(COUNTS, 0)}
    return unread | {"reasons": {}, "touched": {}, "error": one.problem}


def _print_tables(outcomes: list[_Outcome]) -> None:
    landed = [one.landed for one in outcomes if one.landed is not None]
    rows = [one.as_row() for one in landed]
    counts = [{"file": row["file"], **{k: row[k] for k in ("format", *COUNTS)}} for row in rows]
    show(counts, as_json=False, title="Rows", empty="No file was imported.")
    for one in landed:
        for line in _remarks(one):
            out.print(f"  {escape(f'{one.file}: {line}')}")


def _remarks(landed: "Landed") -> Iterator[str]:
    for rule, n in landed.reasons.most_common():
        yield f"{n:,} quarantined under {rule}"
    if landed.outside_zips:
        top = ", ".join(f"{z} ({n:,})" for z, n in landed.outside_zips.most_common(5))
        yield f"outside every market, most often {top}"
