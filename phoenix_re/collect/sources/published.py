"""Big tables that a publisher puts out for download: how they are opened, and what in them is news.

For the sources whose upstream is an object store with one file for the whole country. Which columns
mean what is theirs. Memory follows our ZIPs and months, never the size of a file.
"""

import base64
import csv
import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from phoenix_re.collect import judging
from phoenix_re.collect.errors import ContractError, PermanentError, TransientError
from phoenix_re.collect.source import Item, Session

_LONGEST_LINE = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_DIGEST_BYTES = 6  # 8 characters; one revision in 10**14 goes unseen
_DIGEST_CHARACTERS = 8
_NOTHING = "-" * _DIGEST_CHARACTERS


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


def judge_for(page: str) -> Callable[[str, httpx.Response], None]:
    """Of an object store, where a missing file is 403 or 404; `page` lists the files there are."""

    def judge(source: str, response: httpx.Response) -> None:
        if response.status_code in {403, 404, 410}:
            where = judging.without_secrets(response.request.url)
            raise PermanentError(
                source,
                f"{where} is not there ({response.status_code}: {judging.said(response)}). Files "
                f"are renamed now and then: find the new name on {page} and set it in the "
                "source's options.",
            )
        refuse_page(source, response)
        judging.general(source, response)

    return judge


def refuse_page(source: str, response: httpx.Response) -> None:
    """`TransientError` for an HTML page with status 200 in a file's place: a front's bad moment."""
    if response.is_success and "html" in response.headers.get("content-type", ""):
        where = judging.without_secrets(response.request.url)
        raise TransientError(source, f"{where} gave an HTML page in place of the file")


def each(session: Session, jobs: Iterable[Callable[[], Iterator[Item]]]) -> Iterator[Item]:
    """What all jobs yield, though one file is missing or has changed its shape.

    The first such error is raised at the end, further ones are notes.
    """
    troubles: list[PermanentError | ContractError] = []
    for job in jobs:
        try:
            yield from job()
        except (PermanentError, ContractError) as error:
            troubles.append(error)
    for trouble in troubles[1:]:
        session.note(trouble.message)
    if troubles:
        raise troubles[0]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Table:
    """The header, and those rows that have one of the wanted ZIPs anywhere in their text."""

    columns: tuple[str, ...]
    rows: Iterator[list[str]]


@contextmanager
def table_of(source: str, path: Path, zips: Iterable[str]) -> Iterator[Table]:
    """A delimited file, plain or gzip, tabs or commas; a row is one line.

    The rows raise `ContractError` where the file is no such table or breaks off.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        lines = _lines(source, path, partial(stream.readline, _LONGEST_LINE))
        first = next(lines, b"").removeprefix(_BOM).decode("utf-8", "replace").strip("\r\n")
        if not first.strip() or first.lstrip().startswith("<"):
            said = f"begins with {first[:60]!r}" if first.strip() else "is empty"
            raise ContractError(source, f"{path.name} {said}: not a table", first)
        delimiter = "\t" if first.count("\t") > first.count(",") else ","
        columns = _cells(source, path, first, delimiter)
        yield Table(tuple(columns), _rows(source, path, lines, delimiter, len(columns), zips))


def _lines(source: str, path: Path, read: Callable[[], bytes]) -> Iterator[bytes]:
    number = 0
    try:
        while line := read():
            number += 1
            if len(line) == _LONGEST_LINE:
                raise ContractError(source, f"{path.name}: line {number} is no row, it never ends")
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ContractError(
            source,
            f"{path.name} breaks off after line {number} ({error}). Delete {path.parent}, so that "
            "it is downloaded anew.",
        ) from error


def _rows(
    source: str,
    path: Path,
    lines: Iterator[bytes],
    delimiter: str,
    width: int,
    zips: Iterable[str],
) -> Iterator[list[str]]:
    # Only lines with one of our ZIPs are cut into cells: some 20 in 100,000.
    ours = re.compile(b"|".join(sorted(z.lstrip("0").encode() for z in zips)))
    for line in lines:
        if ours.search(line) is None:
            continue
        text = line.decode("utf-8", "replace").strip("\r\n")
        cells = _cells(source, path, text, delimiter)
        if len(cells) != width:
            raise ContractError(
                source,
                f"{path.name}: a row of {len(cells)} cells under a header of {width}. If it is the "
                f"last one, the file breaks off: delete {path.parent}. Row: {text[:80]!r}",
                text,
            )
        yield cells


def _cells(source: str, path: Path, text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise ContractError(source, f"{path.name}: {error}: {text[:80]!r}", text) from error


def number_in(source: str, text: str, where: str) -> float | None:
    """A finite number; None for a blank or `NA`. Raises `ContractError`, naming `where`."""
    stripped = text.strip()
    if not stripped or stripped.casefold() in {"na", "nan", "null"}:
        return None
    try:
        value = float(stripped)
    except ValueError:
        value = float("inf")
    if not abs(value) <= 1e15:
        raise ContractError(source, f"{where}: {stripped[:40]!r} is not a number", text)
    return value


def changed_on(path: Path, newest: date, now: datetime) -> date:
    """The day on which the publisher put the file out: its `Last-Modified`, else the newest period.

    The file's modification time is the former (`Session.download`); one before the newest period
    or after `now` is none.
    """
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return day if newest <= day <= now.date() else newest


# ── months ──────────────────────────────────────────────────────────────────────────────────────


def month_of(day: date | datetime) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def last_day(month: int) -> date:
    following = month + 1
    return date.fromordinal(date(following // 12, following % 12 + 1, 1).toordinal() - 1)


# ── what is news ────────────────────────────────────────────────────────────────────────────────


def digest_of(*values: float | None) -> str:
    text = "|".join(map(repr, values)).encode()
    return base64.b64encode(hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()).decode()


@dataclass
class Said:
    """What one file said before, in the cursor: for each name (a ZIP) the file's stamp when it was
    last read, and a digest per month, newest first. About 500 bytes for 60 months."""

    cursor: MutableMapping[str, Any]
    file: str
    _memory: MutableMapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        key = re.sub(r"\W+", "_", self.file).strip("_")  # no dots: it is a key in the store
        self._memory = self.cursor.setdefault("files", {}).setdefault(key, {})

    @staticmethod
    def stamp(path: Path, *terms: object) -> str:
        """Tells one state of a file, read on certain terms, from another."""
        state = path.stat()
        said = "|".join(map(str, (state.st_mtime_ns, state.st_size, *terms)))
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def unread(self, names: Iterable[str], stamp: str) -> set[str]:
        """Those that were not read from the file in this state."""
        return {n for n in names if self._memory.get(n, {}).get("stamp") != stamp}

    def news(self, name: str, digests: Mapping[int, str]) -> list[int]:
        """The months that say something new, oldest first."""
        kept = self._memory.get(name, {})
        text, newest = kept.get("digests", ""), kept.get("newest", 0)
        before = {
            newest - at: text[at * _DIGEST_CHARACTERS : (at + 1) * _DIGEST_CHARACTERS]
            for at in range(len(text) // _DIGEST_CHARACTERS)
        }
        return sorted(month for month, digest in digests.items() if before.get(month) != digest)

    def remember(self, name: str, stamp: str, digests: Mapping[int, str]) -> None:
        """To be called once all news of `name` has been yielded."""
        newest, oldest = max(digests, default=0), min(digests, default=1)
        self._memory[name] = {
            "stamp": stamp,
            "newest": newest,
            "digests": "".join(digests.get(m, _NOTHING) for m in range(newest, oldest - 1, -1)),
        }
