"""Records of a delimited text file, one at a time, whatever its quotes do.

A quoted cell may hold line breaks; a quote that is never closed must not swallow the rows behind
it. Memory is bounded by one record: overlong lines are skipped, and a record that does not end in
time is given up at its first line, with reading taken up again at its second. No formats here.
"""

import contextlib
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TextIO

LONGEST_LINE = 1 << 20  # characters of one physical line
LONGEST_RECORD = 1 << 20  # characters of one record over all its lines
MOST_LINES = 1_000  # physical lines of one record
KEPT = 1_000  # characters of a broken record that are kept for the operator


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is none, with the rule that it breaks."""

    rule_id: str
    reason: str
    text: str


class _Overlong(Exception):  # noqa: N818 - says what is so
    """A physical line beyond `LONGEST_LINE`; its rest has been skipped."""

    def __init__(self, start: str, length: int) -> None:
        super().__init__(start, length)
        self.start, self.length = start, length


class _Endless(Exception):  # noqa: N818 - says what is so
    """A record that goes on and on: almost surely a quote that nobody closed."""


class Lines:
    """Physical lines of a text stream, remembered per record so that they can be given back."""

    def __init__(self, stream: TextIO) -> None:
        self._readline = stream.readline
        self._given_back: deque[str | _Overlong] = deque()
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._read()
        if isinstance(line, _Overlong):
            raise line
        self.taken.append(line)
        self._size += len(line)
        if len(self.taken) > MOST_LINES or self._size > LONGEST_RECORD:
            raise _Endless
        return line

    def _read(self) -> str | _Overlong:
        line = self._readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            return self._skip(line)
        return line.replace("\0", "") if "\0" in line else line

    def _skip(self, start: str) -> _Overlong:
        length = len(start)
        while rest := self._readline(LONGEST_LINE):
            length += len(rest)
            if rest[-1] in "\r\n":
                break
        return _Overlong(start[:KEPT], length)

    def skip(self, count: int) -> None:
        """Skip lines, as far as there are any: the file may have become shorter meanwhile."""
        with contextlib.suppress(StopIteration):
            for _ in range(count):
                self._read()

    def start_record(self) -> None:
        self.taken = []
        self._size = 0

    def give_back_rest(self, *more: _Overlong) -> str:
        """Give back all lines of the record but its first; the text taken, for the operator."""
        self._given_back.extendleft(reversed([*self.taken[1:], *more]))
        return "".join(self.taken)[:KEPT]


def records(lines: Lines, delimiter: str, width: int) -> Iterator[list[str] | Broken]:
    """The cells of each record, or what is wrong with it. `width` is the header's cell count.

    A record over several lines is one record where its quotes are in order; if it then has not
    `width` cells although one of its lines alone has, the quote before that line was not closed.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.start_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _Overlong as line:
            if lines.taken:
                yield _unclosed(lines.give_back_rest(line))
            else:
                reason = (
                    f"one line of {line.length:,} characters; at most {LONGEST_LINE:,} are read"
                )
                yield Broken("row.too_long", reason, line.start)
            continue
        except (_Endless, csv.Error):
            if len(lines.taken) > 1:
                yield _unclosed(lines.give_back_rest())
            else:
                yield _repaired(lines.taken[0], delimiter, width)
            continue
        if len(lines.taken) > 1 and len(cells) != width and _hides_row(lines, delimiter, width):
            yield _unclosed(lines.give_back_rest())
            continue
        yield cells


def _unclosed(text: str) -> Broken:
    reason = "a quote is opened and not closed; reading went on at the next line"
    return Broken("row.unclosed_quote", reason, text)


def _repaired(line: str, delimiter: str, width: int) -> list[str] | Broken:
    """One line whose quotes are not in order, as `1,"5" deep lot",3`.

    A quote then closes a cell only where the cell ends; what is still not of `width` cells, or not
    closed, is broken.
    """
    if any(len(cell) > csv.field_size_limit() for cell in line.split(delimiter)):
        reason = f"a cell of more than {csv.field_size_limit():,} characters"
        return Broken("row.too_long", reason, line[:KEPT])
    cells: list[str] = []
    position, text = 0, line.rstrip("\r\n")
    while position <= len(text):
        match = _cell(delimiter).match(text, position)
        if match is None:
            break
        quoted, plain = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end() + 1
    return cells if len(cells) == width else _unclosed(line[:KEPT])


@lru_cache(maxsize=8)
def _cell(delimiter: str) -> re.Pattern[str]:
    """A cell up to its delimiter or the end of the line: quoted, or without a quote in front."""
    end = f"(?={re.escape(delimiter)}|$)"
    return re.compile(f'"(.*?)"{end}|((?!")[^{re.escape(delimiter)}]*){end}', re.DOTALL)


def _hides_row(lines: Lines, delimiter: str, width: int) -> bool:
    return any(len(split(line, delimiter) or ()) == width for line in lines.taken[1:])


def split(line: str, delimiter: str) -> list[str] | None:
    """The cells of one physical line on its own; `None` where one of them is too long."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return None
