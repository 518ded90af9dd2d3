"""`phoenix-re match-addresses`: of each pair of addresses in a table, whether they are one home."""

import contextlib
import csv
import json as json_module
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.markup import escape

from phoenix_re.cli.output import Json, err, fail, out, print_json, show

if TYPE_CHECKING:
    from phoenix_re.collect.tables import Row, Table
    from phoenix_re.validate.same_address import Verdict

SHOWN = 20  # pairs that the table on the screen has
WORDS = {
    "same": "same",
    "same_building": "same building",
    "different": "different",
    "unsure": "unsure",
}
ADDED = ("verdict", "reason")

Columns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="The two columns with the addresses. Not needed for a table of just two columns.",
    ),
]
ZipColumns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="ZIP of the first and the second address; one name if they share a column. Not "
        "needed where the address ends with it.",
    ),
]
CityColumns = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="City of the first and the second address, likewise."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "--output",
        metavar="FILE",
        help="Write all rows as CSV, with the columns verdict and reason.",
    ),
]


def match_addresses(
    file: Annotated[Path, typer.Argument(help="A table: CSV, also with semicolons, tabs or bars.")],
    columns: Columns = None,
    zip_columns: ZipColumns = None,
    city_columns: CityColumns = None,
    out_file: Out = None,
    json: Json = False,
) -> None:
    """Say of each pair of addresses in a table whether they are one home, and why.

    \b
    The answers:
      same           one home, however spelt: Cll = Calle, 30 Dr = 30th Drive,
                     # 5 = Apt 5; or a direction or suffix that one side omits
      same building  one house and street, but other units, or a unit on one
                     side only
      different      another house, street, direction or ZIP
      unsure         a person should look: one letter off, Dr against Way,
                     a ZIP next door, no house number

    Two units are never one home, and a unit is never its building: what may
    be a unit and may not be one is unsure. An address may hold its city,
    state and ZIP: "12 N Elm St, Mesa, AZ 85201". Without a ZIP on both sides
    less can be said. Nothing is looked up on the net, nothing is stored.

    \b
    phoenix-re match-addresses pairs.csv
    phoenix-re match-addresses orders.csv --columns ship_to,mls --out all.csv
    phoenix-re match-addresses x.csv --columns a,b --zip-columns zip --json

    Exit code 1 if the file cannot be read or lacks a column; what the answers
    are is no failure. Files of any length are read row by row.
    """
    from phoenix_re.collect.files import UnrecognisedFile

    started = time.monotonic()
    try:
        table, pairs = _opened(file, columns, zip_columns, city_columns)
        with _progress(table, quiet=json) as progress, _written(file, table, out_file) as write:
            counts = _judge(table, pairs, progress, write, as_json=json)
    except UnrecognisedFile as problem:
        fail(f"{problem}")
    except OSError as problem:
        fail(f"{problem.filename or file}: {problem.strerror or problem}")
    _sum_up(counts, out_file, time.monotonic() - started, as_json=json)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Where in a row the two addresses stand, their ZIPs and their cities (-1: nowhere)."""

    addresses: tuple[int, int]
    zips: tuple[int, int]
    cities: tuple[int, int]

    def judge(self, row: "Row") -> "Verdict":
        from phoenix_re.validate.same_address import Verdict, compare

        if row.problem is not None:
            return Verdict("unsure", row.problem, {})
        cells = [*row.cells, ""]  # position -1
        (a, b), (zip_a, zip_b), (city_a, city_b) = self.addresses, self.zips, self.cities
        return compare(
            cells[a],
            cells[b],
            zip_a=cells[zip_a],
            zip_b=cells[zip_b],
            city_a=cells[city_a],
            city_b=cells[city_b],
        )


def _opened(
    file: Path, columns: str | None, zips: str | None, cities: str | None
) -> "tuple[Table, _Pairs]":
    from phoenix_re.collect.tables import open_table

    addresses = _names(columns, "--columns", shared=False)
    zip_names = _names(zips, "--zip-columns", shared=True)
    city_names = _names(cities, "--city-columns", shared=True)
    table = open_table(file, (*addresses, *zip_names, *city_names))
    if not addresses:
        if len(table.columns) != 2:
            fail(
                f"{file.name} has {len(table.columns)} columns: say which two hold the addresses, "
                f"--columns A,B. Its columns: {', '.join(table.columns[:30])}"
            )
        addresses = table.columns

    def places(names: tuple[str, ...]) -> tuple[int, int]:
        first, second = (table.position_of(name) for name in names) if names else (-1, -1)
        return first, second

    return table, _Pairs(places(addresses), places(zip_names), places(city_names))


def _names(option: str | None, name: str, *, shared: bool) -> tuple[str, ...]:
    """The two column names in an option (quotes may hold a comma); () where it is not given."""
    if option is None:
        return ()
    found = [cell.strip() for cell in next(csv.reader([option], skipinitialspace=True), [])]
    if shared and len(found) == 1 and found[0]:
        return found[0], found[0]
    if len(found) != 2 or not all(found) or (not shared and found[0] == found[1]):
        raise typer.BadParameter(
            f"name two columns with a comma between: {name} A,B", param_hint=name
        )
    return tuple(found)


def _judge(
    table: "Table",
    pairs: _Pairs,
    progress: Callable[[int], None] | None,
    write: "Callable[[Row, Verdict], None] | None",
    *,
    as_json: bool,
) -> Counter[str]:
    """Judge every row; to the file, as JSON, or the first ones as a table. Raises as `rows`."""
    from phoenix_re.collect.files import UnrecognisedFile

    counts: Counter[str] = Counter()
    first: list[dict[str, Any]] = []
    streaming = as_json and write is None
    for row in table.rows(progress):
        verdict = pairs.judge(row)
        if streaming:
            sys.stdout.write('{\n  "pairs": [\n' if not counts else ",\n")
            sys.stdout.write(f"    {_as_json(row, pairs, verdict)}")
        elif write is not None:
            write(row, verdict)
        elif len(first) < SHOWN:
            first.append(_shown(row, pairs, verdict))
        counts[verdict.kind] += 1
    if not counts:
        raise UnrecognisedFile(f"{table.path.name} has a header and no rows")
    if streaming:
        sys.stdout.write("\n  ],\n")
    if first:
        show(first, as_json=False, title="Pairs", empty="")
        if counts.total() > len(first):
            more = counts.total() - len(first)
            out.print(f"  … and {more:,} more; --out FILE writes them all", highlight=False)
    return counts


def _as_json(row: "Row", pairs: _Pairs, verdict: "Verdict") -> str:
    a, b = pairs.addresses
    said = {"row": row.number, "a": row.cells[a], "b": row.cells[b], "verdict": verdict.kind}
    return json_module.dumps(
        said | {"reason": verdict.reason, "parts": verdict.parts}, ensure_ascii=False
    )


def _shown(row: "Row", pairs: _Pairs, verdict: "Verdict") -> dict[str, Any]:
    a, b = pairs.addresses
    return {
        "row": row.number,
        "first": row.cells[a],
        "second": row.cells[b],
        "verdict": WORDS[verdict.kind],
        "reason": verdict.reason,
    }


def _sum_up(counts: Counter[str], out_file: Path | None, seconds: float, *, as_json: bool) -> None:
    if as_json:
        counted = {kind: counts[kind] for kind in WORDS}
        if out_file is None:
            sys.stdout.write(f'  "counts": {json_module.dumps(counted)}\n}}\n')
        else:
            print_json({"out": str(out_file), "counts": counted})
        return
    total = counts.total()
    rows = [
        {"verdict": words, "pairs": counts[kind], "share": f"{counts[kind] / total:.1%}"}
        for kind, words in WORDS.items()
    ]
    show(rows, as_json=False, title="Verdicts", empty="")
    where = f" → {escape(str(out_file))}" if out_file else ""
    out.print(f"  {total:,} pairs in {seconds:.1f} s{where}", highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _written(
    file: Path, table: "Table", out_file: Path | None
) -> "Iterator[Callable[[Row, Verdict], None] | None]":
    """What writes a row to `out_file`, which appears only when all is written."""
    if out_file is None:
        yield None
        return
    if not out_file.parent.is_dir():
        fail(f"there is no folder {out_file.parent}; make it first, or name another for --out")
    if out_file.exists() and out_file.samefile(file):
        fail(f"{out_file} is the file that is read; name another for --out")
    if taken := [name for name in ADDED if name in table.columns]:
        fail(
            f"{file.name} has a column {taken[0]!r} already; rename it, --out would write it twice"
        )
    partial = out_file.with_name(f".{out_file.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            yield _writer(stream, table)
        partial.replace(out_file)
    finally:
        partial.unlink(missing_ok=True)


def _writer(stream: TextIO, table: "Table") -> "Callable[[Row, Verdict], None]":
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*table.columns, *ADDED])
    return lambda row, verdict: writer.writerow([*row.cells, verdict.kind, verdict.reason])


@contextlib.contextmanager
def _progress(table: "Table", *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar over the bytes of the file: how many rows it has nobody knows beforehand."""
    if quiet or not err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task(escape(table.path.name), total=table.size)
        yield lambda position: bar.update(task, completed=position)
