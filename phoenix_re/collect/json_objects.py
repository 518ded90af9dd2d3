"""Objects of a JSON file, one at a time: a list, `{"value": […]}`, one bare object, or JSON lines.

Memory is bounded by one object. A file that breaks off gives its whole objects first. No formats
here.
"""

import math
import re
import string
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import ijson

from phoenix_re.collect.delimited import KEPT, Broken
from phoenix_re.collect.parse import shown

LONGEST_OBJECT = 2 << 20  # bytes of one object; as BSON it is at most six times as long
DEEPEST = 32  # levels of nesting inside an object; MongoDB stores at most 100
ENVELOPES = frozenset({"value", "listings", "results", "records", "items", "data"})
_INT64 = 1 << 63

Event = tuple[str, Any]


class _TooLong(Exception):  # noqa: N818 - says what is so
    """More bytes than an object may have."""


class _Standard:
    """Reads JSON in which NaN and Infinity, which Python writes and JSON lacks, have become null.

    A number of thousands of digits becomes a string: ijson's C code fails on it, and leaves an
    exception behind that comes up anywhere later. What stands in strings stays. A chunk may end
    anywhere, so a lone backslash, a word or a number at its end waits for the next one.
    """

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._waiting = ""
        self._in_string = False

    def __call__(self, size: int) -> str:
        while chunk := self._read(size):
            if text := self._pass(self._waiting + chunk):
                return text
        if size == 0:
            return ""
        text, self._waiting = self._waiting, ""
        return text if self._in_string else _standard(text)

    def _pass(self, text: str) -> str:
        start = 0
        if self._in_string:
            start, self._in_string = _rest_of_string(text, 0)
            if self._in_string:
                self._waiting = text[start:]
                return text[:start]
        whole = _WHOLE_STRINGS.match(text, start)
        middle_end = end = whole.end() if whole else start
        if end < len(text):
            end, self._in_string = _rest_of_string(text, end + 1)
        else:
            middle_end = end = max(start, len(text.rstrip(_OF_A_WORD)))
        self._waiting = text[end:]
        if len(self._waiting) > _LONGEST_WORD:
            raise ValueError(f"a word or number of more than {_LONGEST_WORD:,} characters")
        return text[:start] + _standard(text[start:middle_end]) + text[middle_end:end]


_IN_STRING = r'(?:[^"\\]++|\\.)*+'
_STRING_REST = re.compile(f'{_IN_STRING}("?)', re.DOTALL)
_WHOLE_STRINGS = re.compile(f'(?:[^"]++|"{_IN_STRING}")*+', re.DOTALL)
_OF_A_WORD = string.ascii_letters + string.digits + "-+."
_LONGEST_WORD = 100_000
_HUGE = re.compile(r"\d{1000}")
_STRING_OR_ODD = re.compile(
    rf'("{_IN_STRING}")|-?(?:NaN|Infinity)|(-?\d[\d.eE+-]{{999,}})', re.DOTALL
)


def _standard(text: str) -> str:
    """`text` begins and ends outside of strings, words and numbers."""
    if "NaN" in text or "Infinity" in text or _HUGE.search(text):
        return _STRING_OR_ODD.sub(
            lambda found: found[1] or (f'"{found[2]}"' if found[2] else "null"), text
        )
    return text


def _rest_of_string(text: str, start: int) -> tuple[int, bool]:
    """Where the text of a string that is open at `start` ends, and whether it is open still."""
    rest = _STRING_REST.match(text, start)
    return (rest.end(), not rest[1]) if rest else (start, True)


class _Metered:
    """The byte stream that ijson reads, which stops where one object takes too much of it."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = _Standard(read)
        self._since_object = 0
        self.at_end = False

    def read(self, size: int) -> bytes:
        chunk = self._read(size).encode()
        self.at_end = self.at_end or (size > 0 and not chunk)
        self._since_object += len(chunk)
        if self._since_object > LONGEST_OBJECT:
            raise _TooLong
        return chunk

    def object_done(self) -> None:
        self._since_object = 0


def objects(read: Callable[[int], str]) -> Iterator[dict[str, Any] | Broken]:
    """Every object that is a row, or what is wrong in its place, in the order of the file.

    `read(size)` gives text. After a `file.*` problem or an overlong object nothing more can be
    read: where the next object begins is not known.
    """
    source = _Metered(read)
    events: Iterator[Event] = ijson.basic_parse(source, multiple_values=True)
    try:
        for event in events:
            if event[0] == "start_array":
                yield from _elements(events, source)
            elif event[0] == "start_map":
                yield from _envelope_or_object(events, source)
            else:
                yield _not_an_object(event[1])
            source.object_done()
    except _TooLong:
        reason = f"more than {LONGEST_OBJECT:,} bytes without an object ending; reading stopped"
        yield Broken("row.too_long", reason, "")
    except (ijson.JSONError, ValueError) as error:
        if source.at_end:
            yield Broken("file.truncated", "the JSON breaks off before its end", "")
            return
        what = " ".join(str(error).split("\n", 1)[0].split())[:200]  # then come excerpts and arrows
        reason = f"the JSON is broken here, the rest cannot be read: {what}"
        yield Broken("file.broken", reason, "")


def _elements(events: Iterator[Event], source: _Metered) -> Iterator[dict[str, Any] | Broken]:
    for event in events:
        if event[0] == "end_array":
            return
        yield _row(event, events)
        source.object_done()


def _envelope_or_object(
    events: Iterator[Event], source: _Metered
) -> Iterator[dict[str, Any] | Broken]:
    build = _Builder(events)
    members: dict[str, Any] = {}
    is_envelope = False
    for kind, key in events:
        if kind == "end_map":
            break
        first = next(events)
        if first[0] == "start_array" and key in ENVELOPES:
            is_envelope = True
            yield from _elements(events, source)
        else:
            members[_name(key)] = build.value(first, 1)
    if not is_envelope:
        yield _TOO_DEEP if build.too_deep else members


def _row(event: Event, events: Iterator[Event]) -> dict[str, Any] | Broken:
    build = _Builder(events)
    value = build.value(event, 0)
    if build.too_deep:
        return _TOO_DEEP
    return value if isinstance(value, dict) else _not_an_object(value)


_TOO_DEEP = Broken("row.too_deep", f"an object nested more than {DEEPEST} levels deep", "")


def _not_an_object(value: Any) -> Broken:
    return Broken("row.not_an_object", "a row of JSON is an object in braces", shown(value, KEPT))


class _Builder:
    """Builds one value from events; what lies too deep is read over."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self.too_deep = False

    def value(self, event: Event, depth: int) -> Any:
        kind, given = event
        if kind in ("start_map", "start_array") and depth >= DEEPEST:
            self._read_over()
            return None
        if kind == "start_map":
            return self._map(depth)
        if kind == "start_array":
            return self._array(depth)
        return _number(given) if kind == "number" else given

    def _map(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for kind, key in self._events:
            if kind == "end_map":
                break
            members[_name(key)] = self.value(next(self._events), depth + 1)
        return members

    def _array(self, depth: int) -> list[Any]:
        elements: list[Any] = []
        for event in self._events:
            if event[0] == "end_array":
                break
            elements.append(self.value(event, depth + 1))
        return elements

    def _read_over(self) -> None:
        self.too_deep = True
        open_brackets = 1
        for kind, _ in self._events:
            if kind in ("start_map", "start_array"):
                open_brackets += 1
            elif kind in ("end_map", "end_array"):
                open_brackets -= 1
                if open_brackets == 0:
                    return


def _name(key: str) -> str:
    """A member's name without NUL, which no document database takes in a name."""
    return key.replace("\0", "") if "\0" in key else key


def _number(given: int | Decimal) -> int | float | str:
    """A number that a document database can hold: beyond 64 bits, its digits as text."""
    if isinstance(given, Decimal):
        number = float(given)
        return number if math.isfinite(number) else str(given)
    return given if -_INT64 <= given < _INT64 else str(Decimal(given))
