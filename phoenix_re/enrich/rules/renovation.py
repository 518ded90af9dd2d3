"""Renovation: whether kitchen, baths or the whole home were remodeled, which of them, and when.

A new roof or furnace is no renovation, and "updated home" is one only with a year. Several years in
one text: the latest counts, as for RESO's YearBuiltEffective. A year belongs to the work where its
part of the sentence names no other item ("roof 2021") and no building or buying; a later one that
cannot be placed leaves the year unsaid. "Never remodeled" beside work is a contradiction.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact, Renovation
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases
from phoenix_re.enrich.rules.work import ROOMS, WORDS, Work, work

_LISTS: Final = frozenset(
    {"updates", "update", "improvements", "improvement", "upgrades", "upgrade", "replaced"}
)
_ROOM_AND_DIGITS: Final = re.compile(r"(?:kitchens?|bath(?:room)?s?)[\s(]{1,3}(?:'|20)\d\d")
_FIRST_YEAR, _LAST_YEAR = 1980, 2040  # an earlier one is the year of building
_YEAR: Final = re.compile(
    r"(?<![\d$,.#])(?:'(\d\d)|((?:19|20)\d\d))(?![\ds%]|[,.]\d|-built| built| sq)"
)
_PARTS: Final = re.compile(r"[,;:]| - | while | but | with | plus |\band (?:the|a|new|its|both)\b")
_OTHERS: Final = pattern(
    r"\b(?:roof\w{0,3}|rf|hvac|a/?cs?|air|heat\w{0,3}|furnaces?|cooling|condensers?|plumb\w{0,3}"
    r"|pipes?"
    r"|re~piped?|windows?|doors?|paint\w{0,3}|floor\w{0,3}|carpet|electric\w{0,2}|panel|wiring|wh"
    r"|water heater|heater|pool|spa|solar|deck|patio|landscap\w{0,3}|fence|siding|appliances?"
    r"|gutters?"
    r"|septic|sewer|garage|casita|built|bought|purchased|since|owned|listed|sold|installed|replaced"
    r"|lease\w{0,1}|leased"
    r"|rent\w{0,2}|tenant|next year|will be|permits?|taxes|hoa|warranty|certified|inspected"
    r"|serviced|until|insulation|stucco|addition|added|basement|foundation|units?|exterior|yard)\b"
)
_WORKED_ON: Final = pattern(
    r"\b(?:kitchens?|kit|bath\w{0,5}|ba|powder|remodel\w{0,4}|renovat\w{0,3}|rehab\w{0,3}|gutted"
    r"|rebuilt|redone|remade|overhaul\w{0,2}|modernized|updated|upd|makeover|revamp\w{0,2}|redid)\b"
)
_NO_OTHER_WORDS: Final = pattern(
    r"[\s(]{0,3}(?:(?:and|then|finally|completed?|finished|done|all|both|in|back|between|from|by"
    r"|about"
    r"|around|the|late|early|spring|summer|fall|winter|most|recently|last|of|work|permitted|to"
    r"|through|&|'\d\d|(?:19|20)\d\d)~){0,6}[('\s]{0,3}"
)
_LEADS_IN: Final = pattern(
    r"(?:\bin|during|since|back in|of|by|year|late|early|spring|summer|fall|winter),?(?: of)? $"
)
_ITS_NOUN: Final = pattern(
    r" (?:[a-z]{3,9} ){0,2}(?:remodel|renovation|rehab|overhaul|makeover|update)"
)
_LIST: Final = re.compile(
    r"\b(?:done|updates?|improvements?|upgrades?|remodel\w{0,4}|renovat\w{0,3}|redone|replaced"
    r"|updated|rebuilt)\b"
)
_ROOM_AND_YEAR: Final = phrases(
    [
        (
            "x",
            rf"{ROOMS}(?: (?:followed|came|too|next|again|also|done|update|upd))?(?:[\s:(\-]{{1,3}}"
            rf"|, in )(?:in |done |back in )?"
            r"(?:'\d\d|20\d\d)(?!\d|s)",
        )
    ]
)
_ROOM_BEFORE_YEAR: Final = re.compile(
    r"(?:kit|kitchens?|ba|bath[a-z]{0,5}|powder room|suite)[\s:(,\-][a-z\s:(,\-]{0,16}(?:'|20)\d\d"
)
_FOLLOWED: Final = phrases(
    [
        (
            "x",
            rf"{ROOMS}[\s,]{{1,3}}(?:followed|too|(?:a|one|two|three) years? (?:before|earlier"
            rf"|later|after))",
        )
    ]
)


_SOME_WORK: Final = re.compile(r"(?:major|extensive|thorough|massive|beautiful|stunning|modern)\b")
_ITEMS_AFTER: Final = pattern(rf"~[:(]~{ROOMS}")
_ITEMS_BEFORE: Final = pattern(rf"{ROOMS}~:~$")


def renovation(remarks: Remarks) -> Fact:
    if WORDS.isdisjoint(remarks.words) and (
        _LISTS.isdisjoint(remarks.words) or _ROOM_AND_DIGITS.search(remarks.folded) is None
    ):  # "kitchen 2023" may stand in a list without a word of work
        return NOT_STATED
    years: list[int] = []
    what: set[str] = set()
    never: tuple[int, int] | None = None
    best: tuple[int, tuple[int, int]] | None = None
    for said in work(remarks):
        if said.kind == "never":
            never = never or (said.start, said.end)
            continue
        start, end = remarks.sentence(said.start)
        found, last = _years_of(remarks.folded, said, start, end)
        year = max(found, default=0)
        if said.kind == "updated" and not year and not said.is_of_all:
            continue
        items = _itemised(remarks.folded, said, start, end)
        is_weak = said.kind == "remodeled" and _SOME_WORK.match(said.text) and items
        what |= items | (_rooms(said.text) if said.kind == "rooms" else set())
        if said.kind != "rooms" and not is_weak:
            what.add("whole_home")
        for more in _FOLLOWED.finditer(remarks.folded, said.end, min(end, said.end + 120)):
            what |= _rooms(more.group())
        years.append(year)
        if best is None or year > best[0]:
            best = (year, (said.start, max(said.end, last)))
    for year, rooms, span in _listed(remarks, bool(years)):
        years.append(year)
        what |= rooms
        if best is None or year > best[0]:
            best = (year, span)
    if best is None:
        return remarks.fact("no", never) if never else NOT_STATED
    if never:
        return NOT_STATED
    return remarks.fact("yes", best[1], Renovation(max(years) or None, tuple(sorted(what))))


def _listed(remarks: Remarks, is_worked_on: bool) -> list[tuple[int, set[str], tuple[int, int]]]:
    """ "kitchen 2023" where work is said elsewhere, or its sentence is a list of it."""
    found = []
    for match in near(_ROOM_BEFORE_YEAR, _ROOM_AND_YEAR, remarks.folded, 80, 40):
        start = remarks.sentence(match.start())[0]
        if _OTHERS.match(remarks.folded, match.end() + 1):
            continue  # "kitchen, 2016 HVAC"
        if is_worked_on or _LIST.search(remarks.folded, start, match.start()):
            years = [year for year, _, _ in _stated(remarks.folded, match.start(), match.end())]
            if years:
                found.append((max(years), _rooms(match.group()), match.span()))
    return found


def _years_of(folded: str, said: Work, start: int, end: int) -> tuple[list[int], int]:
    """Years in the sentence that are the work's, and where the last of them ends."""
    years, last, unplaced = [], 0, 0
    for year, low, high in _stated(folded, start, end):
        if said.start <= low < said.end:
            is_its = True
        elif low < said.start:
            leads = _LEADS_IN.search(folded, max(start, low - 12), low) is not None
            is_others = _OTHERS.search(folded, high, said.start) or _OTHERS.search(
                folded, max(start, low - 24), low
            )
            is_its = (leads and not is_others) or _ITS_NOUN.match(folded, high) is not None
        else:
            directly = low - said.end < 40 and _NO_OTHER_WORDS.fullmatch(folded, said.end, low)
            is_its = bool(directly) or _is_of_work(folded, start, end, low, high)
        if is_its:
            years.append(year)
            last = max(last, high)
        elif low > said.start and not _OTHERS.search(
            folded, *_part_around(folded, start, end, low)
        ):
            unplaced = max(unplaced, year)
    if unplaced > max(years, default=0):
        return [], 0
    return years, last if last <= said.end + 110 else 0


def _is_of_work(folded: str, start: int, end: int, low: int, high: int) -> bool:
    """The year's part of the sentence speaks of the work, and of nothing else right before it."""
    begin, close = _part_around(folded, start, end, low)
    worked = _last(_WORKED_ON, folded, begin, low)
    others = _last(_OTHERS, folded, begin, low)
    if worked >= 0:
        return worked > others
    if others >= 0 or _NO_OTHER_WORDS.fullmatch(folded, begin, low) is None:
        return False
    if high + 2 < close:  # "2021: both baths"
        return _OTHERS.search(folded, high, close) is None
    begin, close = _part_around(folded, start, end, min(end, close + 2))
    return (
        _OTHERS.search(folded, begin, close) is None
        or _WORKED_ON.search(folded, begin, close) is not None
    )


def _last(words: re.Pattern[str], folded: str, begin: int, end: int) -> int:
    return max((m.start() for m in words.finditer(folded, begin, end)), default=-1)


def _part_around(folded: str, start: int, end: int, at: int) -> tuple[int, int]:
    """Where the piece of the sentence between commas and the like begins and ends."""
    low = max(start, at - 110)
    low = max((m.end() for m in _PARTS.finditer(folded, low, at)), default=low)
    after = _PARTS.search(folded, at, end)
    return low, after.start() if after else min(end, at + 60)


def _itemised(folded: str, said: Work, start: int, end: int) -> set[str]:
    """Rooms of "updated throughout: kitchen, baths", "kitchen, baths, floors: everything was"."""
    after = _ITEMS_AFTER.search(folded, said.end, min(end, said.end + 110))
    before = _ITEMS_BEFORE.search(folded, max(start, said.start - 90), said.start)
    return set[str]().union(*(_rooms(m.group()) for m in (after, before) if m))


_KITCHEN: Final = re.compile(r"\bkit(?:chens?)?\b")
_BATH: Final = re.compile(r"\bbath|\bba\b|powder|en.?suites?\b")


def _rooms(text: str) -> set[str]:
    rooms = {"kitchen"} if _KITCHEN.search(text) else set[str]()
    return rooms | ({"bathrooms"} if _BATH.search(text) else set())


def _stated(folded: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """`'98` → 1998, `'07` → 2007, `2019`, each with its span; none before the first year."""
    years = []
    for match in _YEAR.finditer(folded, start, end):
        short, full = match.groups()
        year = int(full) if full else int(short) + (2000 if int(short) < 40 else 1900)
        if _FIRST_YEAR <= year <= _LAST_YEAR:
            years.append((year, *match.span()))
    return years
