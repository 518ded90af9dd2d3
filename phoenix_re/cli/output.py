"""How the commands speak: a table for people, the same rows as JSON for machines."""

import json
import os
import sys
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPE_WIDTH = 100  # where there is no terminal to ask; COLUMNS overrules it
GAP = 2  # between two columns
LEAST_PROSE = 15  # columns that a cell with spaces in it needs to be readable


def _console(*, stderr: bool = False) -> Console:
    """As wide as the terminal; a pipe or a log has no width, and rich would cut it at 80."""
    stream = sys.stderr if stderr else sys.stdout
    asks = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, width=None if asks else PIPE_WIDTH)


out = _console()
err = _console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str, empty: str) -> None:
    """Print `rows` (dicts with the same keys) as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
        return
    out.print(table(rows, title=title) if rows else empty)


def table(rows: Sequence[Mapping[str, Any]], *, title: str) -> Table:
    """`rows`, at least one, as `show` prints them."""
    cells = {_heading(name): [text(row[name]) for row in rows] for name in rows[0]}
    numeric = {
        _heading(name)
        for name in rows[0]
        if all(isinstance(row[name], int | float | None) for row in rows)
    }
    if _width(cells) > out.width and len(rows) > 1:  # what all rows share is said once
        cells, title = _without_shared(cells, cells.keys() - numeric, title)
    if not _names(cells) <= _kept_whole(cells) and len(rows) > 1:  # rather than break a name
        cells, title = _without_shared(cells, numeric, title)
    whole = _kept_whole(cells)
    shown = Table(
        title=escape(title),
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
        show_edge=False,
    )
    for name in cells:
        shown.add_column(
            name,
            justify="right" if name in numeric else "left",
            overflow="fold",  # never "…": a cut name cannot be looked up
            no_wrap=name in whole,
        )
    for line in zip(*cells.values(), strict=True):
        shown.add_row(*(escape(value) for value in line))
    return shown


def _without_shared(
    cells: dict[str, list[str]], among: Set[str], title: str
) -> tuple[dict[str, list[str]], str]:
    """The columns without those that say the same in all rows, which the title says instead."""
    shared = {n: c[0] for n, c in cells.items() if n in among and len(set(c)) == 1}
    title += "".join(f", {name} {value}" for name, value in shared.items() if value)
    return {n: c for n, c in cells.items() if n not in shared} or cells, title


def _names(cells: Mapping[str, Sequence[str]]) -> set[str]:
    """The columns of identifiers and numbers, which a line break would spoil."""
    return {name for name, column in cells.items() if not any(" " in cell for cell in column)}


def _width(cells: Mapping[str, Sequence[str]]) -> int:
    return sum(_widest(name, column) + GAP for name, column in cells.items()) - GAP


def _widest(name: str, column: Sequence[str]) -> int:
    return max(cell_len(line) for cell in (name, *column) for line in cell.split("\n"))


def _kept_whole(cells: Mapping[str, Sequence[str]]) -> set[str]:
    """The columns that are not wrapped: names and numbers, as long as there is room for them.

    Narrow ones first, so that one long identifier does not break all the others.
    """
    widths = {name: _widest(name, column) for name, column in cells.items()}
    prose = cells.keys() - _names(cells)
    room = (
        out.width - GAP * (len(cells) - 1) - sum(min(widths[name], LEAST_PROSE) for name in prose)
    )
    whole: set[str] = set()
    for name in sorted(cells.keys() - prose, key=lambda name: (widths[name], name)):
        room -= widths[name]
        if room >= 0:
            whole.add(name)
    return whole


def _heading(name: str) -> str:
    return name.replace("_", " ")


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=_plain, ensure_ascii=False) + "\n")


def text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)


def dollars(cents: int | None) -> int | float | None:
    """Cents as dollars for display: an int where whole."""
    if cents is None:
        return None
    return cents // 100 if cents % 100 == 0 else cents / 100


def fail(message: str) -> NoReturn:
    """Say what went wrong and what to do, and end with exit code 1."""
    err.print(f"[bold red]error[/] {escape(message)}", highlight=False)
    raise typer.Exit(1)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
