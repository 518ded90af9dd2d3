"""Amounts of money with their period, as cents a month: "$1,080 a year", "sixty dollars monthly".

Whose fee it is, the topic decides. Patterns are for folded text.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Final = {word: number for number, word in enumerate(_ONES.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), start=2)
}
_SCALES: Final = {"hundred": 100, "thousand": 1000}
_NUMBER_WORD: Final = rf"(?:{'|'.join((*_SMALL, *_SCALES, 'and', 'a'))})"
_FIGURE: Final = r"\d{1,3}(?:,\d{3}){1,2}(?:\.\d\d)?(?![\d%])|\d{1,6}(?:\.\d\d)?(?![\d%])"
AMOUNT: Final = (
    rf"(?:\$\s{{0,3}}(?:{_FIGURE})|(?<![\d$.,/#'])(?:{_FIGURE})(?: (?:dollars|bucks|usd))?"
    rf"|{_NUMBER_WORD}(?:[\s\-]{{1,2}}{_NUMBER_WORD}){{0,7}} (?:dollars|bucks))"
)
_MONTHS: Final = {  # months between two payments → how it is written
    6: r"semi[\s\-]?annual(?:ly)?|every (?:six|6) months|twice (?:a|per|each) year|twice yearly"
    r"|half[\s\-]yearly|bi[\s\-]?annual(?:ly)?|each half|6 ?mos?",
    12: r"(?:per |an? |each |every |the |once a )?(?:year|annum)|annual(?:ly)?|yearly|yr",
    3: r"(?:per |a |each |every |the )?(?:quarter|qtr)(?:ly)?|every (?:three|3) months|q",
    1: r"(?:per |a |each |every |the |by the |once a )?(?:month|mo|mth|mnth)(?:ly)?|p/?m",
}
_NAMES: Final = "|".join(_MONTHS.values())
# Behind an amount; "every other month" and weeks are none of these.
PERIOD: Final = rf"[\s/(,\-]{{1,3}}(?:{_NAMES})(?![a-z0-9])"
PERIOD_BEFORE: Final = (
    r"monthly|quarterly|annually|annual|yearly|semi[\s\-]?annual(?:ly)?|every (?:six|6) months"
    r"|twice a year|every month|each month|every quarter|every year|each year|once a year"
    r"|every (?:three|3) months"
)
_BY_PERIOD: Final = [
    (months, re.compile(rf"[\s/(,\-]{{0,3}}(?:by the )?(?:{names})"))
    for months, names in _MONTHS.items()
]


def monthly_cents(amount: str, period: str) -> int:
    """`$1,080` and ` a year` → 9000, rounded half up; 0 where either is none."""
    months = next((m for m, names in _BY_PERIOD if names.fullmatch(period)), None)
    dollars = _dollars(amount)
    if months is None or dollars is None:
        return 0
    return int((dollars * 100 / months).quantize(Decimal(1), ROUND_HALF_UP))


def _dollars(amount: str) -> Decimal | None:
    figure = re.search(r"\d[\d,]*(?:\.\d\d)?", amount)
    if figure:
        return Decimal(figure.group().replace(",", ""))
    return _spelled(re.findall(r"[a-z]+", amount)[:-1])


def _spelled(words: list[str]) -> Decimal | None:
    """`twenty one hundred` → 2100, `two hundred and ten` → 210."""
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = total + (part or 1) * 1000, 0
        elif word == "hundred":
            part = (part or 1) * 100
        elif word not in ("and", "a"):
            part += _SMALL[word]
    return Decimal(total + part) or None
