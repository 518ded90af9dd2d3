"""Amounts of rent, in figures or words, and their periods, as cents a month.

Whose rent it is, and whether it is paid now, is `rent.py`'s to say.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from phoenix_re.enrich.rules.tenancy import MONTH_TO_MONTH
from phoenix_re.enrich.rules.text import phrases

_ONES: Final = {
    word: i
    for i, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=1,
    )
}
_TENS: Final = {
    word: 10 * i
    for i, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_BELOW_100: Final = (
    rf"(?:(?:{'|'.join(_TENS)})(?:~(?:{'|'.join(list(_ONES)[:9])}))?|{'|'.join(_ONES)})"
)

_SPOKEN: Final = (  # in the shorthand of `text.phrases`
    rf"(?:an? |{_BELOW_100}~)(?:hundred|thousand(?:,? {_BELOW_100} hundred)?)(?:,? (?:and "
    rf")?{_BELOW_100}(?! (?:hundred|thousand|bed|bath|car|acre|unit)))?(?: dollars| bucks)?"
)
_SPOKEN_WORD: Final = re.compile(r"[a-z]+")
MONEY: Final = r"\$\s?\d[\d,]{0,9}(?:\.\d{1,2}(?!\d))?(?:~k)?\+?"
_MONTH: Final = (
    r"(?:~/~(?:mo(?:nth)?|mth|m)|~(?:per|a|each|every)~/?~mo(?:nth)?|~(?:p/m|p/mo|pm|p\.m\.|monthly"
    r"|month|mo|mth)|\.? rent p/mo|~,? (?:due |payable )?(?:on|by) the (?:first|1st)(?: of (?:the"
    r"|each|every) month)?)"
)
_YEAR: Final = (
    r"(?:~/~(?:yr|year|annum)|~(?:per|a|each)~/?~(?:yr|year|annum)|~(?:annually|yearly|annual"
    r"|p\.a\.))"
)
_WEEK: Final = r"(?:~/~(?:wk|week|night)|~(?:per|a)~(?:week|night)|~(?:weekly|nightly))"
PERIOD: Final = rf"(?:{_MONTH}|{_YEAR}|{_WEEK})"
_RANGE: Final = r"(?:~(?:to|and|-|or)~\$?\s?\d[\d,]{2,8}(?!\d| ?%|/\d))"
_SUM: Final = (
    rf"(?P<AMOUNT>(?:{MONEY}{_RANGE}?|\d{{1,2}},?\d{{3}}(?=~{PERIOD})|{_SPOKEN}){PERIOD}?"
    r"(?: in (?:cash|rent))?)"
)
BARE: Final = r"(?P<bare>\d{1,2},\d{3}|\d{4})(?![\d/.]|~(?:sq|square|sf|ft|feet|s\.f))"
_GROUPS: Final = (*(f"a{i}" for i in range(1, 11)), "bare", "bare2", "bare3")
_NUMBER: Final = re.compile(r"(\d[\d,]*(?:\.\d{1,2})?)[\s\-]?(k)?(?![a-z])")
_ANY_PERIOD: Final = re.compile(
    r"mo|mth|month|first|1st|yr|year|annum|annual|wk|week|night|pm|p/m|/m\b"
)
_BY_YEAR: Final = phrases([("x", r"yr|year|annum|annual(?:ly)?|yearly")])
_BY_WEEK: Final = phrases([("x", r"wk|week(?:ly)?")])
_BY_NIGHT: Final = phrases([("x", r"night(?:ly)?")])
_BY_MONTH: Final = phrases([("x", r"mo|mth|month(?:ly)?|pm|p/m|m|first|1st")])
_NO_PERIOD: Final = phrases(  # words that hold a "month" or "year" and are none
    [
        (
            "x",
            rf"{MONTH_TO_MONTH}|(?:\d{{1,2}}|one|two|three|six|twelve)~(?:years?|months?|mo|yrs?)"
            r"|mtm",
        )
    ]
)


def amount(group: str) -> str:
    """Pattern of an amount with its period, as the named `group` (one of `_GROUPS`)."""
    return _SUM.replace("AMOUNT", group)


def monthly_cents(match: re.Match[str]) -> int | None:
    """None for a range, and where no period is said or it is a night."""
    said = _said(match)
    dollars = _dollars(said)
    around = _NO_PERIOD.sub(" ", match.group())
    period = said if _ANY_PERIOD.search(said) else around
    if dollars is None or _BY_NIGHT.search(around):
        return None
    if _BY_WEEK.search(period):
        return _whole_cents(dollars * 52 / 12)
    if _BY_WEEK.search(around):
        return None
    if _BY_YEAR.search(period):
        return _whole_cents(dollars / 12)
    return _whole_cents(dollars) if _BY_MONTH.search(period) else None


def is_plausible(match: re.Match[str]) -> bool:
    """Not where an amount without a period is that of a price, a day or a small charge."""
    said = _said(match)
    if _ANY_PERIOD.search(said) or match.lastgroup not in ("let", "whose", "pays"):
        return True
    dollars = _dollars(said)
    return dollars is None or 300 <= dollars <= 25_000


def _said(match: re.Match[str]) -> str:
    return next(text for group in _GROUPS if (text := match[group]))


def _dollars(said: str) -> Decimal | None:
    """None for a range."""
    if spoken := _spoken_amount(said):
        return Decimal(spoken)
    numbers = _NUMBER.findall(said)
    if len(numbers) != 1:
        return None
    figures, thousands = numbers[0]
    return Decimal(figures.replace(",", "")) * (1000 if thousands else 1)


def _whole_cents(dollars: Decimal) -> int:
    return int((dollars * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _spoken_amount(text: str) -> int | None:
    """Dollars of the amount that stands in `text` in folded words; None where there is none."""
    total = part = 0
    is_amount = False
    for word in _SPOKEN_WORD.findall(text):
        if word in _ONES or word in _TENS:
            part += _ONES.get(word) or _TENS[word]
        elif word in ("hundred", "thousand"):
            is_amount = True
            total, part = (
                (total, max(part, 1) * 100)
                if word == "hundred"
                else (total + max(part, 1) * 1000, 0)
            )
    return total + part if is_amount else None
