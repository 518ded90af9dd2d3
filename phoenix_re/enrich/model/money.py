"""Amounts with a period, in words and digits, as whole cents a month. Nothing else about text."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MONEY_FIELDS: Final = frozenset({"hoa", "rent"})
PERIODS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Name → months between two payments."""

LARGEST: Final = Decimal(100_000_000)  # dollars; beyond it no amount is meant
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?"
_AMOUNT: Final = re.compile(
    rf"(?<![\d.,])(?P<dollar>\$\s{{0,3}}|usd\s{{0,3}})?(?P<number>{_NUMBER})(?P<thousand>k\b)?"
    r"(?P<word>\s{0,2}dollars?\b)?(?!,?\d|%)"
)
_SAID: Final = {
    "half_year": r"semi[\s-]?annual(?:ly)?|every (?:six|6) months|twice a year|bi-?annual(?:ly)?",
    "quarter": r"quarter(?:ly)?|qtr|qrtr",
    "year": r"years?|annual(?:ly)?|yearly|yr|annum",
    "month": r"months?|monthly|mo|mos|mth|mnth|mthly",
}
_PERIOD: Final = re.compile(
    r"(?<![a-z])(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _SAID.items()) + r")\b"
    r"|(?<=/)(?P<m>m)\b|(?<=/)(?P<y>y)\b|(?<=/)(?P<q>q)\b"
)
_NOT_A_PERIOD: Final = re.compile(
    r"month[\s-]to[\s-]month|(?<!every )(?:\d{1,2}|one|two|three|six|twelve)[\s-]{1,3}"
    r"(?:months?|years?)\b(?! fee)|year[\s-]round|this month|last year|next (?:month|year)"
)


def monthly_cents(amount: Decimal, period: str) -> int:
    """Rounded half up. `ValueError` for an amount or period that cannot be meant."""
    if period not in PERIODS or not amount.is_finite() or not 0 < amount < LARGEST:
        raise ValueError(f"no amount a period: {amount} a {period}")
    return int((amount * 100 / PERIODS[period]).quantize(Decimal(1), ROUND_HALF_UP))


def amounts(text: str) -> list[Decimal]:
    """Dollars named in the text, in its order; numbers without a $ only where none has one."""
    found = list(_AMOUNT.finditer(text.lower()))
    marked = [m for m in found if m["dollar"] or m["word"]]
    return [_dollars(m) for m in (marked or found)]


def periods(text: str) -> set[str]:
    """The periods that the text names."""
    plain = _NOT_A_PERIOD.sub(" ", text.lower())
    short = {"m": "month", "y": "year", "q": "quarter"}
    return {short.get(m.lastgroup or "", m.lastgroup or "") for m in _PERIOD.finditer(plain)}


def _dollars(match: re.Match[str]) -> Decimal:
    value = Decimal(match["number"].replace(",", ""))
    return value * 1000 if match["thousand"] else value
