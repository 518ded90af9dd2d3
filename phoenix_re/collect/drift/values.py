"""What kind of thing one JSON or CSV value is, and which number it stands for."""

import math
import re
from typing import Any, Literal

Kind = Literal[
    "int", "float", "number text", "truth", "truth text", "date", "text", "object", "list"
]

FAMILY: dict[str, str] = {
    "int": "number",
    "float": "number",
    "number text": "number",
    "truth": "yes or no",
    "truth text": "yes or no",
    "date": "date",
    "text": "text",
    "object": "object",
    "list": "list",
}
"""Kinds of one family parse alike: 3, 3.0 and "3"."""

_BLANK = frozenset({"", "-", "--", "none", "na", "n/a", "#n/a", "null", "nan"})
_TRUTHS = frozenset({"true", "false", "yes", "no", "y", "n"})
_LONGEST_NUMBER = 40
_LARGEST = 10**30  # beyond it nothing is measured, and sums would overflow
_NUMBER = re.compile(
    r"\(?-?\$?-?(?:[0-9][0-9,]{0,20})?(?:\.[0-9]{0,20})?(?:e[+-]?[0-9]{1,3})?%?\)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}(?![0-9])")


def is_blank(value: Any) -> bool:
    """Whether a value that is there says nothing: null, "", "********", "na", [], {}."""
    if value is None:
        return True
    if isinstance(value, str):
        stripped = value.strip()
        return (len(stripped) <= 4 and stripped.casefold() in _BLANK) or not stripped.strip("*")
    if isinstance(value, dict | list):
        return not value
    return isinstance(value, float) and math.isnan(value)


def kind_and_number(value: Any) -> tuple[str, float | None]:
    """The kind of a value that is not blank, and its number where it has one."""
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool):
        return "truth", None
    if isinstance(value, int):
        return "int", float(value) if abs(value) < _LARGEST else None
    if isinstance(value, float):
        return "float", value if abs(value) < _LARGEST else None
    if isinstance(value, dict):
        return "object", None
    return ("list", None) if isinstance(value, list | tuple) else ("text", None)


def _of_text(value: str) -> tuple[str, float | None]:
    stripped = value.strip()
    if len(stripped) > _LONGEST_NUMBER:
        return "text", None
    first = stripped[0]
    if first.isdigit() or first in "$-(.":
        if _NUMBER.fullmatch(stripped.casefold()):
            try:
                number = float(stripped.strip("()%").replace("$", "").replace(",", ""))
            except ValueError:
                return "text", None
            return "number text", number if abs(number) < _LARGEST else None
        return ("date", None) if _DATE.match(stripped) else ("text", None)
    return ("truth text" if stripped.casefold() in _TRUTHS else "text"), None
