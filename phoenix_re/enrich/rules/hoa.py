"""Owners' association: whether one is compulsory, and its fee as cents a month.

A fee counts only with its period; "$175" alone leaves the amount unsaid. Several associations, or
several amounts, leave it unsaid too. "Voluntary" and "no mandatory HOA" assert nothing. "No HOA"
beside a sign of one is a contradiction, and not stated.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, literal, phrases

NAMES: Final = (
    "hoa",
    "h.o.a.",
    "hoa's",
    "homeowner's association",
    "homeowners' association",
    "homeowners association",
    "home owners association",
    "condo association",
)
_PERIODS: Final = {  # months between two payments → how it is written
    6: "semi~annual(?:ly)?|every (?:six|6) months|twice a year",
    12: "(?:per |a |each )?year|annual(?:ly)?|yearly|yr|(?:per )?annum",
    3: "(?:per |a |each )?quarter(?:ly)?|qtr",
    1: "(?:per |a |each )?month(?:ly)?|mo|mth|mnth",
}
_PERIOD: Final = "(?:" + "|".join(_PERIODS.values()) + ")"
_MONTHS: Final = phrases((f"m{months}", words) for months, words in _PERIODS.items())
_MONEY: Final = re.compile(r"\$\s{0,3}(\d[\d,]{0,6}(?:\.\d\d)?)")
_BARE_MONEY: Final = re.compile(r"(\d[\d,]{0,6}(?:\.\d\d)?)")
_AMOUNT: Final = r"\$~\d[\d,]{0,6}(?:\.\d\d)?"
_LINK: Final = (  # what may stand between the name and the amount
    r"(?:[\s:(~,@=]{0,4}(?:fees?|dues|is|are|of|only|just|at|approx\.?|about|total|costs?|currently"
    r"|low|'s|monthly|quarterly|annually)){0,4}[\s:(~,@=]{0,4}"
)
_BEFORE: Final = (
    r"(?:low|cheap|reasonable|small|great|wonderful|by the|in the|there is an|has an|included in"
    r"|active|monthly|annual)"
)
_SEVERAL: Final = phrases(
    [("x", r"(?:two|2|both|2nd|second|master|sub|multiple) (?:hoas?|associations?)")]
)


def hoa(remarks: Remarks, local_names: tuple[str, ...] = ()) -> Fact:
    """`local_names`: a market's other names of an association, cleaned."""
    first: dict[str, tuple[int, int]] = {}
    fees: dict[int, tuple[int, int]] = {}
    for match in _pattern(local_names).finditer(remarks.folded):
        if match.lastgroup == "yes" and _is_disclaimer(remarks, match.start()):
            continue
        first.setdefault(match.lastgroup or "", match.span())
        if match.lastgroup == "fee":
            fees.setdefault(_monthly_cents(match.group()), match.span())
    if several := _SEVERAL.search(remarks.folded):
        first.setdefault("yes", several.span())
    elif len(fees) == 1:
        cents, span = fees.popitem()
        return remarks.fact("yes", span, cents if 0 < cents <= 2_000_000 else None)
    said = first.get("fee") or first.get("yes")
    if "no" in first:
        return NOT_STATED if said else remarks.fact("no", first["no"])
    return remarks.fact("yes", said) if said else NOT_STATED


def _is_disclaimer(remarks: Remarks, at: int) -> bool:
    """ "Buyer to verify schools, taxes and HOA dues" does not say that there are any."""
    start = max(remarks.sentence(at)[0], at - 150)
    return "verif" in remarks.folded[start:at]


@lru_cache(maxsize=64)
def _pattern(local_names: tuple[str, ...]) -> re.Pattern[str]:
    name = f"(?:{'|'.join(literal(n) for n in NAMES + local_names)})"
    return phrases(
        [
            (
                "other",
                rf"(?:voluntary|optional|mandatory|non mandatory|former|no known|if|any) {name}"
                rf"|no (?:mandatory|required|restrictive|strict) {name}(?: fees?| dues)?"
                rf"|no {name} (?:restrictions?|rules|approval|special|assessments?|transfer)"
                rf"|no {name}(?: fees?| dues)? (?:until|for (?:the|a|one)|increase)"
                rf"|(?:there is an |the )?{name} is (?:voluntary|optional)",
            ),
            (
                "no",
                rf"not (?:in|part of|governed by|under) (?:an? |the |any )?{name}|(?:no|zero"
                rf"|without|w/out|w/o|free of)(?: an?| the)? {name}(?: fees?| dues)?",
            ),
            (
                "fee",
                rf"{_PERIOD} {name}{_LINK}{_AMOUNT}"
                rf"|(?:(?:{_BEFORE}|the) )?{name}{_LINK}{_AMOUNT}[\s/)(~]{{0,4}}{_PERIOD}"
                rf"|{name}{_LINK}\d[\d,]{{1,6}}(?:\.\d\d)?[\s/]{{0,4}}{_PERIOD}"
                rf"|{name} (?:fees? |dues )?(?:is |are )?(?:monthly|quarterly|annually) {_AMOUNT}"
                rf"|{_AMOUNT}[\s/~]{{0,4}}{_PERIOD} (?:for )?{name}",
            ),
            (
                "yes",
                rf"{name} (?:fees?|dues|rates?|pools?|amenit(?:y|ies)|includes?|covers?"
                rf"|maint\w{{0,9}}"
                r"|takes care|(?:even |also )?pays|(?:is )?responsible|membership|landscap\w{3,4}"
                r"|provides|features|offers|does|requires|mows|handles)"
                rf"|{name}~:?~\$~\d{{1,5}}|{_BEFORE} {name}|pays? (?:the )?{name}|{_AMOUNT} {name}",
            ),
        ]
    )


def _monthly_cents(fee: str) -> int:
    money = _MONEY.search(fee) or _BARE_MONEY.search(fee)
    period = _MONTHS.search(fee)
    if money is None or period is None:
        return 0
    months = int((period.lastgroup or "m1")[1:])
    cents = Decimal(money[1].replace(",", "")) * 100 / months
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))
