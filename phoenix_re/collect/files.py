"""A listing file from disk → `RawListing` or `Rejected`, one row at a time, in flat memory.

Here it is decided what a file is - its compression, encoding, container, delimiter, header and
format, by content and never by its name - and what a row is: every row that a person would count;
disclaimers, blank lines and repeated headers are none. How records are cut out of the text is told
in `delimited.py` and `json_objects.py`, what their columns mean in `formats/`.
"""

import codecs
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from phoenix_re.collect import formats
from phoenix_re.collect.delimited import KEPT, Broken, Lines, records, split
from phoenix_re.collect.formats import Format
from phoenix_re.collect.json_objects import objects
from phoenix_re.collect.listing import RawListing, Rejected

REJECTION_RULES: dict[str, str] = {
    "row.too_long": "The row is longer than any listing; its line was skipped.",
    "row.too_many_columns": "The row has more cells than the header has columns.",
    "row.too_few_columns": "The row has fewer cells than the header has columns.",
    "row.unclosed_quote": "A quote is opened and never closed; reading went on at the next line.",
    "row.not_an_object": "A row of a JSON file is not an object in braces.",
    "row.too_deep": "The JSON object is nested too deep to be a listing.",
    "file.truncated": "The file breaks off in the middle; the rows before were read.",
    "file.broken": "The JSON is not well-formed from here on; the rows before were read.",
    "listing.too_large": "With this row the listing's versions would not fit into one document.",
    "key.missing": "The row has no key that names the listing at its source.",
    "zip.missing": "The row states no ZIP code.",
    "zip.malformed": "The row's ZIP code is not five digits that can be one.",
}
"""Why a row cannot become a listing: rule id → the rule in a sentence."""

_SAMPLE_BYTES = 256 * 1024
_MOST_LINES_BEFORE_HEADER = 30
_MOST_ODD_ROWS_BEFORE_OBJECT = 100
_DELIMITERS = ",;\t|"
_PROSE_WORDS = 5
_ACCEPTED = (
    "Accepted are CSV (also with semicolons, tabs or bars) and JSON, plain or gzip: Redfin "
    "downloads, MLS status feeds, HomeHarvest tables, RESO replies, and any table through a "
    "mapping file."
)
_BINARY_STARTS = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive; save the sheet as CSV or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document; save the sheet as CSV",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file; export it as CSV",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"BZh": "a bzip2 archive; unpack it, or use gzip",
    b"\xfd7zXZ": "an xz archive; unpack it, or use gzip",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive; unpack it, or use gzip",
}
_GZIP_START = b"\x1f\x8b"
_DAMAGED_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_BYTES = bytes(b for b in range(32) if b not in b"\0\t\n\r\f\x1a\x1b")


class UnrecognisedFile(ValueError):  # noqa: N818 - says what is so
    """The file is not one that we can read; the message says what it is and the way out."""


@dataclass(frozen=True, slots=True)
class ListingFile:
    """A file whose format is known. Iterating reads it from the start, as often as one likes."""

    path: Path
    columns: tuple[str, ...]  # of the header, or of the first object
    observed_at: datetime  # UTC: of rows that do not state their own
    _form: Format | None
    _source: "_Text"
    _table: "_Table | None"  # None: JSON

    @property
    def header(self) -> tuple[str, ...] | None:
        """The columns that every row of a table has; `None` for JSON, whose objects differ."""
        return self._table.columns if self._table else None

    @property
    def format(self) -> str:
        """The format's name; `"empty"` where the file has no rows that could tell it."""
        return self._form.name if self._form else "empty"

    def __iter__(self) -> Iterator[RawListing | Rejected]:
        if self._form is None:
            return iter(())
        if self._table is not None:
            return _table_rows(self._source, self._table, self._form, self.observed_at)
        return _object_rows(self._source, self._form, self.observed_at)


@dataclass(frozen=True, slots=True)
class _Text:
    """How the bytes of a file become text."""

    path: Path
    is_gzip: bool
    encoding: str

    def open(self) -> io.TextIOWrapper:
        errors = _fall_back_to_cp1252() if self.encoding.startswith("utf-8") else "replace"
        stream = _open_bytes(self.path, self.is_gzip)
        return io.TextIOWrapper(stream, encoding=self.encoding, errors=errors, newline="")


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the header of a delimited file stands and what it says."""

    header_line: int  # physical lines before it
    delimiter: str
    cells: tuple[str, ...]  # stripped, as they stand
    columns: tuple[str, ...]  # with names for the nameless and the repeated


def open_listing_file(
    path: str | Path,
    format: str = "auto",  # noqa: A002 - as the CLI calls it
    mapping: str | Path | Format | None = None,
    observed_at: datetime | None = None,
) -> ListingFile:
    """Find out what a file is. Its rows are read by iterating over the result.

    `format` is a format's name, or "auto" to go by the columns. `mapping` is a mapping file (or a
    loaded one), which is then registered so that `formats.read_record` finds it. `observed_at` is
    given to rows that do not state their own time; default: the file's modification time.

    Raises `UnrecognisedFile`, `formats.UnknownFormat`, `formats.MappingError`, and `OSError` as
    the system gives it.
    """
    path = Path(path)
    wanted = _wanted(format, mapping)
    if observed_at is not None and observed_at.tzinfo is None:
        raise ValueError("observed_at needs a time zone, e.g. datetime(2025, 5, 1, tzinfo=UTC)")
    seen = observed_at.astimezone(UTC) if observed_at else modified_at(path)
    source, sample, is_whole = _sample(path)
    start = sample.lstrip()
    if not start:
        return ListingFile(path, (), seen, None, source, None)
    if start[0] == "<":
        raise UnrecognisedFile(
            f"{path.name} is a web page or XML, perhaps an error page that was saved in place of "
            f"the download. {_ACCEPTED}"
        )
    if start[0] in "{[":
        form, columns = _recognise_objects(source, wanted)
        return ListingFile(path, columns, seen, form, source, None)
    form, table = _recognise_table(path.name, sample, is_whole, wanted)
    return ListingFile(path, table.columns, seen, form, source, table)


def modified_at(path: Path) -> datetime:
    """When the file was last written (UTC). Raises `UnrecognisedFile` for a time beyond reading."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (ValueError, OverflowError) as error:
        raise UnrecognisedFile(
            f"{path.name} has a modification time beyond the calendar; `touch` it and try again."
        ) from error


def _wanted(name: str, mapping: str | Path | Format | None) -> Format | None:
    if mapping is not None:
        form = mapping if isinstance(mapping, Format) else formats.load_mapping(Path(mapping))
        return formats.register(form)
    return None if name == "auto" else formats.format_named(name)


# ── Bytes to text ────────────────────────────────────────────────────────────────────────────────


def _open_bytes(path: Path, is_gzip: bool) -> gzip.GzipFile | io.BufferedReader:
    return gzip.GzipFile(path, "rb") if is_gzip else path.open("rb")


def _sample(path: Path) -> tuple[_Text, str, bool]:
    """How to read the file, the text of its start, and whether that is all of it."""
    if not path.is_file():
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; name a file in it")
        raise UnrecognisedFile(f"{path.name} is not a regular file. {_ACCEPTED}")
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == _GZIP_START
    start, is_whole = _read_start(path, is_gzip)
    for magic, what in _BINARY_STARTS.items():
        if start.startswith(magic):
            raise UnrecognisedFile(f"{path.name} is {what}. {_ACCEPTED}")
    encoding = _encoding(start)
    if encoding is None:
        raise UnrecognisedFile(f"{path.name} is a binary file, not text. {_ACCEPTED}")
    source = _Text(path, is_gzip, encoding)
    errors = _fall_back_to_cp1252() if encoding.startswith("utf-8") else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    return source, decoder.decode(start, final=is_whole).replace("\0", ""), is_whole


def _read_start(path: Path, is_gzip: bool) -> tuple[bytes, bool]:
    start = bytearray()
    with _open_bytes(path, is_gzip) as stream:
        try:
            while len(start) < _SAMPLE_BYTES:
                chunk = stream.read1(_SAMPLE_BYTES)
                if not chunk:
                    return bytes(start), True
                start += chunk
        except _DAMAGED_GZIP as error:
            if not start:
                raise UnrecognisedFile(
                    f"{path.name} is a damaged gzip file ({error}). Download it again."
                ) from error
            return bytes(start), True
    return bytes(start), False


def _encoding(start: bytes) -> str | None:
    """The encoding of a text that starts so; `None` where it is no text.

    Without a byte order mark it is UTF-8, in which single bytes that are not are read as cp1252:
    that reads UTF-8, Latin-1, cp1252 and mixtures of them, wherever in the file they differ, which
    guessing from a sample's statistics cannot.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name
    start = start.rstrip(b"\0") or start  # padding
    zeros = start.count(0)
    if zeros > len(start) * 0.3:
        odd = start[1::2].count(0)
        if odd > zeros * 0.9:
            return "utf-16-le"
        return "utf-16-be" if odd < zeros * 0.1 else None
    controls = len(start) - len(start.translate(None, _CONTROL_BYTES))
    return None if controls > len(start) * 0.02 or zeros > len(start) * 0.1 else "utf-8"


def _fall_back_to_cp1252() -> str:
    """The name of the decoding error handler that reads stray bytes as cp1252."""
    name = "phoenix_re_cp1252"
    codecs.register_error(name, _stray_bytes)
    return name


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    text = "".join(
        bytes([byte]).decode("cp1252", errors="ignore") or bytes([byte]).decode("latin-1")
        for byte in stray
    )
    return text, error.end


# ── Delimited text ───────────────────────────────────────────────────────────────────────────────


def _recognise_table(
    name: str, sample: str, is_whole: bool, wanted: Format | None
) -> tuple[Format, _Table]:
    """The format and the header, which may stand behind lines of disclaimers and blank ones."""
    lines = re.split(r"\r\n|\n|\r", sample)
    if not is_whole:
        lines.pop()
    widest: _Table | None = None
    for number, line in enumerate(lines[:_MOST_LINES_BEFORE_HEADER]):
        for delimiter in _DELIMITERS:
            table = _table(number, delimiter, line)
            if table is None:
                continue
            form = wanted if wanted and not wanted.missing_from(table.columns) else None
            form = form or (None if wanted else formats.recognise(table.columns))
            if form is not None:
                return form, table
            if widest is None or len(table.columns) > len(widest.columns):
                widest = table
    raise UnrecognisedFile(_unknown_columns(name, widest.columns if widest else (), wanted))


def _table(number: int, delimiter: str, line: str) -> _Table | None:
    cells = [cell.strip() for cell in split(line, delimiter) or ()]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) < 2:
        return None
    columns: dict[str, None] = {}
    copies: Counter[str] = Counter()
    for position, cell in enumerate(cells, start=1):
        name = column = cell or f"column_{position}"
        while column in columns:
            copies[name] += 1
            column = f"{name} ({copies[name] + 1})"
        columns[column] = None
    return _Table(number, delimiter, tuple(cells), tuple(columns))


def _unknown_columns(name: str, columns: tuple[str, ...], wanted: Format | None) -> str:
    shown = ", ".join(column[:40] for column in columns[:30]) or "none that could be told apart"
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    if wanted is not None:
        lacking = ", ".join(wanted.missing_from(columns))
        return (
            f"{name} cannot be read as {wanted.name!r}: it lacks the columns {lacking}. "
            f"Columns seen: {shown}{more}."
        )
    nearest = formats.nearest_format(columns)
    hint = ""
    if nearest is not None:
        lacking = ", ".join(nearest.missing_from(columns)[:8])
        hint = f" The nearest format is {nearest.name!r}" + (
            f", for which it lacks {lacking}." if lacking else ", with other columns beside it."
        )
    return (
        f"{name} has columns that no known format has. Columns seen: {shown}{more}.{hint} "
        "Say which column is what in a mapping file and give it with --mapping FILE. " + _ACCEPTED
    )


def _table_rows(
    source: _Text, table: _Table, form: Format, observed_at: datetime
) -> Iterator[RawListing | Rejected]:
    layout = form.layout(table.columns)
    columns, width = table.columns, len(table.columns)
    row = 0
    with source.open() as stream:
        lines = Lines(stream)
        try:
            lines.skip(table.header_line + 1)
            for record in records(lines, table.delimiter, width):
                if isinstance(record, Broken):
                    row += 1
                    yield Rejected(record.rule_id, record.reason, record.text, row)
                    continue
                cells = record if len(record) <= width else _without_empty_tail(record, width)
                if not _is_row(cells, table):
                    continue
                row += 1
                if len(cells) == width:
                    yield layout.listing(dict(zip(columns, cells, strict=True)), observed_at, row)
                else:
                    yield _wrong_width(cells, table, row)
        except _DAMAGED_GZIP as error:
            yield _cut_gzip(error, row + 1)


def _without_empty_tail(cells: list[str], width: int) -> list[str]:
    return cells[:width] if not any(cell.strip() for cell in cells[width:]) else cells


def _is_row(cells: list[str], table: _Table) -> bool:
    """Whether a person would count it: not blank, no disclaimer, not the header once more."""
    if not cells:
        return False
    first = cells[0].strip()
    if not any(cells[1:]) or not any(cell.strip() for cell in cells[1:]):
        return bool(first) and len(first.split()) < _PROSE_WORDS
    if first == table.cells[0]:
        return [cell.strip() for cell in cells[: len(table.cells)]] != list(table.cells)
    return not first.casefold().startswith("in accordance with")


def _wrong_width(cells: list[str], table: _Table, row: int) -> Rejected:
    width = len(table.columns)
    rule = "row.too_many_columns" if len(cells) > width else "row.too_few_columns"
    reason = f"the row has {len(cells)} cells, the header {width} columns"
    return Rejected(rule, reason, table.delimiter.join(cells)[:KEPT], row)


def _cut_gzip(error: Exception, row: int) -> Rejected:
    return Rejected("file.truncated", f"the gzip file breaks off or is damaged: {error}", "", row)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────


def _recognise_objects(
    source: _Text, wanted: Format | None
) -> tuple[Format | None, tuple[str, ...]]:
    """The format by the keys of the first object; no format where the file holds no rows."""
    name = source.path.name
    with source.open() as stream:
        try:
            for count, found in enumerate(objects(stream.read)):
                if isinstance(found, dict):
                    columns = tuple(found)
                    form = wanted or formats.recognise(columns)
                    if form is None or len(form.missing_from(columns)) == len(form.signature):
                        raise UnrecognisedFile(_unknown_columns(name, columns, wanted))
                    return form, columns
                if found.rule_id.startswith("file.") or count >= _MOST_ODD_ROWS_BEFORE_OBJECT:
                    raise UnrecognisedFile(
                        f"{name} looks like JSON and has no object that could be read: "
                        f"{found.reason}. {_ACCEPTED}"
                    )
        except _DAMAGED_GZIP as error:
            raise UnrecognisedFile(
                f"{name} is a damaged gzip file ({error}). Download it again."
            ) from error
    return wanted, ()


def _object_rows(
    source: _Text, form: Format, observed_at: datetime
) -> Iterator[RawListing | Rejected]:
    row = 0
    with source.open() as stream:
        try:
            for found in objects(stream.read):
                row += 1
                if isinstance(found, Broken):
                    yield Rejected(found.rule_id, found.reason, found.text, row)
                else:
                    yield form.layout(tuple(found)).listing(found, observed_at, row)
        except _DAMAGED_GZIP as error:
            yield _cut_gzip(error, row + 1)
