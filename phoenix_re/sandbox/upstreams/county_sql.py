"""The little SQL that clients of counties' layers write: comparisons joined by AND.

Operators = <> > >= < <= LIKE; texts in single quotes, numbers, `timestamp '…'`, `date '…'`;
parentheses around any of it. Whatever else comes is a `BadQuery`, as an unknown field is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_CONDITION = re.compile(
    r"(?P<field>:?[A-Za-z_][\w.]*)\s*(?P<operator><>|>=|<=|=|>|<|\blike\b)\s*"
    r"(?:(?P<moment>timestamp|date)\s*'(?P<at>[^']*)'|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<number>-?\d+(?:\.\d+)?))",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"1\s*=\s*1")


class BadQuery(ValueError):  # noqa: N818 - says what is so
    """What is wrong with a condition, in the server's words. `field`: the one that is unknown."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    value: str | float


def parse_where(text: str, types: Mapping[str, str]) -> list[Condition]:
    """The conditions, all of which a row must fulfil. `types`: field → esriFieldType…"""
    found = []
    for part in _parts(text):
        if _ALWAYS.fullmatch(part):
            continue
        if part.startswith("(") and part.endswith(")"):
            found += parse_where(part[1:-1], types)
            continue
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise BadQuery(f"'{part}' is no condition")
        found.append(_condition(match, types))
    return found


def _condition(match: re.Match[str], types: Mapping[str, str]) -> Condition:
    own = {name.casefold(): name for name in types}
    field = own.get(match["field"].casefold())
    if field is None:
        raise BadQuery(f"'Invalid field: {match['field']}' parameter is invalid", match["field"])
    is_date = types[field] == "esriFieldTypeDate"
    if match["moment"]:
        at = datetime.fromisoformat(match["at"]).replace(tzinfo=UTC)
        return Condition(field, match["operator"].upper(), at.timestamp() * 1000)
    if is_date:
        raise BadQuery(f"a date of {field} is written timestamp 'YYYY-MM-DD HH:MM:SS'")
    if match["number"] is not None:
        return Condition(field, match["operator"].upper(), float(match["number"]))
    return Condition(field, match["operator"].upper(), match["text"].replace("''", "'"))


def _parts(text: str) -> list[str]:
    """What stands between the ANDs that are in no quotes and no parentheses."""
    parts, depth, quoted, begin = [], 0, False, 0
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and depth == 0 and text[at : at + 5].upper() == " AND ":
            parts.append(text[begin:at])
            begin = at + 5
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]


def fits(row: Mapping[str, Any], condition: Condition) -> bool:
    """Whether the row's value fulfils the condition; null never does."""
    value = row.get(condition.field)
    if value is None:
        return False
    wanted = condition.value
    if condition.operator == "LIKE":
        pattern = ".*".join(re.escape(piece) for piece in str(wanted).split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None
    if isinstance(wanted, float):
        if not isinstance(value, int | float):
            return False
        left, right = float(value), wanted
    else:
        left, right = str(value), wanted
    match condition.operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case ">":
            return left > right  # type: ignore[operator]
        case ">=":
            return left >= right  # type: ignore[operator]
        case "<":
            return left < right  # type: ignore[operator]
        case _:
            return left <= right  # type: ignore[operator]


def may_be_in(zip_code: str, conditions: Iterable[Condition], zip_field: str) -> bool:
    """Whether rows of the ZIP can fulfil the conditions on `zip_field` (a ZIP or ZIP+4)."""
    return all(_may_fit(zip_code, c) for c in conditions if c.field == zip_field)


def _may_fit(zip_code: str, condition: Condition) -> bool:
    value = str(condition.value).rstrip("%")
    if condition.operator == "LIKE":
        return value.startswith(zip_code) or zip_code.startswith(value)
    return condition.operator != "=" or value.startswith(zip_code)
