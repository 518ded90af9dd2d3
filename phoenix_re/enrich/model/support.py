"""Does a quoted piece of the remarks prove the value that a model claims?

A number, year, month or amount must follow from the digits or number words of the evidence; a word
of a lookup from the stems that the prompt file lists for it. `proven` raises `ValueError` else.
Whether the evidence speaks of the field at all is `claims.py`'s.
"""

import re
from decimal import Decimal
from typing import Final

from phoenix_re.enrich.facts import FIELDS, MONTH_TO_MONTH, Age, Renovation, Value
from phoenix_re.enrich.model.folding import words
from phoenix_re.enrich.model.money import MONEY_FIELDS, amounts, monthly_cents, periods
from phoenix_re.enrich.model.prompt import Topic

_COUNTED: Final = "one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: Final = {word: n for n, word in enumerate(_COUNTED.split(), 1)} | {
    "single": 1,
    "double": 2,
    "dual": 2,
    "triple": 3,
    "fifteen": 15,
    "twenty": 20,
}
_NUMBER: Final = rf"(?:\d{{1,3}}|{'|'.join(NUMBER_WORDS)})"
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH_NAME: Final = re.compile(
    r"\b(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|ust|tember|ober|ember)?\b"
)
_NUMERIC_MONTH: Final = re.compile(
    r"\b(?:(?P<m>0?[1-9]|1[0-2])[/.-](?:[0-3]?\d[/.-])?(?P<y>20\d\d)"
    r"|(?P<m2>0?[1-9]|1[0-2])[/.-][0-3]?\d[/.-](?P<y2>\d\d)"
    r"|(?P<y3>20\d\d)-(?P<m3>0[1-9]|1[0-2])(?:-\d\d)?)\b"
)
_YEAR: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|(?:['’]|\d{1,2}/(?:\d{1,2}/)?)(\d\d)(?![\d/]))"
)
# These read `folding.words`, where "2.5-car" is "2 5 car": a number behind a number is no count.
_YEARS: Final = re.compile(rf"(?<!\d )\b({_NUMBER}|a) (?:years?|yrs?|yo|y o)\b")
_SPACES: Final = (
    r"(?:car|bay|stall|space|vehicle|garage|carport|auto|parking|pkg|cov|cpt|cg|c |gar)"
)
_GAP: Final = r"(?:(?!bed|bath|stor|level)[a-z]+ ){0,3}?"
_COUNT_BEFORE: Final = re.compile(rf"(?<!\d )\b({_NUMBER})(?= (?:5 |1 2 )?{_GAP}{_SPACES})")
_COUNT_BEHIND: Final = re.compile(
    rf"\b{_SPACES}s?(?= (?:, )?{_GAP}({_NUMBER})\b(?! (?:bed|bath|stor)))"
)
_RENOVATED: Final = {"bathrooms": (" bath", " shower"), "kitchen": (" kitchen",)}
_TOLERANCE_CENTS: Final = 100  # of a model's arithmetic; the exact amount is what counts


def proven(topic: Topic, value: Value, evidence: str, *, local: bool = False) -> Value:
    """The value as the evidence has it (an amount exactly, whatever the model calculated).

    `local`: the evidence uses the market's own phrase, so a lookup's stems are not asked for.
    `ValueError` where the evidence does not hold it.
    """
    said = words(evidence)
    if topic.name in MONEY_FIELDS:
        return _amount(topic.name, value, evidence)
    match FIELDS[topic.name].kind, value:
        case "whole", int():
            held = value in _counts(said)
        case "month", str():
            held = _holds_month(value, evidence, said)
        case "age", Age(year, years):
            held = year in _years_named(evidence) if years is None else years in _durations(said)
        case "renovation", Renovation(year, what):
            held = (year is None or year in _years_named(evidence)) and all(
                part not in _RENOVATED or any(stem in said for stem in _RENOVATED[part])
                for part in what
            )
        case "word", str():
            held = local or _holds_word(topic, value, said)
        case "words", tuple():
            held = all(_holds_word(topic, word, said) for word in value)
        case _:
            held = True
    if not held:
        raise ValueError(f"{value!r} does not follow from {evidence!r}")
    return value


def _amount(name: str, claimed: Value, evidence: str) -> int:
    """Of several amounts the rent is their sum; of several fees none is the fee."""
    found, named = amounts(evidence), periods(evidence)
    if len(named) != 1 or not found or (name != "rent" and len(set(found)) != 1):
        raise ValueError(f"no one amount a period in {evidence!r}")
    total = sum(found, Decimal()) if name == "rent" else found[0]
    cents = monthly_cents(total, named.pop())
    near = isinstance(claimed, int) and abs(cents - claimed) <= _TOLERANCE_CENTS
    if not near or not FIELDS[name].accepts(cents):
        raise ValueError(f"{claimed!r} cents do not follow from {evidence!r}")
    return cents


def _counts(said: str) -> set[int]:
    """Numbers that stand with cars, bays, stalls or spaces; "2.5" and "2 1/2" are 2."""
    return {_number(n) for n in (*_COUNT_BEFORE.findall(said), *_COUNT_BEHIND.findall(said))}


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else NUMBER_WORDS.get(word, 1)  # "a year ago"


def _years_named(evidence: str) -> set[int]:
    return {
        (2000 if int(m[1]) < 50 else 1900) + int(m[1]) if m[1] else int(m.group())
        for m in _YEAR.finditer(evidence)
    }


def _durations(said: str) -> set[int]:
    last_year = {1} if " last year " in said else set()
    return {_number(m[1]) for m in _YEARS.finditer(said)} | last_year


def _holds_month(value: str, evidence: str, said: str) -> bool:
    if value == MONTH_TO_MONTH:
        return any(way in said for way in (" month to month", " month by month", " mtm ", " m2 m "))
    low = evidence.lower()
    numeric = {
        (int(m["y"] or m["y3"] or f"20{m['y2']}"), int(m["m"] or m["m2"] or m["m3"]))
        for m in _NUMERIC_MONTH.finditer(low)
    }
    named = {_MONTHS.index(m[1][:3]) + 1 for m in _MONTH_NAME.finditer(low)}
    years = _years_named(evidence)
    if len(named) == 1 and len(years) == 1:
        numeric.add((years.pop(), named.pop()))
    return (int(value[:4]), int(value[5:])) in numeric


def _holds_word(topic: Topic, value: str, said: str) -> bool:
    stems = topic.values.get(value)
    if stems is None:
        return True
    if stems:
        return any(f" {stem}" in said for stem in stems)
    return not any(f" {stem}" in said for others in topic.values.values() for stem in others)
