"""How the commands speak: a table for people, the same rows as JSON for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str, empty: str) -> None:
    """Print `rows` (dicts with the same keys) as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        out.print(empty)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in rows[0]:
        numeric = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(text(value) for value in row.values()))
    out.print(table)


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
    err.print(f"[bold red]error[/] {message}", highlight=False)
    raise typer.Exit(1)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
