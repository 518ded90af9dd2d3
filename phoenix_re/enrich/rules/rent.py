"""Rent: what the home brings now, as cents a month.

Market, possible, former and asked rents do not count, nor does a text that looks for a tenant.
Units of one home are added up where each one's rent is said, or the total; the rent of only some
of them, a range, or several amounts for one thing leave the amount unsaid. An amount without its
period does too: "rent is $1,500" may be for a week.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.rent_amounts import (
    BARE,
    MONEY,
    PERIOD,
    amount,
    is_plausible,
    monthly_cents,
)
from phoenix_re.enrich.rules.rent_times import clause, is_not_now
from phoenix_re.enrich.rules.supposed import looks_for_a_tenant
from phoenix_re.enrich.rules.tenancy import (
    ANNEX,
    MONTH_TO_MONTH,
    TENANT,
    tenancies,
    whole_or_annex,
)
from phoenix_re.enrich.rules.text import Remarks, phrases

_JUST: Final = (
    r"(?:,? (?:just|only|about|around|approximately|approx\.?|over|currently|now|out|month to month"
    r"|mtm|m2m|below market|under market|well|a|total|combined|of|at|for|gross|monthly|great"
    r"|tenants?|is|are|and|@|to|the|in|place|until|through|on|lease|long term|with|rate|rent|each"
    r"|unit|it|an?|solid|good|thru|till?|end|of|(?:\d{1,2}/){1,2}(?:20)?\d\d|20\d\d,?|\d{1,2}(?:st"
    r"|th)?,?|jan\w{0,6}|feb\w{0,6}|mar\w{0,2}|apr\w{0,2}|may|june?|july?|aug\w{0,3}|sep\w{0,6}"
    r"|oct\w{0,4}|nov\w{0,5}|dec\w{0,5})){0,8}"
)
_RENTED: Final = (
    r"(?:rented|leased|lsd|renting|rents|leases|occupied|tenanted|tenant~/?~occ(?:upied|'?d)?"
    r"|tenants? in~place|(?<!for\s)(?<!for-)lease(?= (?:at|@)))"
)
_RENT: Final = (
    r"(?:(?:(?:total|gross|current|monthly|annual|combined|scheduled|actual|in place|existing|net"
    r"|yearly|month|lease) ){0,3}(?:rents?|rental income|rent(?:al)? roll|rental revenue"
    r"|rental rate|rental|income|lease amount)|(?:current|existing|in place|tenant'?s?'?"
    r"|the) lease(?! option)|gross (?:monthly |annual )?(?:rents|revenue))"
)
_IS: Final = (
    r"(?:[\s:=@\-]{1,8}(?:range|run|from|is|are|of|at|currently|now|totals?|totaling|roll|just|only"
    r"|approximately|approx\.?|about|over|amount|total|month(?:ly)?|per month|per year"
    r"|annual(?:ly)?|both units|combined|brings?|in|for|from|the|unit|each"
    r"|income)){0,5}[\s:=@\-]{0,8}"
)
_BRINGS: Final = (
    r"(?:bring(?:s|ing)(?: in)?|generat(?:es|ing)|produc(?:es|ing)|gross(?:es|ing)|earn(?:s|ing)"
    r"|collect(?:s|ing)?|yield(?:s|ing)|currently averag(?:es|ing)|tak(?:es|ing) in|receiv(?:es"
    r"|ing))"
)
_WHERE: Final = (
    r"(?:one|1|the other|other|second|2nd|third|fourth|first|front|back|rear|upstairs|downstairs"
    r"|upper|lower|left|right|north|south|east|west|main|large|small|smaller|larger|middle)"
)
_PART: Final = (
    r"(?:u[1-9]|units?~#?~(?:[a-h]|[1-9]\d{0,2}|one|two|three|four)(?:~(?:and|&|,)~(?:[a-h]"
    r"|[1-9]))?|#~?(?:[a-h]|\d{1,3})|apt\.?~#?~(?:[a-h]|\d{1,3})|side~[ab12]"
    rf"|(?:{_WHERE}|each|per|both|(?:1|2|3|4)~(?:bed|br|bd)(?:room)?|(?:one|two"
    rf"|three)~bed(?:room)?)~(?:side|sides|units?"
    r"|half|halves|house|home|apartment|apt|duplex|level|floor|one)(?: \d/\d)?|(?:detached|separate"
    r"|guest|garage|rental)~(?:unit|apartment|apt|studio|house|suite)|casita|guest~house|adu|studio"
    r"|basement|garage apartment|cottage|rooms? (?:is |are )?(?:rent\w{0,3}|leased|at)"
    rf"|the other(?: two)?|{_WHERE}(?= (?:is |brings |pays |rents )?(?:at |for )?\$\d)"
    rf"|{_WHERE} \d/\d)"
)


# From "tenant" or "leased" to what is paid: no other amount, no other matter.
_ON_THE_WAY: Final = (
    r"(?:[\s,:(@/&\-]{1,4}(?!(?:hoa|dues|fees?|association|solar|deposit|taxes|insurance|price"
    r"|priced|list|listed|value|arv|worth|credit|cost|costs|payment|payments|assum\w*|loan|market"
    r"|could|would|should|might|potential|offered|sale|purchase|buy|option|asking|and (?:the|a|an)"
    r"|but|reduced|utilities|electric|water|reserve|bid|roof|spent|worth|cash"
    r"|down)\b)(?:[^\s.;!?,($]|\.(?=\d)|,(?=\d)){1,14}){0,12}?"
)
_UP_TO: Final = r"[\s,:(@\-]{1,4}(?:at~|for~|@~|pay(?:s|ing) |rent (?:is |of )?)?"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:lot|space|pet|land|ground|pad|slip|boat|storage|parking|pro~forma"
            r"|(?<!below\s)(?<!below-)(?<!under\s)(?<!under-)market|projected|potential|estimated"
            r"|asking|fair market|neighbou?rhood|area|hoa|zestimate) rents?"
            rf"(?: (?:is|are|of|at|for|in|the|this|rate|average)){{0,3}}~:?~{MONEY}{PERIOD}?"
            rf"|(?:lease|rent)~backs? <gap>{MONEY}|{MONEY} (?:security )?deposit"
            rf"|solar <gap>{MONEY}{PERIOD}?|rent (?:out )?(?:the|your|one|this|it|a) <gap>(?:for "
            rf"|at )?{MONEY}{PERIOD}?|{_PART} (?:could|can|should|may|might"
            rf"|would) <gap>{MONEY}{PERIOD}?",
        ),
        ("rented", rf"{_RENTED}{_JUST}[\s@:(]{{1,8}}{amount('a1')}"),
        ("rent", rf"{_RENT}{_IS}{amount('a2')}"),
        (
            "first",
            rf"{amount('a3')}\.? (?:in |of )?(?:(?:gross|monthly|rental|total|current|consistent"
            r"|airbnb|str|net|annual|yearly|combined|short term|lease|steady) ){0,4}(?:rents?"
            r"|income|rental income|rent roll|gross rents?|revenue|gross)"
            rf"(?: roll)?(?P<after>{PERIOD})?",
        ),
        (
            "pays",
            rf"{TENANT}(?:[\s,(]{{1,8}}[a-z0-9'/\-]{{1,12}}){{0,7}}?[\s,]{{1,8}}(?:pays?"
            r"|paying)"
            rf"(?: (?:rent|of|only|just|a|rents)){{0,2}} {amount('a4')}"
            r"(?! (?:for|toward|of the|in|to) (?!rent|cash))",
        ),
        (
            "whose",
            rf"(?:he|she|they|who|and|each|tnt|both)(?:,? (?:now|always|each|still"
            rf"|happily)){{0,2}} (?:pays?|paying)(?: (?:me|us|rent|of|only|just"
            rf"|a)){{0,2}} (?:{amount('a7')}|{BARE})"
            r"(?! (?:for|toward|of the|in|to) (?!rent|cash))",
        ),
        (
            "brings",
            rf"{_BRINGS}{_JUST} {amount('a5')}|gross(?:es)?~:?~(?P<a8>{MONEY}{PERIOD})",
        ),
        (
            "sums",
            r"(?:that is|that's|together|totals?|totaling|combined|altogether|in all|adds? up to"
            rf"|comes to|or|=|total of|for) ~(?:about |a total of "
            rf"|just over )?(?P<a9>{MONEY}{PERIOD}"
            r"(?: (?:gross|total|combined|in all|altogether|for all))?)(?! (?:hoa|dues))",
        ),
        (
            "part",
            rf"(?P<label>{_PART})(?:[\s:=@\-,(]{{1,8}}(?:is|rents?|rented|leased|leases|at|for"
            r"|brings|pays|currently|another|in|on|mo~to~mo|m2m|mtm|month to month|tenant)){0,5}"
            rf"[\s:=@\-(]{{0,8}}{amount('a6')}",
        ),
        (
            "let",
            rf"(?:leased|rented|leases?|{TENANT}|{MONTH_TO_MONTH}"
            rf"|tenancy)(?:'s?)?{_ON_THE_WAY}{_UP_TO}(?:{amount('a10')}"
            rf"|(?<=pays\s){BARE.replace('bare', 'bare2')}"
            rf"|(?<=paying\s){BARE.replace('bare', 'bare3')})(?! (?:for|toward|of the|in"
            rf"|to) (?!rent|cash))",
        ),
    ]
)
_TOTAL: Final = phrases(
    [("x", r"total\w{0,3}|combined|gross|both (?:sides|units)|all (?:units|four|three)|rent roll")]
)
_EACH: Final = phrases(
    [("x", r"each(?! (?:month|year|week|mo|on|with|of the first))|per (?:unit|side|door)|apiece")]
)
_UNITS: Final = {
    2: phrases([("x", r"duplex|both (?:sides|units|halves)|two units|2 units|twin")]),
    3: phrases([("x", r"triplex|three units|3 units|(?:all )?three|3~plex")]),
    4: phrases([("x", r"four~?plex|fourplex|quad~?plex|4~plex|four units|4 units|all four")]),
}
_VACANT: Final = phrases([("x", r"vacant")])


@dataclass(frozen=True, slots=True)
class _Said:
    span: tuple[int, int]
    cents: int | None  # a month; None where the text leaves it open
    scope: str  # "whole", "total", "each" or "part"


def rent(remarks: Remarks) -> Fact:
    said = rents(remarks)
    if not said:
        return NOT_STATED
    total = [s for s in said if s.scope == "total"]
    whole = total or [s for s in said if s.scope == "whole"]
    each = [s for s in said if s.scope == "each"]
    if whole:
        cents = _only({s.cents for s in whole}) if total or len(whole) == len(said) else None
        span = whole[0].span
    elif each:
        cents, span = _only({s.cents for s in each}), each[0].span
        units = _units(remarks)
        cents = cents * units if cents and units and len(each) == len(said) else None
    else:
        span = said[0].span[0], said[-1].span[1]
        cents = _sum(remarks, said)
        span = span if cents and span[1] - span[0] <= 160 else said[0].span
    return remarks.fact("yes", span, cents if cents and 1_00 <= cents <= 10_000_000 else None)


def rents(remarks: Remarks) -> list[_Said]:
    """Every statement of a rent now, in the order of the text; none in an advert for tenants."""
    if not any(map(remarks.folded.__contains__, _SIGNS)):
        return []
    found = [m for m in _MENTION.finditer(remarks.folded) if m.lastgroup != "other"]
    found = [m for m in found if is_plausible(m) and not is_not_now(remarks, m)]
    if any(m.lastgroup in _OF_A_TENANT for m in found) and not _has_tenant(remarks):
        found = [
            m
            for m in found
            if m.lastgroup not in _OF_A_TENANT
            or (m.lastgroup == "part" and _is_about_rent(remarks, m))
        ]
    if all(m.lastgroup == "sums" for m in found) or looks_for_a_tenant(remarks):
        return []
    if _RENT_TO_OWN.search(remarks.folded) and not _has_tenant(remarks):
        return []  # what a buyer would pay
    return [_Said(m.span(), monthly_cents(m), _scope(remarks, m)) for m in found]


_RENT_TO_OWN: Final = phrases([("x", "(?:rent|lease) to own")])
_SIGNS: Final = ("$", "/mo", "month", "/yr", "year", " mo ", "pays ", "paying ", "hundred")
_OF_A_TENANT: Final = frozenset(("whose", "sums", "part"))  # where there is one


def _has_tenant(remarks: Remarks) -> bool:
    return next((True for h in tenancies(remarks) if h.holder == "tenant"), False)


def _is_about_rent(remarks: Remarks, match: re.Match[str]) -> bool:
    window = remarks.folded[max(0, match.start() - 80) : match.end() + 80]
    return any(word in window for word in ("rent", "lease", "tenant", "brings "))


def _scope(remarks: Remarks, match: re.Match[str]) -> str:
    if match.lastgroup == "sums":
        return "total"
    start = clause(remarks, match.start())
    end = min(remarks.sentence(match.start())[1], match.end() + 22)
    if _EACH.search(remarks.folded, start, end):
        return "each"
    if _TOTAL.search(remarks.folded, start, end):
        return "total"
    if match.lastgroup == "part" or _PART_ALONE.search(remarks.folded, start, match.end()):
        return "part"
    if whole_or_annex(remarks, match.start()) == "annex" or ANNEX.search(match.group()):
        return "part"
    return "whole"


_PART_ALONE: Final = phrases([("x", rf"{_PART}|both")])


def _sum(remarks: Remarks, parts: list[_Said]) -> int | None:
    """None where only some of the units have their rent said, or one amount is open."""
    start = remarks.sentence(parts[0].span[0])[0]
    end = remarks.sentence(parts[-1].span[1] - 1)[1]
    amounts = remarks.folded.count("$", start, end)
    if len(parts) < 2 or amounts not in (0, len(parts)) or _VACANT.search(remarks.folded):
        return None
    if _units(remarks) not in (None, len(parts)) or any(s.cents is None for s in parts):
        return None
    return sum(s.cents or 0 for s in parts)


def _units(remarks: Remarks) -> int | None:
    """How many units the home has, where the text says one number of them."""
    return _only({n for n, words in _UNITS.items() if words.search(remarks.folded)})


def _only(values: Collection[int | None]) -> int | None:
    return next(iter(values)) if len(values) == 1 else None
