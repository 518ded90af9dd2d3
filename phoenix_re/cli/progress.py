"""Progress bars on standard error; silent where nobody looks (`--json`, pipes)."""

import contextlib
import logging
from collections.abc import Callable, Iterator

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from phoenix_re.cli.output import err


@contextlib.contextmanager
def rows_progress(name: str, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Counts rows of a file whose length nobody knows."""
    if quiet or not err.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(f"{name}: 0 rows")
        rows = 0

        def advance(n: int) -> None:
            nonlocal rows
            rows += n
            progress.update(task, description=f"{name}: {rows:,} rows")

        yield advance


@contextlib.contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Yields what to call after each of `total` things; silent where nobody looks."""
    if not err.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


@contextlib.contextmanager
def zips_progress(market: str, total: int, *, quiet: bool) -> Iterator[dict[str, str | None]]:
    """Advances with each ZIP that `assets/zip_stages.py` reports; yields {zip: failure or None}."""
    outcomes: dict[str, str | None] = {}
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    task = bar.add_task(market, total=total)

    class Listen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            zip_code, failure = record.__dict__["zip"], record.__dict__["failure"]
            outcomes[zip_code] = failure
            bar.update(task, advance=1, description=f"{market} {zip_code}")

    log = logging.getLogger("phoenix_re.zips")
    handler = Listen()
    level, propagate = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        with bar:
            yield outcomes
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        log.propagate = propagate
