"""Rent: what the home brings now, as cents a month.

Market, possible, former and asked rents do not count, nor does a text that looks for a tenant.
Units of one home are added up where each one's rent is said, or the total; the rent of only some
of them, a range, or several amounts for one thing leave the amount unsaid. An amount without its
period does too: "rent is $1,500" may be for a week.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

_MONEY: Final = r"\$\s?\d[\d,]{0,9}(?:\.\d{1,2}(?!\d))?(?:~k)?\+?"
_MONTH: Final = (
    r"(?:~/~(?:mo(?:nth)?|mth|m)|~(?:per|a|each|every)~/?~mo(?:nth)?|~(?:p/m|p/mo|pm|p\.m\.|monthly"
    r"|month|mo|mth)|\.? rent p/mo)"
)
_YEAR: Final = (
    r"(?:~/~(?:yr|year|annum)|~(?:per|a|each)~/?~(?:yr|year|annum)"
    r"|~(?:annually|yearly|annual|p\.a\.))"
)
_WEEK: Final = r"(?:~/~(?:wk|week|night)|~(?:per|a)~(?:week|night)|~(?:weekly|nightly))"
_PERIOD: Final = rf"(?:{_MONTH}|{_YEAR}|{_WEEK})"
_RANGE: Final = r"(?:~(?:to|and|-|or)~\$?\s?\d[\d,]{2,8}(?!\d| ?%|/\d))"
_SUM: Final = rf"(?P<AMOUNT>(?:{_MONEY}{_RANGE}?|\d,?\d{{3}}(?={_PERIOD})){_PERIOD}?)"
_JUST: Final = (
    r"(?:,? (?:just|only|about|around|approximately|approx\.?|over|currently|now|out|month to month"
    r"|mtm|m2m|below market|under market|well|a|total|combined|of|at|for|gross|monthly|great"
    r"|tenants?|is|are|and|@|to|the|in|place|until|through|on|lease|long term|with|rate|rent|each"
    r"|unit|an?|solid|good|thru|till?|end|of|(?:\d{1,2}/){1,2}(?:20)?\d\d|20\d\d,?|\d{1,2}(?:st"
    r"|th)?,?|jan\w{0,6}|feb\w{0,6}|mar\w{0,2}|apr\w{0,2}|may|june?|july?|aug\w{0,3}|sep\w{0,6}"
    r"|oct\w{0,4}|nov\w{0,5}|dec\w{0,5})){0,8}"
)
_RENTED: Final = (
    r"(?:rented|leased|renting|rents|leases|occupied|tenanted|tenant~/?~occ(?:upied|'?d)?"
    r"|tenants? in~place|(?<!for\s)(?<!for-)lease(?= (?:at|@)))"
)
_RENT: Final = (
    r"(?:(?:(?:total|gross|current|monthly|annual|combined|scheduled|actual|in place|existing|net"
    r"|yearly|month|lease) ){0,3}"
    r"(?:rents?|rental income|rent(?:al)? roll|rental revenue|rental rate|rental|income"
    r"|lease amount)|(?:current|existing|in place|tenant'?s?'?|the) lease(?! option)"
    r"|gross (?:monthly |annual )?(?:rents|revenue))"
)
_IS: Final = (
    r"(?:[\s:=@\-]{1,8}(?:is|are|of|at|currently|now|totals?|totaling|roll|just|only|approximately"
    r"|approx\.?|about|over|amount|total|month(?:ly)?|per month|per year|annual(?:ly)?|both units"
    r"|combined|brings?|in|for|from|the|unit|each|income)){0,5}[\s:=@\-]{0,8}"
)
_BRINGS: Final = (
    r"(?:bring(?:s|ing)(?: in)?|generat(?:es|ing)|produc(?:es|ing)|gross(?:es|ing)"
    r"|earn(?:s|ing)|collect(?:s|ing)?|yield(?:s|ing)|currently averag(?:es|ing)|tak(?:es|ing) in"
    r"|receiv(?:es|ing))"
)
_PART: Final = (
    r"(?:units?~#?~(?:[a-h]|[1-9]\d{0,2})|#~?(?:[a-h]|\d{1,3})|apt\.?~#?~(?:[a-h]|\d{1,3})"
    r"|side~[ab]"
    r"|(?:one|1|the other|other|second|2nd|first|front|back|rear|upstairs|downstairs|upper|lower"
    r"|left|right|north|south|east|west|main|large|small|smaller|larger|each|per|(?:1|2|3"
    r"|4)~(?:bed|br|bd)(?:room)?)~(?:side|units?|half|house|home|apartment|apt|duplex|level|floor)"
    r"|(?:detached|separate|guest|garage|rental)~(?:unit|apartment|apt|studio|house|suite)"
    r"|casita|guest~house|adu|studio|basement|garage apartment|cottage|rooms?|bedroom|parking|each"
    r"|downstairs|upstairs)"
)


def _amount(name: str) -> str:
    return _SUM.replace("AMOUNT", name)


_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:lot|space|pet|land|ground|pad|slip|boat|storage|parking|pro~forma"
            r"|(?<!below\s)(?<!below-)(?<!under\s)(?<!under-)market|projected"
            r"|potential|estimated|asking|fair market|neighbou?rhood|area|hoa|zestimate) rents?"
            rf"(?: (?:is|are|of|at|for|in|the|this|rate|average)){{0,3}}~:?~{_MONEY}{_PERIOD}?"
            rf"|(?:lease|rent)~backs? <gap>{_MONEY}|{_MONEY} (?:security )?deposit"
            rf"|solar <gap>{_MONEY}{_PERIOD}?"
            rf"|rent (?:out )?(?:the|your|one|this|it|a) <gap>(?:for |at )?{_MONEY}{_PERIOD}?"
            rf"|{_PART} (?:could|can|should|may|might|would) <gap>{_MONEY}{_PERIOD}?",
        ),
        ("rented", rf"{_RENTED}{_JUST}[\s@:(]{{1,8}}{_amount('a1')}"),
        ("rent", rf"{_RENT}{_IS}{_amount('a2')}"),
        (
            "first",
            rf"{_amount('a3')}\.? (?:in |of )?(?:(?:gross|monthly|rental|total|current|consistent"
            r"|airbnb|str|net|annual|yearly|combined|short term|lease|steady) ){0,4}"
            r"(?:rents?|income|rental income|rent roll|gross rents?|revenue|gross)"
            rf"(?: roll)?(?P<after>{_PERIOD})?",
        ),
        (
            "pays",
            r"(?:tenants?|renters?)(?:[\s,(]{1,8}[a-z0-9'/\-]{1,12}){0,7}?[\s,]{1,8}(?:pays?"
            r"|paying)"
            rf"(?: (?:rent|of|only|just|a|rents)){{0,2}} {_amount('a4')}"
            r"(?! (?:for|toward|of the|in) (?!rent))",
        ),
        ("brings", rf"{_BRINGS}{_JUST} {_amount('a5')}"),
        (
            "part",
            rf"(?P<label>{_PART})(?:[\s:=@\-,(]{{1,8}}(?:is|rents?|rented|leased|leases|at|for"
            r"|brings|pays|currently|another|in|on|mo~to~mo|m2m|mtm|month to month|tenant)){0,5}"
            rf"[\s:=@\-(]{{0,8}}{_amount('a6')}",
        ),
    ]
)
_NOT_NOW: Final = phrases(
    [
        (
            "x",
            r"could|can|may|might|should|would|will|potential(?:ly)?|possibl[ey]|pro~forma"
            r"|project\w{2,3}|estimat\w{1,4}|est\.?|anticipat\w{2,4}|expect\w{0,4}|easily|cheaper"
            r"|save|than|payments?|zestimate"
            r"|comparables?|similar|comps|area|neighbou?r\w{0,6}|nearby|others?|street|up to"
            r"|previous(?:ly)?|former(?:ly)?|was|were|last|prior|past|used to|had|has been"
            r"|have been|once"
            r"|if|when|after|asking|available|pet|lot|space|land|storage|slip|solar|deposit|hoa"
            r"|park"
            r"|renovated|updated|(?<!below\s)(?<!below-)(?<!under\s)(?<!under-)market|for sale at"
            r"|priced|purchase|rent to own|per room"
            r"|ability|capable|opportunity|qualif\w{2,5}|times|household|applicants?|minimum",
        )
    ]
)
_NOT_NOW_AFTER: Final = phrases(
    [
        (
            "x",
            r"(?:potential|possible|projected|market|pro~forma|deposit|once|after|if"
            r"|when|estimated|est|(?:back )?in (?:19|20)\d\d|last year|is possible|for (?:alarm"
            r"|utilities|water|electric|yard|pest))",
        )
    ]
)
_UNTIL_THEN: Final = re.compile(
    r"\s{0,8}(?:after|once|if|when|with (?:a few|some|minor) )"
)  # "remodeled, …"
_LOOKS_FOR_A_TENANT: Final = phrases(
    [
        (
            "x",
            r"security deposit|application fee|pet deposit|for rent|(?:available|available for|home"
            r"|house|also) (?:to|for) (?:rent|lease)|rent to own|renter pays|first month'?s?'?"
            r"|move in special|credit score|background check|no evictions|min(?:imum)? lease",
        )
    ]
)
_TOTAL: Final = phrases(
    [("x", r"total\w{0,3}|combined|gross|both (?:sides|units)|all (?:units|four|three)|rent roll")]
)
_EACH: Final = phrases([("x", r"each|per (?:unit|side|door)|apiece")])
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
        units = _only({n for n, words in _UNITS.items() if words.search(remarks.folded)})
        cents = cents * units if cents and units and len(each) == len(said) else None
    else:
        span = said[0].span[0], said[-1].span[1]
        cents = _sum(said) if not _VACANT.search(remarks.folded) else None
        span = span if cents and span[1] - span[0] <= 160 else said[0].span
    return remarks.fact("yes", span, cents if cents and 1_00 <= cents <= 10_000_000 else None)


def rents(remarks: Remarks) -> list[_Said]:
    """Every statement of a rent now, in the order of the text; none in an advert for tenants."""
    if not any(sign in remarks.folded for sign in ("$", "/mo", "month", "/yr", "year", " mo ")):
        return []
    found = [m for m in _MENTION.finditer(remarks.folded) if m.lastgroup != "other"]
    found = [m for m in found if not _is_not_now(remarks, m)]
    if all(m.lastgroup == "part" for m in found):
        found = [m for m in found if _is_about_rent(remarks, m)]
    if not found or _LOOKS_FOR_A_TENANT.search(remarks.folded):
        return []
    return [_Said(m.span(), _monthly_cents(m), _scope(remarks, m)) for m in found]


def _clause(remarks: Remarks, at: int) -> int:
    start = max(remarks.sentence(at)[0], at - 70)
    return max(start, remarks.folded.rfind(", ", start, at) + 1)


def _is_not_now(remarks: Remarks, match: re.Match[str]) -> bool:
    folded, end = remarks.folded, match.end()
    after = _NOT_NOW_AFTER.search(folded, end, min(len(folded), end + 30))
    return bool(
        _NOT_NOW.search(folded, _clause(remarks, match.start()), end)
        or _UNTIL_THEN.match(folded, remarks.sentence(match.start())[0])
        or (after and after.start() - end <= 3)
    )


def _is_about_rent(remarks: Remarks, match: re.Match[str]) -> bool:
    window = remarks.folded[max(0, match.start() - 80) : match.end() + 80]
    return any(word in window for word in ("rent", "lease", "tenant"))


def _scope(remarks: Remarks, match: re.Match[str]) -> str:
    start = _clause(remarks, match.start())
    end = min(remarks.sentence(match.start())[1], match.end() + 22)
    if _EACH.search(remarks.folded, start, end):
        return "each"
    if _TOTAL.search(remarks.folded, start, end):
        return "total"
    if match.lastgroup == "part" or _PART_ALONE.search(remarks.folded, start, end):
        return "part"
    return "whole"


_PART_ALONE: Final = phrases([("x", _PART)])
_NUMBER: Final = re.compile(r"(\d[\d,]*(?:\.\d{1,2})?)[\s\-]?(k)?")
_BY_YEAR: Final = phrases([("x", r"yr|year|annum|annual(?:ly)?|yearly")])
_BY_WEEK: Final = phrases([("x", r"wk|week(?:ly)?|night(?:ly)?")])
_BY_MONTH: Final = phrases([("x", r"mo|mth|month(?:ly)?|pm|p/m|m")])


def _monthly_cents(match: re.Match[str]) -> int | None:
    """None for a range, and where no period is said or it is not a whole number of months."""
    amount = next(filter(None, match.group("a1", "a2", "a3", "a4", "a5", "a6")))
    numbers = _NUMBER.findall(amount)
    if len(numbers) != 1 or _BY_WEEK.search(match.group()):
        return None
    cents = Decimal(numbers[0][0].replace(",", "")) * (100_000 if numbers[0][1] else 100)
    if _BY_YEAR.search(match.group()):
        return int((cents / 12).quantize(Decimal(1), ROUND_HALF_UP))
    return int(cents) if _BY_MONTH.search(match.group()) else None


def _sum(parts: list[_Said]) -> int | None:
    """None where only one of several units has its rent said, or one amount is open."""
    if len(parts) < 2 or any(s.cents is None for s in parts):
        return None
    return sum(s.cents or 0 for s in parts)


def _only(values: Collection[int | None]) -> int | None:
    return next(iter(values)) if len(values) == 1 else None
