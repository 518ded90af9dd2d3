"""Who rents: where the text says that somebody holds the home, or a part of it, as a tenant now.

The word "tenant" alone proves nothing: it counts with a verb in the present ("pays", "would love
to stay"), a place ("in place"), a term ("month to month") or an owner ("my tenant"). Former, future
and possible tenants do not count, nor what tenants of a building may do. Which of several holders
wins is `occupancy.py`'s to say; leases and their ends are `lease_end.py`'s.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from phoenix_re.enrich.rules.supposed import is_supposed, looks_for_a_tenant
from phoenix_re.enrich.rules.text import Remarks, near_words, pattern, phrases, word_set

TENANT: Final = r"(?:tenants?|tnts?|renters?|lessees?)"
LET: Final = r"(?:leased|rented|lsd|let)"

MONTH_TO_MONTH: Final = (
    r"(?:month[s]?(?:~/~| (?:to|2|by) |~2~)month|mo\.?~(?:to|2|/)~mo\.?|m~[t2]~m|month to mo"
    r"|monthly basis)"
)
# A text without any of these words has no tenancy.
TENANCY: Final = word_set(
    "tenant tenants tnt tnts tenanted tenancy occupied leased rented renting renter renters"
    " lessee lessees lease leases lsd"
)
_WORDS: Final = TENANCY | {"vacant", "empty"}
NOW: Final = r"(?:currently|now|presently|already|still|both|all|fully|100%|each|long|also)"
_DAY: Final = (
    r"(?=~(?:\d|(?:the )?(?:end|last|first|middle|spring|summer|fall|winter|next|close|sale|early"
    r"|late|mid|of|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
)
PART: Final = (
    r"(?:u[1-9]|(?:units?|apt|apartment|side|door|no\.?|half)~#?~(?:[a-h]|[1-9]\d{0,3}|one|two"
    r"|three|four)|#~?(?:[a-h]|[1-9]\d{0,3})|(?:the )?(?:one|other|second|2nd|third|fourth|front"
    r"|back|rear|upstairs|downstairs|upper|lower|left|right|north|south|east|west|main|smaller"
    r"|larger|bigger)(?:~(?:side|unit|half|apartment|apt|duplex|house|home|level|floor|one"
    r"|building))?(?: \d/\d)?|(?:the |its |a |back |rear |attached |detached ){0,2}(?:casita"
    r"|guest~house|adu|apartment|studio|basement(?: apartment)?|cottage|garage apartment"
    r"|carriage house|in law (?:suite|unit|apartment)))"
)

_STILL_PAYS: Final = (
    r"pay(?:s|ing)?(?: (?:rent|me|us|only|just|about|a|of)){0,3}(?:~(?=\$\s?\d[\d,]{2,7}(?!\d"
    r"| for))| (?=\d,?\d{3}(?!\d| for))| (?=[a-z]{3,9}(?:~[a-z]{3,5})? (?:hundred|thousand))"
    r"| (?:on time|promptly|month to month|monthly|every month|each month|like clockwork|the rent"
    r"|rent on|rent early|early))|paying"
)
_VERB: Final = (
    r"(?:in~(?:place|residence)|in (?:the |this )?(?:property|home|house|unit|condo|residence)"
    r"|/?~?occ(?:upied|upies|upy|upant|upying|'?d|\.)?"
    rf"|on (?:an? |the |their )?(?:yearly|annual|long|\d{{1,2}}~(?:year|month|mo|yr)"
    r"|one year|two year|six month|written|fixed|current|section|lease|leases)"
    r"|on (?:the )?(?:property|premises)|under (?:an? )?(?:[a-z]{4,8} )?(?:lease|contract)"
    rf"|(?:on )?(?:an? )?(?:{MONTH_TO_MONTH})|(?:through|thru|until|till?|thr){_DAY}|(?:at"
    rf"|@)~(?=\$\s?\d)|{_STILL_PAYS}"
    r"|(?:(?:would|wants?|wish(?:es)?|hopes?|prefers?|plans?|intends?|hoping|asks?|loves?|likes?"
    r"|willing|happy|expects?|glad|open) ){1,2}(?:[a-z]{2,10} ){0,3}?to (?:stay|remain|renew"
    r"|continue|keep|move out|vacate|sign|go on)|(?:(?:would|to|will|may|can|must|shall|is to"
    r"|are to) )?(?:stays?|staying|remains?|remaining|renew|vacate|continue)(?! away)"
    r"|signed (?!off)|leased|holds? (?:an?|the)(?= )|(?:has|have) (?:(?:an?|the|their|\d{1,2}|one"
    r"|two|six|just|recently|month|year|yr|long|term|signed|active|current|written"
    r"|good) ){0,4}(?:lease|leases|right to stay|renewed|signed)|(?:has|have) been (?:here|there|in"
    r"|with|on(?! time)|great|good|excellent|renting|paying|an? |living)|(?:is"
    r"|are) (?:[a-z]{4,9} )?(?:great|good|excellent|wonderful|quiet|paying|happy|easy|aware|here"
    r"|there|reliable|clean|leaving|moving|due to|locked|long term|under|present|good people)"
    r"|(?:moves?|leaves?|vacates?|moving|leaving|vacating) (?:out )?(?:in|on|at|by|end|this|next"
    r"|when|before)|(?:needs?|requires?|requests?|asks? for"
    r"|appreciates?) (?:at least )?(?:an? )?(?:24|48|\d{1,2}|one|two|advance|ample|some|notice"
    r"|plenty)|works? (?:from home|nights?)|rents? (?:the|one|half|it|unit)|present(?=~[.,;!]))"
)
_KNOWN: Final = (  # words that make a tenant one who is there
    r"(?:inherited|in place|existing|current|present|month to month|mo~to~mo|mtm|m2m|paying"
    r"|section~8|sec\.?~8|long(?:~|er )(?:term|time)|hud|voucher|same|performing|corporate"
    r"|government)"
)
_GOOD: Final = r"(?:great|good|excellent|wonderful|solid|quality|stable|reliable|nice|quiet|happy)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:previous|prior|former|last|past|earlier|old|departed|ex|future|potential"
            rf"|prospective|next|any|no) (?:[a-z]{{4,9}} )?{TENANT}(?:'s?)?(?: (?:in place|occupied"
            rf"|occ|pa(?:ys?|id)))?"
            r"|tenant~occupied one"
            rf"|{TENANT}~?-?(?:ready|friendly|improvements?|screening|landlord|quality|proof"
            rf"|parking)"
            r"|rented (?:solar|land|space|storage|water)|leased (?:solar|panels|land|equipment"
            r"|propane|water|system)"
            rf"|vacant (?:lots?|land|parcels?|acres?|acreage|fields?|space|desert|corner|ground"
            r"|home~?sites?|possession|building)",
        ),
        (
            "part_vacant",
            rf"{PART}(?:,? (?:is|are|was just|sits|stands|{NOW}|kept|left)){{0,3}}"
            r"[\s,:(-]{1,3}(?:vacant|empty|unoccupied)(?! (?:lot|land|next))|vacant (?:side|unit"
            r"|apartment|apt|half|casita|studio)",
        ),
        (
            "part_tenant",
            rf"{PART}(?:,? (?:is|are|{NOW}|being)){{0,3}}[\s,:(-]{{1,3}}(?:{TENANT}~/?~occupied"
            rf"|leased|rented|occupied|let)(?! by (?:the )?(?:owner|seller))"
            rf"|{TENANT} in (?:the )?{PART}",
        ),
        (
            "tenant",
            rf"(?:{NOW} )?(?:tenant|tnt)~/?~occ(?:upied|upant|'?d)?(?!upan)"
            r"|tenanted|occupied (?:by|with) (?:an? |the |its |our |my )?(?:[a-z]{4,10} "
            r"|long term )"
            rf"{{0,2}}{TENANT}|{TENANT}(?: (?:i|we) (?:now )?have(?: now)?| there| here| upstairs"
            rf"| downstairs)?(?: (?:who|that|which))?,?(?: (?:{NOW}|is"
            rf"|are)){{0,3}}[\s,:(/@-]{{1,3}}{_VERB}|{TENANT} @~(?=\$)|(?:subject to|respect"
            rf"|honou?r) (?:the |existing |current ){{0,2}}{TENANT}'?s?'? rights?"
            rf"|rights of (?:the )?(?:[a-z]{{3,9}} )?{TENANT}|{TENANT}'?s?'?[\s(]{{1,3}}(?:current "
            rf"|existing )?lease (?:is|ends?|expires?|runs?|goes"
            r"|through|thru|until|exp|up|in place|terminates|continues|transfers|conveys)",
        ),
        (
            "known",
            rf"{_KNOWN},? (?:[a-z]{{4,10}},? )?{TENANT}|(?:my"
            rf"|our) (?:[a-z]{{3,10}} ){{0,2}}{TENANT}|(?:the|these) {TENANT} (?:i|we) have|(?:sold"
            rf"|sells?|offered|comes?|coming|conveys?|transfers?|delivered|listed|purchase|sale"
            r"|includes?) (?:[a-z]{2,8} )?(?:with|subject to) (?:(?:its|the|an?|both|all|my|our"
            r"|their|two|"
            rf"three|four|current|existing|[a-z]{{4,10}}) ){{0,3}}{TENANT}|(?:has|have"
            rf"|with) (?:an? )?(?:[a-z]{{4,10}} )?{_GOOD} {TENANT}|(?:has|have|with|w/) (?:an? "
            rf"|two |both )?(?:[a-z]{{4,10}} )?{TENANT}"
            r"(?=~[.,;!]|~- |~$| who| paying| on | through| thru| until| currently)"
            rf"|{_GOOD} {TENANT}(?= (?:through|thru|until|till?|who|would|want|wish|paying|since"
            r"|currently|month|in )| with (?:an? )?lease)",
        ),
        (
            "respect",
            r"(?:disturb|bother|notify|contact|call|text|respect|coordinate with|speak (?:to|with)"
            rf"|talk to|approach) (?:the |my |our )?(?:current )?{TENANT}",
        ),
        (
            "rented",
            rf"(?:(?:is|are|it's|{NOW}) ){{1,3}}(?:being )?(?:rented|leased|renting)"
            r"(?! (?:solar|separately|land|in the area|to own|by the|from|week))"
            rf"|{LET}(?: out)?,? (?:(?:and )?(?:in place )?(?:through|thru|until|till?){_DAY}"
            rf"|to (?=\d)|{MONTH_TO_MONTH}|on (?:an? )?(?:{MONTH_TO_MONTH}|yearly"
            r"|annual|lease|[a-z0-9]{1,5}~(?:month|year|yr))|(?:for|at|@)~(?=\$\s?\d))|(?:leased"
            r"|rented|let)(?: out)? to (?:an?|the|one|two|some|my|our|long|good|great|quiet"
            r"|excellent|section|tenants?|renters?|traveling) (?!be\b|own)|all (?:four|three|two"
            r"|five|six|\d) (?:doors|units|sides)(?: are)? (?:full|occupied|rented|leased|let)"
            r"|(?:fully|100%|both (?:sides|units|halves)(?: are)?|both|each side) (?:occupied"
            r"|leased|rented|tenanted)",
        ),
        (
            "alone",
            r'(?:^|(?<=[.!?*;|:("\x7e\n])|(?<=[.!?*;|:("\x7e•>]\s)|(?<=[.!?]\s\s)'
            r"|(?<=-\s))(?:leased|rented)(?=~[.!*;|]|~$|,? (?:condo|home|house|duplex|townhome"
            r"|townhouse|fourplex|triplex|property|investment))",
        ),
    ]
)
_BEFORE: Final = phrases(  # what makes a "tenant" none of this home now
    [
        (
            "x",
            r"(?:no|not|without|never|any|if|for|your|future|new|next|potential|prospective"
            r"|previous|prior|former|last|past|old|earlier|ex|ideal|perfect|attracts?|attracting"
            r"|find|finding|place|placing|another|some|most|many|or|had|was|were|until recently"
            r"|used to|neighbou?rs?|neighbou?r'?s|first|evict\w{0,3}|late|between|few|than|as an?"
            r"|became|become|to be|like|wants?|need|needs|once|when|nor|neither|similar|other|homes"
            r"|could|can|may|might|would|should|will|been|could be|can be|may be|would be|isn't"
            r"|aren't|wasn't|previously|formerly|no longer|easily|always|usually|often|rarely"
            r"|typically|ever|after|before|landlord|expect|historically|while)~(?:be |the |an? "
            r"|currently |long term |good |great |quality |section 8 |paying |existing |current "
            r"|be an? |in place |of ){0,2}$",
        )
    ]
)
_NEW_BUT_HERE: Final = phrases([("x", r"new~(?:long term )?$")])
_AFTER: Final = pattern(  # "my tenant moved out"
    r"(?:(?:'s?)?(?:,? (?:who|that|there|here|upstairs|downstairs))?(?: (?:has|have|had|is|are"
    r"|was|were|just|recently|already|now|all|both|finally|being|been"
    r"|having)){0,4} (?:moved|left|vacated|out(?! of)|gone|given up|evicted|used to|had|was"
    r"|were|paid|lived|stayed|loved|broke|departed|responsible|needed|wanted|welcome"
    r"|allowed|required)|(?:s'|'s?) (?:lease|agreement|contract) (?:[a-z]{2,9} )?(?:ended"
    r"|expired|was))\b"
)
_OF_ANOTHER_THING: Final = phrases(
    [
        (
            "x",
            r"solar|panels?|softener|water (?:heater|system)|propane|tank|alarm|equipment|land"
            r"|lots?|parcel|space|slip|dock|appliances|storage|next door|neighbou?r'?s?|adjacent"
            r"|adjoining|behind|across|hangar|billboard|tower|pasture|grazing|array|system|systems",
        )
    ]
)


ANNEX: Final = phrases(  # a dwelling beside, below or above the home's own
    [
        (
            "x",
            r"casitas?|guest~(?:house|apartmn?t|apartment|apt|suite|unit)|guesthouse|adu|studio"
            r"|cottage|carriage house|(?:mother~)?in~law(?: \w{4,9})?|granny flat|(?:back"
            r"|rear) house|(?:basement|bsmt|garage|garden(?:~level)?|lower|upper|upstairs"
            r"|downstairs|attic) (?:apartment|apt|unit|suite|level)|apartment over",
        )
    ]
)
_BOTH: Final = re.compile(r"\b(?:both|all)\b")
_PAST_SUBJECT: Final = phrases(  # "it rented for $900", of another time
    [("x", r"(?:it|they|that|which|we|i|once|last|never|was)~$")]
)


_PARTICIPLES: Final = ("leased", "rented", "let", "lsd")


class Holding(NamedTuple):
    """That somebody, or nobody, holds the home or a part of it."""

    holder: str  # "owner", "tenant" or "vacant"
    of: str  # "home", a "unit" of it, or an "annex"
    span: tuple[int, int]


def whole_or_annex(remarks: Remarks, at: int) -> str:
    """ "annex" where a casita or the like is the subject of what is said at `at`, else "home"."""
    start = max(remarks.sentence(at)[0], at - 80)
    annex = ANNEX.search(remarks.folded, start, at)
    if annex is None or _BOTH.search(remarks.folded, annex.end(), at + 5):
        return "home"
    return "annex"


def tenancies(remarks: Remarks) -> Iterator[Holding]:
    """Tenants of the home, and who holds its parts, in the order of the text."""
    if looks_for_a_tenant(remarks):
        return
    for match in near_words(_WORDS, _MENTION, remarks, 70, 90):
        kind = match.lastgroup or ""
        if kind == "other" or _is_not_so(remarks, match, kind):
            continue
        holder = "vacant" if kind == "part_vacant" else "tenant"
        of = whole_or_annex(remarks, match.start())
        if of == "home" and kind.startswith("part"):
            of = "annex" if ANNEX.search(match.group()) else "unit"
        yield Holding(holder, of, match.span())


def was_let(remarks: Remarks, match: re.Match[str]) -> bool:
    """Whether a match that begins with "rented" speaks of the past: "it rented for $900"."""
    start = max(remarks.sentence(match.start())[0], match.start() - 12)
    return match.group().startswith(_PARTICIPLES) and bool(
        _PAST_SUBJECT.search(remarks.folded, start, match.start())
    )


def _is_not_so(remarks: Remarks, match: re.Match[str], kind: str) -> bool:
    folded, at = remarks.folded, match.start()
    if kind == "respect":
        return False
    start, end = remarks.sentence(at)
    if _BEFORE.search(folded, max(start, at - 40), at) and not (
        kind == "tenant" and _NEW_BUT_HERE.search(folded, max(start, at - 20), at)
    ):
        return True
    if is_supposed(remarks, at):
        return True
    if kind in ("known", "part_tenant") and _AFTER.match(folded, match.end(), end):
        return True
    if kind == "rented" and was_let(remarks, match):
        return True
    if kind in ("rented", "alone", "part_vacant", "part_tenant"):
        start = max(start, at - 50, folded.rfind(",", 0, at) + 1)
        return _OF_ANOTHER_THING.search(folded, start, at) is not None
    return False
