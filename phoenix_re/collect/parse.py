"""One value of a source → one typed value: money, ZIP codes, dates, areas, RESO lookups.

Every parser takes whatever a CSV cell or a JSON value can be, gives `None` for "not stated" and
raises `Unreadable` - never anything else - for what is there but cannot be read. Nothing is judged
here: a price of $1 and a house with 33 bedrooms are read as they stand; rules are `validate/`'s.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

Parser = Callable[[Any], Any]


class Unreadable(ValueError):  # noqa: N818 - says what is so
    """A value is there and cannot be read. `rule_id` names the rule that the row then breaks."""

    def __init__(self, message: str, rule_id: str = "value.unreadable") -> None:
        super().__init__(message)
        self.rule_id = rule_id


SQUARE_FEET_PER_ACRE = 43_560
_MISSING = frozenset({"", "-", "--", "none", "na", "n/a", "#n/a", "null", "nan"})
LONGEST_SCALAR = 64  # no price, date or number is longer; also bounds what the caches can hold
_LONGEST_IDENTIFIER = 200
_LONGEST_ADDRESS = 300
_MOST_CENTS = 10**15  # ten trillion dollars: beyond any property, inside a 64-bit integer
_MOST_NUMBER = 1e15
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[+-]?\d{1,3})?|\.\d+(?:e[+-]?\d{1,3})?"


def is_missing(value: object) -> bool:
    """Whether a source's value says nothing: empty, `None`, `N/A`, `-`, masked by asterisks."""
    if value is None:
        return True
    if isinstance(value, str):
        stripped = value.strip()
        return stripped.casefold() in _MISSING or not stripped.strip("*")
    if isinstance(value, float | Decimal):
        return math.isnan(value) if isinstance(value, float) else value.is_nan()
    return isinstance(value, list | dict | tuple) and not value


def shown(value: object, length: int = 40) -> str:
    """The start of a value as text, for messages and for keeping what could not be read."""
    try:
        return str(value)[:length]
    except ValueError:  # integers of more than 4,300 digits
        return "a number of thousands of digits"


def scalar(value: str) -> str | None:
    """The text of a short cell without surrounding white space; `None` where it says nothing."""
    stripped = value.strip()
    if len(stripped) > LONGEST_SCALAR:
        raise Unreadable(f"{stripped[:40]!r}… has {len(stripped)} characters")
    return None if is_missing(stripped) else stripped


def text(value: object) -> str | None:
    """Free text without surrounding white space."""
    if isinstance(value, str):
        stripped = value.strip()
        return None if is_missing(stripped) else stripped
    if is_missing(value):
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _plain_number(value)
    raise Unreadable(f"{shown(value)!r} is not text")


def _plain_number(value: float | Decimal) -> str:
    if abs(value) <= _MOST_NUMBER and value == int(value):
        value = int(value)
    return shown(value, LONGEST_SCALAR)


def identifier(value: object) -> str | None:
    """A number that names something. `6855826.0`, as spreadsheets re-save it, is `6855826`."""
    found = text(value)
    if found is None:
        return None
    if len(found) > _LONGEST_IDENTIFIER:
        raise Unreadable(f"{found[:40]!r}… has {len(found)} characters: not an identifier")
    head, dot, tail = found.partition(".")
    return head if dot and tail.strip("0") == "" and head.isdecimal() else found


def apn(value: object) -> str | None:
    """A parcel number for comparing: its letters and digits without zeros in front, which get lost
    where it was kept as a number. Nothing but zeros is none. How it was written stays in the
    record."""
    found = identifier(value)
    return "".join(c for c in (found or "").upper() if c.isalnum()).lstrip("0") or None


def upper(value: object) -> str | None:
    """An identifier in upper case: names of MLSs, two-letter states."""
    found = identifier(value)
    return found.upper() if found else None


def slug(value: object) -> str | None:
    """The words of a URL part or a code: `6800-Woodland-Dr` is `6800 Woodland Dr`."""
    found = text(value)
    return " ".join(re.split(r"[-_\s]+", found)) if found else None


# ── Money ────────────────────────────────────────────────────────────────────────────────────────

_MONEY = re.compile(
    rf"(\(|-)?\s*(?:US)?\s*\$?\s*(-)?\s*({_NUMBER})"
    r"(?:\s*USD)?(?:\s*(?:/|per\s)\s*mo(?:nth)?\.?)?\s*(\))?",
    re.ASCII | re.IGNORECASE,
)


def money_cents(value: object) -> int | None:
    """US dollars as integer cents, exact; fractions of a cent are rounded half to even.

    `"$309,999"` is 30999900, `"$9,500/mo"` 950000, `"394e3"` 39400000. Shortened prices
    (`"$1.2M"`) are not exact and therefore unreadable.
    """
    if isinstance(value, str):
        return _money_text(value) if len(value) <= LONGEST_SCALAR else _money_text(value.strip())
    if is_missing(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable(f"{shown(value)!r} is not an amount of money")
    return _cents(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


@lru_cache(maxsize=8192)
def _money_text(value: str) -> int | None:
    found = scalar(value)
    if found is None:
        return None
    match = _MONEY.fullmatch(found)
    if match is None or (match[1] == "(") != (match[4] is not None) or (match[1] and match[2]):
        raise Unreadable(f"{found!r} is not an amount of money")
    amount = Decimal(match[3].replace(",", ""))
    return _cents(-amount if match[1] or match[2] else amount)


def _cents(amount: Decimal) -> int:
    if not amount.is_finite() or abs(amount) > _MOST_CENTS // 100:
        raise Unreadable(f"{str(amount)[:40]} is not an amount of money")
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


# ── Numbers and areas ────────────────────────────────────────────────────────────────────────────

_COUNT = re.compile(
    rf"(-?(?:{_NUMBER}))(?:\s*(?:beds?|bds?|br|baths?|ba|cars?|spaces?|story|stories|days?))?",
    re.ASCII | re.IGNORECASE,
)
_AREA = re.compile(
    rf"(-?(?:{_NUMBER}))\s*(?:(sq\.?\s*ft\.?|square\s+f(?:ee|oo)t|sf|ft2|ft²)|(ac\.?|acres?))?",
    re.ASCII | re.IGNORECASE,
)


def number(value: object) -> float | None:
    """A finite number: `"2.5"`, `"1,133"`, `"2.5 baths"`."""
    if isinstance(value, str):
        return _number_text(value) if len(value) <= LONGEST_SCALAR else _number_text(value.strip())
    return _finite(value)


@lru_cache(maxsize=8192)
def _number_text(value: str) -> float | None:
    found = scalar(value)
    if found is None:
        return None
    match = _COUNT.fullmatch(found)
    if match is None:
        raise Unreadable(f"{found!r} is not a number")
    return _finite(float(match[1].replace(",", "")))


def _finite(value: object) -> float | None:
    if is_missing(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable(f"{shown(value)!r} is not a number")
    if not -_MOST_NUMBER <= value <= _MOST_NUMBER:
        raise Unreadable("a number beyond any use")
    return float(value)


def integer(value: object) -> int | None:
    """A whole number: `"3"`, `"3.0"`, `"3 beds"`. `"3.5"` is unreadable."""
    if type(value) is int and -_MOST_NUMBER <= value <= _MOST_NUMBER:
        return value
    found = number(value)
    if found is None:
        return None
    if found != int(found):
        raise Unreadable(f"{found} is not a whole number")
    return int(found)


def square_feet(value: object) -> float | None:
    """An area in square feet; a stated unit is honoured: `"1,133 sqft"`, `"0.25 acres"`."""
    return _area(value, 1)


def acres(value: object) -> float | None:
    """An area given in acres, as square feet; a stated unit is honoured."""
    return _area(value, SQUARE_FEET_PER_ACRE)


def _area(value: object, square_feet_per_unit: int) -> float | None:
    if isinstance(value, str):
        if len(value) > LONGEST_SCALAR:
            value = value.strip()
        return _area_text(value, square_feet_per_unit)
    found = _finite(value)
    return None if found is None else round(found * square_feet_per_unit, 2)


@lru_cache(maxsize=8192)
def _area_text(value: str, square_feet_per_unit: int) -> float | None:
    found = scalar(value)
    if found is None:
        return None
    match = _AREA.fullmatch(found)
    if match is None:
        raise Unreadable(f"{found!r} is not an area")
    if match[2]:
        square_feet_per_unit = 1
    elif match[3]:
        square_feet_per_unit = SQUARE_FEET_PER_ACRE
    return _area(float(match[1].replace(",", "")), square_feet_per_unit)


_YES_NO = {
    **dict.fromkeys(("y", "yes", "true", "t", "1", "1.0"), True),
    **dict.fromkeys(("n", "no", "false", "f", "0", "0.0"), False),
}


def yes_no(value: object) -> bool | None:
    """A boolean: `Y`/`N`, `yes`/`no`, `True`/`False`, `1`/`0`."""
    if isinstance(value, bool):
        return value
    found = text(value)
    if found is None:
        return None
    answer = _YES_NO.get(found.casefold())
    if answer is None:
        raise Unreadable(f"{found[:40]!r} is neither yes nor no")
    return answer


# ── Places ───────────────────────────────────────────────────────────────────────────────────────

_ZIP = re.compile(r"[zZ]?(\d{5})(?:\.0*|[- ]?\d{4})?", re.ASCII)
_ADDRESS = re.compile(
    r"(?P<street>.*\S)\s*,\s*(?P<city>[^,]*[^,\s])\s*,\s*(?P<state>[A-Za-z]{2})"
    r"(?:[\s,]+\d{5}(?:-\d{4})?)?",
    re.ASCII | re.DOTALL,
)


def zip5(value: object) -> str:
    """A five-digit ZIP code from `85031`, `85031-1234`, `850311234`, `85031.0`, `z95838`.

    Raises `Unreadable` with `rule_id` `zip.missing` or `zip.malformed`: a row without a ZIP has no
    partition. Four digits are not padded: whether a zero was lost cannot be known.
    """
    if isinstance(value, str):
        return _zip_text(value) if len(value) <= LONGEST_SCALAR else _zip_text(value.strip())
    if is_missing(value):
        raise Unreadable("the row states no ZIP code", "zip.missing")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable(f"{shown(value)!r} is not a ZIP code", "zip.malformed")
    return _zip_text(_plain_number(value))


@lru_cache(maxsize=8192)
def _zip_text(value: str) -> str:
    stripped = value.strip()
    if is_missing(stripped):
        raise Unreadable(f"the row states no ZIP code ({stripped!r})", "zip.missing")
    match = _ZIP.fullmatch(stripped)
    if match is None or match[1] == "00000":
        raise Unreadable(f"{stripped[:40]!r} is not a ZIP code of five digits", "zip.malformed")
    return match[1]


def split_address(line: str) -> tuple[str, str | None, str | None]:
    """`"street, city, ST 85031"` → street, city, state; the whole line where it is not so built."""
    match = _ADDRESS.fullmatch(line.strip()) if len(line) <= _LONGEST_ADDRESS else None
    if match is None:
        return line.strip(), None, None
    return match["street"], match["city"], match["state"].upper()


# ── Dates and times ──────────────────────────────────────────────────────────────────────────────

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr")),
            *(("may",), ("june", "jun"), ("july", "jul"), ("august", "aug")),
            *(("september", "sept", "sep"), ("october", "oct"), ("november", "nov")),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_TIME = (
    r"(?:[T\s]+(?P<hour>\d{1,2})[:-]?(?P<minute>\d{2})(?:[:-]?(?P<second>\d{2})"
    r"(?:[.,](?P<fraction>\d+))?)?\s*(?P<half>[AP]M)?\s*"
    r"(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_DATE_FORMS = tuple(
    re.compile(form + _TIME, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<month>[a-z]{3,9})\.?[-\s](?P<day>\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})[-\s](?P<month>[a-z]{3,9})\.?,?[-\s](?P<year>\d{4}|\d{2})",
    )
)
_EPOCH = re.compile(r"-?\d{9,13}(?:\.0*)?", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY_NUMBER, _LAST_DAY_NUMBER = 10_000_101, 99_991_231  # YYYYMMDD
_FIRST_MILLISECONDS = 10**11  # less is seconds: 10**11 ms is 1973, 10**11 s is the year 5138
_LAST_MILLISECONDS = 10**13  # the year 2286


def day(value: object) -> date | None:
    """A local date, as written: a time or an offset behind it does not move it.

    `11/10/2025` (month first), `2025-11-10`, `October-31-2025`, `19-APR-21` (years of two digits
    as Oracle's RR: 00-49 are 2000s), `20141013T000000`, epoch milliseconds (UTC).
    """
    if isinstance(value, str):
        if len(value) > LONGEST_SCALAR:
            value = value.strip()
        found = _moment(value)
        return None if found is None else found[0]
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return None if is_missing(value) else _number_moment(value)[0]


def timestamp(value: object, zone: tzinfo = UTC) -> datetime | None:
    """A moment in UTC; without an offset of its own it is read as local to `zone`."""
    if isinstance(value, str):
        if len(value) > LONGEST_SCALAR:
            value = value.strip()
        return _moment_in_utc(value, zone)
    if isinstance(value, datetime):
        return _to_utc(value if value.tzinfo else value.replace(tzinfo=zone))
    if isinstance(value, date):
        return _to_utc(datetime.combine(value, time(), tzinfo=zone))
    if is_missing(value):
        return None
    on, at, offset = _number_moment(value)
    return _to_utc(datetime.combine(on, at, tzinfo=offset or zone))


@lru_cache(maxsize=8192)
def _moment_in_utc(value: str, zone: tzinfo) -> datetime | None:
    found = _moment(value)
    if found is None:
        return None
    on, at, offset = found
    return _to_utc(datetime.combine(on, at, tzinfo=offset or zone))


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise Unreadable(f"{moment.isoformat()} is beyond the calendar") from error


@lru_cache(maxsize=8192)
def _moment(value: str) -> tuple[date, time, tzinfo | None] | None:
    found = scalar(value)
    if found is None:
        return None
    for form in _DATE_FORMS:
        match = form.fullmatch(found)
        if match is not None:
            try:
                return _date_of(match), _time_of(match), _offset_of(match["zone"])
            except (ValueError, KeyError) as error:
                raise Unreadable(f"{found!r} is not a date of the calendar") from error
    if _EPOCH.fullmatch(found):
        return _number_moment(int(found.partition(".")[0]))
    raise Unreadable(f"{found!r} is not a date")


def _date_of(match: re.Match[str]) -> date:
    year, month = int(match["year"]), match["month"].casefold()
    if len(match["year"]) == len("21"):
        year += 2000 if year < 50 else 1900
    return date(year, int(month) if month.isdecimal() else _MONTHS[month], int(match["day"]))


def _time_of(match: re.Match[str]) -> time:
    if match["hour"] is None:
        return time()
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("an hour of the half day is 1 to 12")
        hour = hour % 12 + (12 if match["half"].upper() == "PM" else 0)
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return time(hour, int(match["minute"]), int(match["second"] or 0), microsecond)


def _offset_of(zone: str | None) -> tzinfo | None:
    if not zone:
        return None
    if zone[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _number_moment(value: object) -> tuple[date, time, tzinfo | None]:
    """Epoch milliseconds or seconds, or a date written as the number 20141013."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unreadable(f"{shown(value)!r} is not a date")
    if not -_MOST_NUMBER <= value <= _MOST_NUMBER or value != int(value):
        raise Unreadable(f"{shown(value)} is not a date")
    count = int(value)
    if _FIRST_DAY_NUMBER <= count <= _LAST_DAY_NUMBER:
        try:
            return date(count // 10_000, count // 100 % 100, count % 100), time(), None
        except ValueError as error:
            raise Unreadable(f"{count} is not a date of the calendar") from error
    if abs(count) <= _LAST_DAY_NUMBER:
        raise Unreadable(f"{count} is not a date")
    milliseconds = count if abs(count) >= _FIRST_MILLISECONDS else count * 1000
    if abs(milliseconds) > _LAST_MILLISECONDS:
        raise Unreadable(f"{count} is not a date")
    moment = _START + timedelta(milliseconds=milliseconds)
    return moment.date(), moment.time(), UTC
