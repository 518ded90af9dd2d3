"""The lease in force: that there is one, and the month in which it ends.

A lease is stated by its own words ("leased", "lease in place"), by a date after "tenant" or
"rented", or by "month to month" said of a tenancy. Leases to be had, of solar panels or of land,
options, rules on leasing and a rent-back to the seller are no such lease.

Two ends (of two units) leave the month unsaid. A month without a year does too. "5/27" is May
2027, unless the second number is the last day of that month, or no year of these times.
"""

import re
from calendar import monthrange
from typing import Final

from phoenix_re.enrich.facts import MONTH_TO_MONTH, NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

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
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE: Final = (
    r"(?:(?:the )?(?:last day|end|beginning|middle|eom|mid|early|late|first|\d{1,2}(?:st|th))"
    r"(?: of)?[\s\-]{1,8})?(?:\d{1,2} )?"
    rf"(?:{_MONTH}\.?(?:~{_DAY}(?!\d|/))?(?:(?:,| of|~/|~-)?[\s,\-/]{{0,8}}(?:20\d\d|'\d\d)(?!\d))?"
    r"|\d{1,2}[/.\-]\d{1,2}[/.\-](?:20)?\d\d(?!\d)|20\d\d-\d\d(?:-\d\d)?(?!\d)"
    r"|\d{1,2}[/.\-]20\d\d(?!\d)|\d{1,2}[/.]\d{1,2}(?!\d))"
)
_TENANT: Final = r"(?:tenants?|renters?|lessees?)"
_MO_TO_MO: Final = (
    r"(?:month[s]?(?:~/~| (?:to|2|by) |~2~)month|mo\.?~(?:to|2|/)~mo\.?|m~[t2]~m|month to mo)"
)
_ANY_AMOUNT: Final = r"(?:\$\s?)?\d[\d,]{2,6}(?:\.\d\d)?(?:~(?:/|per|a)~mo(?:nth)?|~monthly|/m)?"
_LINK: Final = (  # what may stand between the tenancy and its end
    rf"(?:[\s,:;(@/\-]{{1,8}}(?:currently|now|in|place|effect|is|are|has|have|with|an?|the|existing"
    r"|current|signed|valid|good|active|long|term|great|solid|locked|that|which|who|stay(?:s|ing)?"
    r"|runs?|running|goes|going|occupied|occ|occ'd|leased?|rented|agreement|contract|date|at|for"
    rf"|to|gross|month|monthly|pays|paying|{_ANY_AMOUNT})){{0,9}}?"
)
_UNTIL: Final = (
    r"[\s,:(/\-]{1,8}(?:(?:good |runs? |up |is |are |valid )?(?:through|thru|until|'?till?|to|up"
    r"|ends?|ending|expir(?:es?|ing|ation)|exp|terminat(?:es|ing)|concludes?)\.?)"
    r"(?:[\s:(]{1,8}(?:is|on|in|at|of|the|date|about|approximately|to)){0,3}[\s:(]{1,8}"
)

_NO_SUCH_LEASE: Final = (
    "other",
    r"(?:no|without(?: an?)?|not under|solar|land|ground|new|minimum|min|short term|panel|any"
    r"|equipment|former|previous|prior|broken|free|flexible) (?:tenant )?leases?"
    r"(?: (?:in place|agreement|through|until))?"
    r"|lease~(?:backs?|options?|purchase|to own|terms|term (?:negotiable|minimum|min|options?|of)"
    r"|with (?:an? )?option|w/ ?option"
    r"|restrictions?|available|holder|rate|opportunity|ready|rules|minimum|solar)"
    r"|leased (?:solar|panels|land|equipment|propane|water)|for lease",
)
_DATED: Final = phrases(
    [
        _NO_SUCH_LEASE,
        (
            "dated",
            rf"(?:(?:tenant'?s?'? |current |existing )?lease[ds]?|rented|{_TENANT}(?:'s?)?"
            rf"|tenan(?:cy|ted)){_LINK}{_UNTIL}(?P<date>{_DATE})"
            rf"(?:~(?:and|&|,|/)~(?P<other_date>{_DATE}))?",
        ),
        (
            "monthly",
            rf"{_MO_TO_MO}",
        ),
    ]
)
_UNDATED: Final = phrases(
    [
        _NO_SUCH_LEASE,
        (
            "lease",
            r"(?:current |existing |tenant |tenant's |signed )?leases? (?:(?:is|are|already) )?in"
            r" (?:place|effect|force)"
            r"|under (?:an? )?(?:current |existing |active )?lease(?! option)"
            r"|(?:is|are|currently|already|fully|presently|now|home|house|property|condo"
            r"|units) leased"
            r"(?! (?:solar|panels|land))"
            r"|leased(?: out)? (?:at|for|@)~(?=\$)|leased (?:through|thru|until|till?|to (?:an?"
            r"|the)"
            rf" (?:[a-z]{{4,10}} ){{0,2}}{_TENANT})"
            rf"|{_TENANT} (?:has|have|with|on|under|signed)(?: an?"
            r"| the)? (?:[a-z0-9]{1,9} ){0,2}"
            r"(?:(?:year|yr|month|mo|term)~)?lease"
            r"|honor (?:the|this|a) lease|(?:honor|assume|take over|subject to|respect)(?: the"
            r"| an?)? (?:existing|current|in place|tenant'?s?'?) lease(?! option)"
            r"|(?:current|existing|tenant'?s?'?) lease (?:ends|expires|runs|goes|until|through|thru"
            r"|conveys|transfers|must|to be|will|stays|remains|is)",
        ),
    ]
)
_OF_A_TENANCY: Final = phrases(
    [("x", r"tenan\w{1,5}|leased|rented|renter|renting|occupied|rent|rents")]
)
_TO_BE_HAD: Final = phrases(
    [
        (
            "x",
            r"available|options?|for (?:lease|rent)|offer\w{0,3}|flexible|consider\w{0,3}|minimum"
            r"|possible|allowed|short term|furnished|negotiable|looking for|if|could|can|solar"
            r"|after|then|afterwards?|converts?|reverts?|rolls?|becomes?|seller|rent~back|option",
        )
    ]
)
_NOT_IN_FORCE: Final = phrases(
    [
        (
            "x",
            r"was|were|had|previously|formerly|former|once|no|not|never|if|or|could be|can be"
            r"|may be"
            r"|would be|until recently|seller|owner wants|solar|panels?|softener|propane|slip|dock"
            r"|lot|land|space|rent~back|lease~back|equipment|alarm",
        )
    ]
)


def lease_end(remarks: Remarks) -> Fact:
    ends: dict[str, tuple[int, int]] = {}
    first: tuple[int, int] | None = None
    for match in _DATED.finditer(remarks.folded):
        span = _monthly_span(remarks, match) if match.lastgroup == "monthly" else match.span()
        if span is None or not _is_in_force(remarks, match):
            continue
        first = first or span
        if end := _month(match["date"]) if match["date"] else MONTH_TO_MONTH:
            ends.setdefault(end, span)
        if match["other_date"]:
            ends.setdefault(match["other_date"], span)
    if len(ends) == 1:
        end, span = ends.popitem()
        return remarks.fact("yes", span, end)
    first = first or next(
        (m.span() for m in _UNDATED.finditer(remarks.folded) if _is_in_force(remarks, m)), None
    )
    return remarks.fact("yes", first) if first else NOT_STATED


def _is_in_force(remarks: Remarks, match: re.Match[str]) -> bool:
    """Whether no word before it in its clause makes it another lease, or another time."""
    if match.lastgroup == "other":
        return False
    start = max(remarks.sentence(match.start())[0], match.start() - 40)
    start = max(start, remarks.folded.rfind(",", start, match.start()))
    return not _NOT_IN_FORCE.search(remarks.folded, start, match.start())


def _monthly_span(remarks: Remarks, match: re.Match[str]) -> tuple[int, int] | None:
    """ "Month to month" with the tenancy of its sentence; None where there is none, or to let."""
    start, end = remarks.sentence(match.start())
    near = max(start, match.start() - 30), min(end, match.end() + 25)
    if _TO_BE_HAD.search(remarks.folded, *near):
        return None
    start, end = max(start, match.start() - 70), min(end, match.end() + 50)
    tenancy = _OF_A_TENANCY.search(remarks.folded, start, end)
    return tenancy and (min(tenancy.start(), match.start()), max(tenancy.end(), match.end()))


_BY_NAME: Final = re.compile(
    rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?\D(?:.{{0,12}}\D)?(20\d\d|\d\d)$"
)
_BY_NUMBER: Final = re.compile(
    r"(?:(?P<iso>20\d\d)-(?P<iso_month>\d\d)(?:-\d\d)?|(?P<month>\d{1,2})[/.\-]"
    r"(?:\d{1,2}[/.\-])?(?P<year>(?:20)?\d\d)|\d{1,2}[/.]\d)$"
)
_YEARS: Final = range(2010, 2046)
_SHORT_YEARS: Final = range(2024, 2046)  # "5/12" is a day


def _month(date: str) -> str | None:
    """`may 31, 2027`, `5/2027`, `5/31/27`, `5/27` → 2027-05; None where the year is not said."""
    if number := _BY_NUMBER.search(date):
        year = number["iso"] or number["year"] or "0"
        month = int(number["iso_month"] or number["month"] or 0)
        short = re.fullmatch(r"\d{1,2}[/.]\d\d", date) is not None
    elif name := _BY_NAME.search(date):
        year, month, short = name[2], _MONTHS.index(name[1]) + 1, False
        if len(year) == 2 and date[-3] != "'":
            return None
    else:
        return None
    full = int(year) + (2000 if len(year) == 2 else 0)
    if full not in _YEARS or not 1 <= month <= 12:
        return None
    if short and full not in _SHORT_YEARS:
        return None
    if short and int(year) == (28 if month == 2 else monthrange(2000, month)[1]):
        return None  # the last day of the month
    return f"{full}-{month:02}"
