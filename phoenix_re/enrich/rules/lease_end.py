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

from phoenix_re.enrich.facts import MONTH_TO_MONTH as MONTHLY
from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.supposed import is_supposed, looks_for_a_tenant
from phoenix_re.enrich.rules.tenancy import (
    MONTH_TO_MONTH,
    TENANCY,
    TENANT,
    tenancies,
)
from phoenix_re.enrich.rules.text import Remarks, near_words, pattern, phrases

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
    r"(?:(?:the )?(?:last day|end|beginning|middle|eom|mid|early|late|first|\d{1,2}(?:st"
    r"|th))(?: of)?[\s\-]{1,8})?(?:\d{1,2} )?"
    rf"(?:{_MONTH}\.?(?:~{_DAY}(?!\d|/))?(?:(?:,| of|~/|~-)?[\s,\-/]{{0,8}}(?:20\d\d|'\d\d)(?!\d))?"
    r"|\d{1,2}[/.\-]\d{1,2}[/.\-](?:20)?\d\d(?!\d)|20\d\d-\d\d(?:-\d\d)?(?!\d)"
    r"|\d{1,2}[/.\-]20\d\d(?!\d)|\d{1,2}[/.]\d{1,2}(?!\d))"
)
_UNLIKE_A_TERM: Final = (  # words after which a date is not the end of a lease
    r"(?!(?:would|wants?|wish\w*|hopes?|hoping|likes?|prefers?|could|can|might|asks?|moved|left"
    r"|vacated|solar|panels?|option|available|after|once|when|if|seller|sellers|owner|owners|vacant"
    r"|allowed|permitted|minerals?|rights|required|built|renovated|remodeled|replaced|updated|since|showings?|open|offers?|not|no|never|hoa"
    r"|dues|loan|previous|former|was|were|been|market|goes vacant)\b)"
)
_GAP: Final = (
    rf"(?:[\s,:(@/&\-]{{1,4}}{_UNLIKE_A_TERM}(?:[^\s.;!?,(]|\.(?=\d)|,(?=\d)){{1,14}}){{0,11}}?"
)
_UNTIL: Final = (
    r"[\s,:(/\-]{1,8}(?:(?:good |runs? |goes |up |is |are |valid |due )?(?:through|thru|until"
    r"|'?till?|to|up|ends?|ending|expir(?:es?|ing|ation)|exp|terminat(?:es|ing)|concludes?"
    r"|concluding|thr|finishes|lapses|end date|exp date|expiration date"
    r"|runs? out)\.?)(?:[\s:(]{1,8}(?:is|on|in|at|of|the|date|about|approximately|to|and|including"
    r"|not)){0,3}[\s:(]{1,8}"
)

_NO_SUCH_LEASE: Final = (
    "other",
    r"(?:no|without(?: an?)?|not under|never|nor|neither|solar|land|ground|new|minimum|min"
    r"|short term|panel|any|equipment|former|previous|prior|broken|free|flexible|ppa|all"
    r"|master) (?:written |tenant |active |current )?leases?(?: (?:in place|agreement|through"
    r"|until))?(?! (?:are|is|run|expire|end|month|signed|with the ten))|lease~(?:backs?|options?"
    r"|purchase|to own|terms|term (?:negotiable|minimum|min|options?|of)|with (?:an? "
    r"|the )?(?:option|right)|w/ ?option|to (?:buy|purchase|own)|restrictions?|available|holder"
    r"|rate|opportunity|ready|rules|minimum|solar|it out|payment|payments|company|required|policy"
    r"|limits?|cap|allowed|permitted)|leased (?:solar|panels|land|equipment|propane|water|system)"
    r"|for lease|(?:will|would|could|can|may|to|do|please|or|and) lease|rent~backs?",
)
_DATED: Final = phrases(
    [
        _NO_SUCH_LEASE,
        (
            "dated",
            rf"(?:(?:tenant'?s?'? |current |existing )?lease[ds]?|rented|lsd|{TENANT}(?:'s?)?"
            rf"|occupied|let|tenan(?:cy|ted)){_GAP}{_UNTIL}(?P<date>{_DATE})(?:~(?:and|&|,|/|-"
            rf"|to)~(?P<other_date>{_DATE}))?",
        ),
        (
            "monthly",
            rf"{MONTH_TO_MONTH}",
        ),
    ]
)
_NEAR_A_LEASE: Final = TENANCY | {"month", "months", "mo", "monthly", "mtm"}
_TERM: Final = (
    r"(?:(?:an? |the |her |his |my |our |one |two |three |both |signed |written |active |current "
    r"|existing |long term |long |new |yearly |annual |fixed |firm |good |binding |valid |separate "
    r"|their |\d{1,2}~(?:year|yr|month|mo)s? |(?:one|two|three|six|twelve)~(?:year|month) "
    r"|year long |\d{4} ){0,4})"
)
_UNDATED: Final = phrases(
    [
        _NO_SUCH_LEASE,
        (
            "lease",
            r"(?:current |existing |tenant |tenant's |signed )?leases? (?:(?:is|are|already|now"
            r"|currently) ){0,2}in (?:place|effect|force)|under (?:an? )?(?:current |existing "
            r"|active |signed )?lease(?! option)|(?:is|are|currently|already|fully|presently|now"
            r"|home|house|property|condo|still|both|units) leased(?! (?:solar|panels|land))"
            r"|leased(?: out)? (?:at|for|@)~(?=\$)|leased (?:through|thru|until|till?|to (?:an?"
            rf"|the|one|my|our|two) (?!own)|by (?:an?|the) (?:[a-z]{{4,10}} ){{0,2}}{TENANT})"
            rf"|{TENANT} (?:is |are |currently |now |both |all ){{0,2}}(?:has|have|with|on|under"
            rf"|signed|holds?)"
            r" (?:[a-z0-9]{1,9} ){0,3}?(?:(?:year|yr|month|mo|term)~)?leases?"
            rf"|on (?!the market){_TERM}leases?(?! (?:with option|option|will))|(?:holds?|have|has"
            rf"|signed|renewed|extended|honor|sold with) {_TERM}leases?"
            r"|honou?r (?:the|this|a|that) lease|(?:honou?r|assume|take over|subject to|respect"
            r"|inherits?)(?: the| an?)? (?:existing |current |in place |tenant'?s?'? "
            r"|present ){1,2}leases?(?! option)|subject to (?:the |a |its )?leases?|(?:current"
            r"|existing|tenant'?s?'?|her|his|their|the|my renter's|signed|one year|12 month|year"
            r"|written) leases? (?:ends?|expires?|runs?|goes|until|through|thru|conveys?|transfers?"
            r"|must|to be|stays?|remains?|continues|is up|are up|has \w{2,6} (?:months?|years?)"
            r"|with|go(?:es)? with|passes)"
            rf"|(?:^|(?<=[.!?*;|•>\n]\s)|(?<=[.!?*;|•>\n]))leased (?:condo|home|house|duplex"
            rf"|townhome|townhouse|unit|investment|triplex|fourplex)"
            r"|leases? (?:good |valid )?(?:through|thru|until)|(?:months?|year|years) (?:left "
            r"|remaining )(?:on|of) (?:the|her|his|their|a) lease",
        ),
    ]
)
_OF_A_TENANCY: Final = phrases(
    [
        (
            "x",
            r"tenan\w{1,5}|tnts?|leased|rented|renters?|lessees?|renting|occupied|rent|rents"
            r"|leases?",
        )
    ]
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
_ENDED: Final = pattern(
    r"~(?:until|till) (?:last|we|i|she|he|they|recently|this (?:spring|summer))"
)
_NOT_IN_FORCE: Final = phrases(
    [
        (
            "x",
            r"was|were|had|previously|formerly|former|once|no|not|never|if|or|could be|can be"
            r"|may be|would be|until recently|neighbou?r'?s?'?|seller|owner wants|solar|panels?"
            r"|softener|propane|slip|dock|lot|land|space|rent~back|lease~back|equipment|alarm"
            r"|water heater|tank|barn|shop|pasture|office|minerals?|billboard|tower|system|storage",
        )
    ]
)


_LEASE: Final = frozenset(("lease", "leases", "leased"))


def lease_end(remarks: Remarks) -> Fact:
    if looks_for_a_tenant(remarks):
        return NOT_STATED
    ends: dict[str, tuple[int, int]] = {}
    first: tuple[int, int] | None = None
    for match in near_words(_NEAR_A_LEASE, _DATED, remarks, 40, 170):
        span = _monthly_span(remarks, match) if match.lastgroup == "monthly" else match.span()
        if span is None or not _is_in_force(remarks, match):
            continue
        first = first or span
        if end := _month(match["date"]) if match["date"] else MONTHLY:
            ends.setdefault(end, span)
        if match["other_date"]:
            ends.setdefault(match["other_date"], span)
    if len(ends) == 1:
        end, span = ends.popitem()
        return remarks.fact("yes", span, end)
    first = first or next(
        (
            m.span()
            for m in near_words(_LEASE, _UNDATED, remarks, 60, 60)
            if _is_in_force(remarks, m)
        ),
        None,
    )
    return remarks.fact("yes", first) if first else NOT_STATED


def _is_in_force(remarks: Remarks, match: re.Match[str]) -> bool:
    """Whether no word before it in its clause makes it another lease, or another time."""
    if match.lastgroup == "other" or is_supposed(remarks, match.start()):
        return False
    start = max(remarks.sentence(match.start())[0], match.start() - 40)
    start = max(start, remarks.folded.rfind(",", start, match.start()))
    return not _NOT_IN_FORCE.search(remarks.folded, start, match.start())


def _monthly_span(remarks: Remarks, match: re.Match[str]) -> tuple[int, int] | None:
    """ "Month to month" with the tenancy of its sentence; None where there is none, or to let."""
    start, end = remarks.sentence(match.start())
    near = max(start, match.start() - 30), min(end, match.end() + 25)
    if _TO_BE_HAD.search(remarks.folded, *near) or _ENDED.match(remarks.folded, match.end()):
        return None
    start, end = max(start, match.start() - 70), min(end, match.end() + 50)
    tenancy = _OF_A_TENANCY.search(remarks.folded, start, end)
    if tenancy:
        return min(tenancy.start(), match.start()), max(tenancy.end(), match.end())
    return match.span() if any(h.holder == "tenant" for h in tenancies(remarks)) else None


_BY_NAME: Final = re.compile(
    rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?\D(?:.{{0,12}}\D)?(20\d\d|\d\d)$"
)
_BY_NUMBER: Final = re.compile(
    r"(?:(?P<iso>20\d\d)-(?P<iso_month>\d\d)(?:-\d\d)?"
    r"|(?P<month>\d{1,2})[/.\-](?:\d{1,2}[/.\-])?(?P<year>(?:20)?\d\d)|\d{1,2}[/.]\d)$"
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
