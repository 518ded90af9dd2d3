"""Renovation and condition: what was done to the home, when, and the state it is in.

Both read the same words. Work on the whole home makes its condition "remodeled" or "updated"; work
on a kitchen or bath does not. A new roof or furnace is no renovation, and "updated home" is one
only with a year. Several years in one text: the latest counts, as for RESO's YearBuiltEffective.
Proposals ("ready to renovate") are nothing.

Condition when a text says several: remodeled before updated, fixer before original; "as is" is a
term of sale and counts only where nothing else is said. Signs from two of the groups {fixer,
original}, {remodeled, updated}, {new, under construction} contradict each other: not stated.
"""

import re
from functools import lru_cache
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact, Renovation
from phoenix_re.enrich.rules.text import Remarks, near, phrases

WORK_STEMS: Final = ("remodel", "renovat", "updated", "rehab", "redone", "gutted")
_DONE: Final = r"(?:remodell?ed|renovated|updated|rehabbed|rehabilitated|redone|gutted)"
_BIG: Final = r"(?:remodell?ed|renovated|rehabbed|rehabilitated)"
_HOW: Final = (
    r"(?:completely|fully|totally|extensively|beautifully|tastefully|newly|recently|freshly"
    r"|heavily|meticulously|thoughtfully|professionally|stunningly|gorgeously|lovingly|entirely"
    r"|sharply|stylishly|wonderfully|extensively|artfully|magnificently|just|impeccably|nicely)"
)
_HOME: Final = (
    r"(?:home|house|bungalow|cottage|ranch|rancher|condo|townhome|townhouse|duplex|property|unit"
    r"|residence|gem|beauty|charmer)"
)
_BETWEEN: Final = (  # adjectives only: "updated flooring this home" is not an updated home
    r"(?:(?!floor|kitchen|bath|roof|light|applian|and|with|by|in|w/|throughout|guest|pool|park"
    r"|ac\b|a/c|hvac|air|heat|window|electr|plumb)"
    r"[\w/]{1,12} ){0,3}?"
)
_ROOM: Final = (
    r"(?:(?:master|primary|guest|hall|main|both|all|half|full|owner'?s'?|upstairs|downstairs|two"
    r"|2|3|gourmet|chef'?s|spacious|large|modern|eat in|white|country) ){0,3}"
    r"(?:kitchens?|bath(?:room)?s?|master baths?)"
)
_ROOMS: Final = rf"{_ROOM}(?:~(?:and|&|,|/|\+)~{_ROOM}){{0,3}}"
_YEAR: Final = r"(?:'\d\d|(?:19|20)\d\d)"
_WHEN: Final = (
    rf"(?:[\s(]{{1,4}}(?:by (?:the )?[a-z]{{3,10}}(?: owners?| contractor)? )?"
    rf"(?:in |back in |around |circa |since |during )?(?:\d{{1,2}}/)?{_YEAR}(?!\d|s)"
    rf"(?:~(?:,|and|&|/|-)~(?:in )?(?:\d{{1,2}}/)?{_YEAR}(?!\d|s)){{0,3}})"
)

_NO_ROOM: Final = r"(?!\)?~(?:\w{2,10} ){0,2}(?:kitchen|bath))"

_WORK: Final = phrases(
    [
        ("never", r"never(?: been)? (?:remodell?ed|renovated|updated)|unrenovated"),
        (
            "other",
            r"(?:not|never|ready (?:for|to)(?: be)?|needs?(?: to be)?|needing|could(?: be)?"
            r"|can(?: be)?"
            r"|should be|to be|waiting to be|want(?:s|ing)? to|potential to|opportunity to|being"
            r"|(?:have|having|has) sold after being|or|and) <gap>(?:be |a |get )?"
            r"(?:remodell?(?:ed)?|renovat(?:e|ed|ion)|update|rehab)"
            r"|(?:homes|houses|properties|neighbou?rs) <gap>(?:been |being )?"
            + _DONE
            + rf"|(?:recently|newly) {_DONE} (?:park|school|clubhouse|community|library|elementary"
            r"|mall|trail|shopping|amenit\w{1,4}|lobby|pool)",
        ),
        (
            "rooms",
            rf"{_ROOMS} (?:was |were |is |are |has been |have been |all )?(?:{_HOW} )?"
            rf"(?:{_DONE}|remodel|renovation){_WHEN}?"
            rf"|(?:{_HOW} )?{_DONE} (?:and [a-z]{{4,10}} )?{_ROOMS}{_WHEN}?",
        ),
        (
            "remodeled",
            rf"{_HOW} (?:{_DONE} (?:and|&) )?{_BIG}(?:{_WHEN}{_NO_ROOM}| {_BETWEEN}{_HOME})"
            rf"|{_HOW} (?:updated (?:and|&) )?{_BIG}(?=~[.!;,]| (?:and|&) (?:move|ready|turn)"
            rf"| with)|{_BIG} {_BETWEEN}{_HOME}{_WHEN}?"
            rf"|{_HOME} (?:was |has been |is )(?:{_HOW} )?{_BIG}{_WHEN}?"
            rf"|(?:^|(?<=[.!*]\s)){_BIG}{_WHEN}|(?:was|is|has been) {_BIG}{_WHEN}"
            rf"|(?:complete|full|total|whole (?:home|house)|down to the studs|to the studs"
            rf"|extensive)"
            rf" (?:remodel|renovation|rehab)(?! (?:opportunity|project|of)){_WHEN}?"
            rf"|{_HOW} {_BIG}(?= (?:\d{{1,2}}(?:~(?:bed|br|bd|story|bath|/)|, ?\d)|from top"
            rf"|top to bottom|inside|throughout))"
            rf"|(?:stunning|gorgeous|modern|beautiful|exquisite|amazing|top to bottom|major"
            rf"|designer"
            rf"|incredible|luxury) (?:modern |interior |designer )?(?:remodel|renovation)"
            rf"(?! (?:opportunity|project|of|potential|ready|options?)){_WHEN}?"
            rf"|{_YEAR} remodel(?= (?:in|on|near|tucked|with)|[.!])"
            rf"|{_BIG} (?:from|down to|to) the studs{_WHEN}?",
        ),
        (
            "updated",
            rf"(?:{_HOW} )?updated {_BETWEEN}{_HOME}{_WHEN}?"
            rf"|{_HOME} (?:was |has been |is )(?:{_HOW} )?updated{_WHEN}?"
            rf"|(?:was|is|has been) (?:{_HOW} )?updated{_WHEN}",
        ),
    ]
)
_ANCHOR: Final = re.compile(r"remodel|renovat|updated|rehab|redone|gutted|studs")
_FIRST_YEAR, _LAST_YEAR = 1980, 2040  # an earlier one is the year of building
_YEARS: Final = re.compile(r"(?<!\d)(?:'(\d\d)|((?:19|20)\d\d))(?!\d|s)")

_STATE: Final = phrases(
    [
        (
            "other",
            r"(?:grill|shed|appliances|fridge|refrigerator|furniture|washer|dryer|fence|deck)"
            r" (?:[a-z]{2,12} ){0,6}(?:in )?\"?as is"
            r"|(?:live in|enjoy|great house|great home|occupy|leave|move in ready|keep|stay|used?"
            r"|yard|backyard|house|home|good|ready|perfect|just),? (?:it )?as is"
            r"|or tear~down|as is the|as is our|as is (?:or|condition good)"
            r"|(?:casita|kitchen|garage|yard|bath(?:room)?s?|pool|landscap\w{2,4}|shed) <gap>needs?"
            r" (?:some |a little )?(?:tlc|work|updating|repairs?)"
            r"|(?:better|newer) than new(?: construction)?|like new construction"
            r"|(?:new construction|newly built|brand new)(?: (?:homes|houses|properties)| nearby"
            r"| all around| around| next| across| in the area| going| on the)"
            r"|(?:by|of|with|near|or|for|and|many|lots of|is|than|a|to) new construction",
        ),
        (
            "fixer",
            r"fixer(?:~upper)?s?|handy~man'?s? (?:special|dream)|tear~down"
            r"|(?:needs?|need of|use|needing) (?:some |a little |a bit of |lots of |your )?"
            r"(?:cosmetic )?(?:tlc|updating|repairs?|rehab|work|renovation)"
            r"|(?:needs|in need of) (?:full|complete|significant|extensive|foundation|major)"
            r" (?:renovation|repairs?|work|remodel(?:ing)?|rehab)",
        ),
        (
            "as_is",
            r"(?:sold|selling|sells|sale|offered|being sold|strictly|priced|listed|conveyed)"
            r"[\s:,]{1,3}(?:strictly )?(?:in )?(?:its? |it's )?[\"']?as~is"
            r"|[\"']?as~is[\"']? (?:sale|property|where is|cash|only|offer)",
        ),
        (
            "original",
            r"original condition|all original(?= [a-z]{0,12}~(?:home|house|ranch|condition))",
        ),
        (
            "under_construction",
            r"(?:(?:home|house|property|this one) (?:is )?(?:currently |now )?"
            r"|currently )under construction|(?:^|(?<=[.!*]\s))under construction",
        ),
        (
            "new",
            r"brand new construction|(?:^|(?<=[.!*]\s)|(?<=this\s))(?:stunning |beautiful "
            r"|gorgeous |modern )?"
            r"new construction(?! (?:homes|is|and|on))"
            r"|brand new (?:home|house|build)|newly built (?:home|house|modern)"
            r"|new construction (?:home|house|duplex|townhome|condo)",
        ),
    ]
)
_STATE_STEMS: Final = (
    *("as is", "as-is", "fixer", "tear", "tlc", "handy", "need", " use ", "construct"),
    *("original", "brand new", "brand-new", "newly built", "newly-built", "updating"),
)
_GROUPS: Final = (("fixer", "original"), ("remodeled", "updated"), ("new", "under_construction"))


def renovation(remarks: Remarks) -> Fact:
    years: list[int] = []
    what: set[str] = set()
    never: tuple[int, int] | None = None
    best: tuple[int, tuple[int, int]] | None = None
    for match in _work(remarks):
        if match.lastgroup == "never":
            never = never or match.span()
            continue
        year = max(_stated_years(match.group()), default=0)
        if match.lastgroup == "updated" and not year:
            continue
        what |= _what(match)
        years.append(year)
        if best is None or year > best[0]:
            best = (year, match.span())
    if best is None:
        return remarks.fact("no", never) if never else NOT_STATED
    if never:
        return NOT_STATED
    return remarks.fact("yes", best[1], Renovation(max(years) or None, tuple(sorted(what))))


def condition(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in _work(remarks):
        if match.lastgroup in ("remodeled", "updated"):
            found.setdefault(match.lastgroup, match.span())
    if any(stem in remarks.folded for stem in _STATE_STEMS):
        for match in _STATE.finditer(remarks.folded):
            found.setdefault(match.lastgroup or "", match.span())
    groups = [group for group in _GROUPS if found.keys() & set(group)]
    if len(groups) > 1:
        return NOT_STATED
    for value in groups[0] if groups else ("as_is",):
        if value in found:
            return remarks.fact("yes", found[value], value)
    return NOT_STATED


@lru_cache(maxsize=1)  # renovation and condition read the same text one after the other
def _work(remarks: Remarks) -> tuple[re.Match[str], ...]:
    if not any(stem in remarks.folded for stem in WORK_STEMS):
        return ()
    return tuple(
        m for m in near(_ANCHOR, _WORK, remarks.folded, 120, 120) if m.lastgroup != "other"
    )


def _what(match: re.Match[str]) -> set[str]:
    if match.lastgroup != "rooms":
        return {"whole_home"}
    rooms = {"kitchen"} if "kitchen" in match.group() else set()
    return rooms | ({"bathrooms"} if "bath" in match.group() else set())


def _stated_years(text: str) -> list[int]:
    """`'98` → 1998, `'07` → 2007, `2019`. In "1939 remodel" the year is when it was built."""
    years = []
    for short, full in _YEARS.findall(text):
        year = int(full) if full else int(short) + (2000 if int(short) < 40 else 1900)
        if _FIRST_YEAR <= year <= _LAST_YEAR:
            years.append(year)
    return years
