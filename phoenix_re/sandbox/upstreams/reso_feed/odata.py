"""The part of OData 4 that RESO servers speak: `$filter`, `$orderby`, `$select`, over rows of JSON.

`$filter` knows eq ne gt ge lt le, and or not, parentheses, in, and the literals of text, number,
date, time, true, false, null. A field that the resource lacks, or a literal of another type than
the field's, is an `ODataError`: status 400.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]
Fields = Mapping[str, str]  # name → EDM type
INDEXED = "PostalCode"

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))
    | (?P<date>\d{4}-\d{2}-\d{2})
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_LITERALS = {
    "text": {"Edm.String"},
    "time": {"Edm.DateTimeOffset"},
    "date": {"Edm.Date"},
    "number": {"Edm.Decimal", "Edm.Int64", "Edm.Double"},
    "boolean": {"Edm.Boolean"},
}


class ODataError(ValueError):
    """The request is wrong; the message says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a `$filter` lets through, and the values that the indexed field then can have (None:
    any), so that only their rows need to be made."""

    allows: Callable[[Row], bool]
    values: frozenset[Any] | None = None


def moment(text: str) -> datetime:
    """A time with its offset, in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ODataError(f"{text} is no DateTimeOffset") from error


def condition(text: str, fields: Fields) -> Condition:
    """A `$filter`, read. Raises `ODataError`."""
    return _Reader(_tokens(text), fields).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ODataError(f"Syntax error at position {at} in '{text}'")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


class _Reader:
    """Recursive descent: or < and < not < comparison."""

    def __init__(self, tokens: Sequence[tuple[str, str]], fields: Fields) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._fields = fields

    def whole(self) -> Condition:
        found = self._either()
        if self._peek()[0] != "end":
            raise ODataError(f"'{self._peek()[1]}' was not expected")
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _take(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, *what: tuple[str, str]) -> bool:
        if self._peek() in what:
            self._at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._takes(("mark", mark)):
            raise ODataError(f"'{mark}' is missing before '{self._peek()[1]}'")

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._takes(("name", "or")):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        bounds = [part.values for part in parts if part.values is not None]
        values = frozenset().union(*bounds) if len(bounds) == len(parts) else None
        return Condition(lambda row: any(part.allows(row) for part in parts), values)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._takes(("name", "and")):
            parts.append(self._single())
        if len(parts) == 1:
            return parts[0]
        bounds = [part.values for part in parts if part.values is not None]
        values = frozenset.intersection(*bounds) if bounds else None
        return Condition(lambda row: all(part.allows(row) for part in parts), values)

    def _single(self) -> Condition:
        if self._takes(("name", "not")):
            inner = self._single()
            return Condition(lambda row: not inner.allows(row))
        if self._takes(("mark", "(")):
            inner = self._either()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        kind, name = self._take()
        if kind != "name" or name not in self._fields:
            raise ODataError(f"Could not find a property named '{name}'")
        kind, word = self._take()
        of_row = self._reading(name)
        if (kind, word) == ("name", "in"):
            among = self._among(name)
            return Condition(lambda row: of_row(row) in among, among if name == INDEXED else None)
        if kind != "name" or word not in _COMPARE:
            raise ODataError(f"'{word}' is no comparison")
        wanted, compare = self._literal(name), _COMPARE[word]
        if word in {"eq", "ne"}:
            exact = name == INDEXED and word == "eq"
            bound = frozenset({wanted}) if exact else None
            return Condition(lambda row: compare(of_row(row), wanted), bound)
        if wanted is None:
            return Condition(lambda row: False)  # null is neither more nor less than anything
        return Condition(lambda row: (value := of_row(row)) is not None and compare(value, wanted))

    def _among(self, name: str) -> frozenset[Any]:
        self._expect("(")
        wanted = [self._literal(name)]
        while self._takes(("mark", ",")):
            wanted.append(self._literal(name))
        self._expect(")")
        return frozenset(wanted)

    def _literal(self, name: str) -> Any:
        kind, text = self._take()
        if (kind, text) == ("name", "null"):
            return None
        if kind == "name" and text in {"true", "false"}:
            kind = "boolean"
        if self._fields[name] not in _LITERALS.get(kind, ()):
            raise ODataError(f"'{text}' cannot be compared with {name} ({self._fields[name]})")
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        return {"time": moment, "boolean": "true".__eq__, "date": str}[kind](text)

    def _reading(self, name: str) -> Callable[[Row], Any]:
        if self._fields[name] == "Edm.DateTimeOffset":
            return lambda row: None if row.get(name) is None else moment(row[name])
        return lambda row: row.get(name)


def ordered(rows: list[dict[str, Any]], text: str, fields: Fields) -> list[dict[str, Any]]:
    """The rows by `$orderby`; null comes first, as in OData."""
    for part in reversed(text.split(",")):
        name, _, way = part.strip().partition(" ")
        if name not in fields or way.strip() not in {"", "asc", "desc"}:
            raise ODataError(f"$orderby: '{part.strip()}' is not understood")

        def by(row: Row, name: str = name) -> tuple[bool, Any]:
            return row.get(name) is not None, row.get(name)

        rows = sorted(rows, key=by, reverse=way.strip() == "desc")
    return rows


def selected(rows: list[dict[str, Any]], text: str, fields: Fields) -> list[dict[str, Any]]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in fields:
            raise ODataError(f"Could not find a property named '{name}'")
    kept = {*names, "@odata.id"}
    return [{name: value for name, value in row.items() if name in kept} for row in rows]
