"""Any delimited table on disk → its rows, one at a time, in flat memory; no format is needed.

For commands that work on columns which the user names. What the bytes and lines of a file are is
decided as for listing files (`files.py`, `delimited.py`): gzip, encodings, delimiters, quotes that
nobody closed, text before the header. What a row means is not known here.
"""

import gzip
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phoenix_re.collect import files
from phoenix_re.collect.delimited import Broken, Lines, records

_MOST_SHOWN = 30  # columns that a message names


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells in the order of the columns, or why they cannot be told apart."""

    number: int  # from 1, header not counted
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header was found. `rows` reads it from the start, as often as one likes."""

    path: Path
    columns: tuple[str, ...]
    size: int  # bytes on disk
    _source: files._Text
    _header: files._Table

    def rows(self, progress: Callable[[int], None] | None = None) -> Iterator[Row]:
        """The rows; blank lines are none. `progress` is told the bytes read so far, at times.

        Raises `UnrecognisedFile` where a gzip file breaks off.
        """
        number = 0
        with self._source.open() as stream:
            lines = Lines(stream)
            lines.skip(self._header.header_line + 1)
            try:
                for record in records(lines, self._header.delimiter, len(self.columns)):
                    if not isinstance(record, Broken) and not any(map(str.strip, record)):
                        continue
                    number += 1
                    yield self._row(record, number)
                    if progress is not None and number % 500 == 0:
                        progress(_position(stream))
            except files._DAMAGED_GZIP as error:
                raise files.UnrecognisedFile(
                    f"{self.path.name} breaks off after row {number:,} ({error}). Download or "
                    "compress it again."
                ) from error

    def position_of(self, name: str) -> int:
        """Where the column stands; upper case or lower does not matter where it is unambiguous.

        Raises `UnrecognisedFile` with the nearest names where there is no such column.
        """
        if name in self.columns:
            return self.columns.index(name)
        folded = [column.casefold() for column in self.columns]
        if folded.count(name.strip().casefold()) == 1:
            return folded.index(name.strip().casefold())
        near = get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)
        names = [self.columns[folded.index(one)] for one in dict.fromkeys(near)]
        hint = f"; did you mean {' or '.join(map(repr, names))}?" if names else "."
        raise files.UnrecognisedFile(
            f"{self.path.name} has no column {name!r}{hint} Its columns: {self._shown()}"
        )

    def _shown(self) -> str:
        more = len(self.columns) - _MOST_SHOWN
        shown = ", ".join(column[:40] for column in self.columns[:_MOST_SHOWN])
        return f"{shown} and {more} more" if more > 0 else shown

    def _row(self, record: list[str] | Broken, number: int) -> Row:
        width = len(self.columns)
        if isinstance(record, Broken):
            return Row(number, [""] * width, record.reason)
        cells = record + [""] * (width - len(record))
        if not any(map(str.strip, cells[width:])):
            return Row(number, cells[:width])
        reason = f"the row has {len(record)} cells, the header {width}: a comma without quotes?"
        return Row(number, cells[:width], reason)


def open_table(path: Path, wanted: Sequence[str]) -> Table:
    """Find the header of a delimited file: the line that has all `wanted` columns, else the widest.

    Raises `UnrecognisedFile` where the file is empty, no text, or no table, and `OSError` as the
    system gives it.
    """
    path.stat()  # raises where there is no such file
    try:
        source, sample, is_whole = files._sample(path)
    except files.UnrecognisedFile as problem:
        said = str(problem).removesuffix(files._ACCEPTED).rstrip()
        raise files.UnrecognisedFile(f"{said} What can be read is a CSV table.") from problem
    start = sample.lstrip()
    if not start:
        raise files.UnrecognisedFile(f"{path.name} is empty")
    if start[0] in "{[<":
        what = "a web page or XML" if start[0] == "<" else "JSON"
        raise files.UnrecognisedFile(f"{path.name} is {what}; save the table as CSV")
    header = _header(sample, is_whole, {name.strip().casefold() for name in wanted})
    if header is None:
        raise files.UnrecognisedFile(
            f"{path.name} has no header of two columns or more, divided by comma, semicolon, tab "
            "or bar"
        )
    return Table(path, header.columns, path.stat().st_size, source, header)


def _header(sample: str, is_whole: bool, wanted: set[str]) -> files._Table | None:
    lines = re.split(r"\r\n|\n|\r", sample)
    if not is_whole:
        lines.pop()
    widest: files._Table | None = None
    for number, line in enumerate(lines[: files._MOST_LINES_BEFORE_HEADER]):
        for delimiter in files._DELIMITERS:
            table = files._table(number, delimiter, line)
            if table is None:
                continue
            if wanted and wanted <= {column.casefold() for column in table.columns}:
                return table
            if widest is None or len(table.columns) > len(widest.columns):
                widest = table
        if widest is not None and not wanted:
            return widest
    return widest


def _position(stream: io.TextIOWrapper) -> int:
    """Bytes of the file on disk that were read."""
    source: Any = stream.buffer
    if isinstance(source, gzip.GzipFile):
        source = source.fileobj
    return source.tell()
