"""Who rents: where the text says that somebody holds the home, or a part of it, as a tenant now.

The word "tenant" alone proves nothing: it counts with a verb in the present ("pays", "would love to
stay"), a place ("in place"), a term ("month to month") or an owner ("my tenant"). Former, future and
possible tenants do not count, nor what tenants of a building may do. Which of several holders wins
is `occupancy.py`'s to say; leases and their ends are `lease_end.py`'s.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from phoenix_re.enrich.rules.text import Remarks, near, phrases

TENANT: Final = r"(?:tenants?|tnts?|renters?|lessees?)"
MONTH_TO_MONTH: Final = (
    r"(?:month[s]?(?:~/~| (?:to|2|by) |~2~)month|mo\.?~(?:to|2|/)~mo\.?|m~[t2]~m|month to mo"
    r"|monthly basis)"
)
NOW: Final = r"(?:currently|now|presently|already|still|both|all|fully|100%|each|long|also)"
_DAY: Final = (
    r"(?=~(?:\d|(?:the )?(?:end|last|first|middle|spring|summer|fall|winter|next|close|sale|early"
    r"|late|mid|of|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))"
)
PART: Final = (
    r"(?:(?:units?|apt|apartment|side|door|no\.?|half)~#?~(?:[a-h]|[1-9]\d{0,3}|one|two|three"
    r"|four)|#~?(?:[a-h]|[1-9]\d{0,3})|(?:the )?(?:one|other|second|2nd|third|fourth|front|back|rear|upstairs"
    r"|downstairs|upper|lower|left|right|north|south|east|west|main|smaller|larger|bigger)"
    r"(?:~(?:side|unit|half|apartment|apt|duplex|house|home|level|floor|one|building))?(?: \d/\d)?"
    r"|(?:the |its |a |back |rear |attached |detached ){0,2}(?:casita|guest~house|adu|apartment|studio|basement"
    r"(?: apartment)?|cottage|garage apartment|carriage house|in law (?:suite|unit|apartment)))"
)

_ANCHOR: Final = re.compile(
    r"tenan|\btnt|renter|lessee|leased|rented|renting|\blet\b|vacant|empty|doors|lease\b|leases\b"
    r"|occupied|unoccupied"
)
_STILL_PAYS: Final = (
    r"pay(?:s|ing)?(?: (?:rent|me|us|only|just|about|a|of)){0,3}(?:~(?=\$\s?\d[\d,]{2,7}(?!\d| for))"
    r"| (?=\d,?\d{3}(?!\d| for))| (?=[a-z]{3,9}(?:~[a-z]{3,5})? (?:hundred|thousand))"
    r"| (?:on time|promptly|month to month|monthly|every month|each month|like clockwork"
    r"|the rent|rent on|rent early|early))|paying"
)
_VERB: Final = (
    r"(?:in~(?:place|residence)"
    r"|in (?:the |this )?(?:property|home|house|unit|condo|residence)"
    r"|/?~?occ(?:upied|upies|upy|upant|upying|'?d|\.)?"
    rf"|on (?:an? |the |their )?(?:{MONTH_TO_MONTH}|mtm|yearly|annual|long|\d{{1,2}}~(?:year|month|mo|yr)"
    r"|one year|two year|six month|written|fixed|current|section|lease|leases)"
    r"|on (?:the )?(?:property|premises)|under (?:an? )?(?:[a-z]{4,8} )?(?:lease|contract)"
    rf"|(?:on )?(?:an? )?(?:{MONTH_TO_MONTH})"
    rf"|(?:through|thru|until|till?|thr){_DAY}"
    rf"|(?:at|@)~(?=\$\s?\d)|{_STILL_PAYS}"
    r"|(?:(?:would|wants?|wish(?:es)?|hopes?|prefers?|plans?|intends?|hoping|asks?|loves?|likes?"
    r"|willing|happy|expects?|glad|open)"
    r" ){1,2}(?:[a-z]{2,10} ){0,3}?to (?:stay|remain|renew|continue|keep|move out|vacate|sign|go on)"
    r"|(?:(?:would|to|will|may|can|must|shall|is to|are to) )?(?:stays?|staying|remains?|remaining"
    r"|renew|vacate|continue)(?! away)"
    r"|signed (?!off)|leased|holds? (?:a|an|the) |(?:has|have) (?:(?:an?|the|their|\d{1,2}|one|two"
    r"|six|just|recently|month|year|yr|long|term|signed|active|current|written|good) ){0,4}(?:lease"
    r"|leases|right to stay|renewed|signed)"
    r"|(?:has|have) been (?:here|there|in |with |on (?!time)|great|good|excellent|renting|paying"
    r"|an? |living)"
    r"|(?:is|are) (?:[a-z]{4,9} )?(?:great|good|excellent|wonderful|quiet|paying|happy|easy|aware"
    r"|here|there|reliable|clean|leaving|moving|due to|locked|long term|under|present|good people)"
    r"|(?:moves?|leaves?|vacates?|moving|leaving|vacating) (?:out )?(?:in|on|at|by|end|this|next"
    r"|when|before)"
    r"|(?:needs?|requires?|requests?|asks? for|appreciates?) (?:at least )?(?:an? )?(?:24|48|\d{1,2}"
    r"|one|two|advance|ample|some|notice|plenty)|works? (?:from home|nights?))"
)
_KNOWN: Final = (  # words that make a tenant one who is there
    r"(?:inherited|in place|existing|current|present|month to month|mo~to~mo|mtm|m2m|paying"
    r"|section~8|sec\.?~8|long(?:~|er )(?:term|time)|hud|voucher|same|performing|corporate|government)"
)
_GOOD: Final = r"(?:great|good|excellent|wonderful|solid|quality|stable|reliable|nice|quiet|happy)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:previous|prior|former|last|past|earlier|old|departed|ex|future|potential|prospective|next|"
            rf"any|no) (?:[a-z]{{4,9}} )?{TENANT}(?:'s?)?(?: (?:in place|occupied|occ|pa(?:ys?|id)))?"
            rf"|{TENANT}~?-?(?:ready|friendly|improvements?|screening|landlord|quality|proof|parking)"
            r"|rented (?:solar|land|space|storage|water)|leased (?:solar|panels|land|equipment"
            r"|propane|water|system)"
            rf"|vacant (?:lots?|land|parcels?|acres?|acreage|fields?|space|desert|corner|ground"
            r"|home~?sites?|possession|building)",
        ),
        (
            "part_vacant",
            rf"{PART}(?:,? (?:is|are|was just|sits|stands|{NOW}|kept|left)){{0,3}}"
            r"[\s,:(-]{1,3}(?:vacant|empty|unoccupied)(?! (?:lot|land|next))"
            r"|vacant (?:side|unit|apartment|apt|half|casita|studio)",
        ),
        (
            "part_tenant",
            rf"{PART}(?:,? (?:is|are|{NOW}|being)){{0,3}}[\s,:(-]{{1,3}}(?:{TENANT}~/?~occupied|leased|rented"
            rf"|occupied|let)(?! by (?:the )?(?:owner|seller))"
            rf"|{TENANT} in (?:the )?{PART}",
        ),
        (
            "tenant",
            rf"(?:{NOW} )?(?:tenant|tnt)~/?~occ(?:upied|upant|'?d)?(?!upan)"
            r"|tenanted|occupied (?:by|with) (?:an? |the |its |our |my )?(?:[a-z]{4,10} |long term )"
            rf"{{0,2}}{TENANT}"
            rf"|{TENANT}(?: (?:i|we) (?:now )?have(?: now)?| there| here| upstairs| downstairs)?"
            rf"(?: (?:who|that|which))?,?(?: (?:{NOW}|is|are)){{0,3}}[\s,:(/@-]{{1,3}}{_VERB}"
            rf"|{TENANT} @~(?=\$)"
            rf"|{TENANT}'?s?'? rights?|rights of (?:the )?(?:[a-z]{{3,9}} )?{TENANT}"
            rf"|{TENANT}'?s?'?[\s(]{{1,3}}(?:current |existing )?lease (?:is|ends?|expires?|runs?|goes"
            r"|through|thru|until|exp|up|in place|terminates|continues|transfers|conveys)",
        ),
        (
            "known",
            rf"{_KNOWN},? (?:[a-z]{{4,10}},? )?{TENANT}"
            rf"|(?:my|our) (?:[a-z]{{3,10}} ){{0,2}}{TENANT}"
            rf"|(?:the|these) {TENANT} (?:i|we) have"
            rf"|(?:sold|sells?|offered|comes?|coming|conveys?|transfers?|delivered|listed|purchase|sale"
            r"|includes?) (?:[a-z]{2,8} )?(?:with|subject to) (?:(?:its|the|an?|both|all|my|our|their|two|"
            rf"three|four|current|existing|[a-z]{{4,10}}) ){{0,3}}{TENANT}"
            rf"|(?:has|have|with) (?:an? )?(?:[a-z]{{4,10}} )?{_GOOD} {TENANT}"
            rf"|(?:has|have|with|w/) (?:an? |two |both )?(?:[a-z]{{4,10}} )?{TENANT}"
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
            r"|(?:leased|rented|let)(?: out)?,? (?:(?:and )?(?:in place )?(?:through|thru|until"
            rf"|till?){_DAY}|to (?=\d)|{MONTH_TO_MONTH}|on (?:an? )?(?:{MONTH_TO_MONTH}|yearly"
            r"|annual|lease|[a-z0-9]{1,5}~(?:month|year|yr) )|(?:for|at|@)~(?=\$\s?\d))"
            r"|(?:leased|rented|let)(?: out)? to (?:an?|the|one|two|some|my|our|long|good|great"
            r"|quiet|excellent|section|tenants?|renters?|traveling) (?!be\b|own)"
            r"|all (?:four|three|two|five|six|\d) (?:doors|units|sides)(?: are)?"
            r" (?:full|occupied|rented|leased|let)"
            r"|(?:fully|100%|both (?:sides|units|halves)(?: are)?|both|each side) "
            r"(?:occupied|leased|rented|tenanted)",
        ),
        (
            "alone",
            r'(?:^|(?<=[.!?*;|:("\x7e\n])|(?<=[.!?*;|:("\x7e•>]\s)|(?<=[.!?]\s\s)|(?<=-\s))(?:leased|rented)'
            r"(?=~[.!*;|]|~$|,? (?:condo|home|house|duplex|townhome|townhouse|fourplex|triplex"
            r"|property|investment))",
        ),
    ]
)
_BEFORE: Final = phrases(  # what makes a "tenant" none of this home now
    [
        (
            "x",
            r"(?:no|not|without|never|any|if|for|your|future|new|next|potential|prospective|previous"
            r"|prior|former|last|past|old|earlier|ex|ideal|perfect|attracts?|attracting|find|finding"
            r"|place|placing|another|some|most|many|or|had|was|were|until recently|used to|neighbou?rs?"
            r"|neighbou?r'?s|first|evict\w{0,3}|late|between|few|than|as an?|became|become|to be|like"
            r"|wants?|need|needs|once|when|nor|neither|similar|other|homes|could|can|may|might|would"
            r"|should|will|been|could be|can be|may be|would be|isn't|aren't|wasn't|previously"
            r"|formerly|no longer|easily|always|usually|often|rarely|typically|ever|after|before"
            r"|landlord|expect|historically|while)~(?:be |the |an? |currently |long term |good |great |quality "
            r"|section 8 |paying |existing |current |be an? |in place |of ){0,2}$",
        )
    ]
)
_NEW_BUT_HERE: Final = phrases([("x", r"new~(?:long term )?$")])
_AFTER: Final = phrases(  # "my tenant moved out"
    [
        (
            "x",
            r"(?:'s?)?(?:,? (?:who|that|there|here|upstairs|downstairs))?(?: (?:has|have|had|is|are"
            r"|was|were|just|recently|already|now|all|both|finally|being|been|having)){0,4} (?:moved"
            r"|left|vacated|out(?! of)|gone|given up|evicted|used to|had|was|were|paid|lived|stayed|loved|broke"
            r"|departed|responsible|needed|wanted|welcome|allowed|required)"
            r"|(?:s'|'s?) (?:lease|agreement|contract) (?:[a-z]{2,9} )?(?:ended|expired|was)",
        )
    ]
)
_OF_ANOTHER_THING: Final = phrases(
    [
        (
            "x",
            r"solar|panels?|softener|water (?:heater|system)|propane|tank|alarm|equipment|land"
            r"|lots?|parcel|space|slip|dock|appliances|storage|next door|neighbou?r'?s?|adjacent|adjoining|behind"
            r"|across|hangar|billboard|tower|pasture|grazing|array|system|systems",
        )
    ]
)


class Holding(NamedTuple):
    """That somebody, or nobody, holds the home or a part of it."""

    holder: str  # "tenant" or "vacant"
    is_part: bool
    span: tuple[int, int]


def tenancies(remarks: Remarks) -> Iterator[Holding]:
    """Tenants of the home, and who holds its parts, in the order of the text."""
    for match in near(_ANCHOR, _MENTION, remarks.folded, 70, 90):
        kind = match.lastgroup or ""
        if kind == "other" or _is_not_so(remarks, match, kind):
            continue
        holder = "vacant" if kind == "part_vacant" else "tenant"
        yield Holding(holder, kind.startswith("part"), match.span())


def _is_not_so(remarks: Remarks, match: re.Match[str], kind: str) -> bool:
    folded, at = remarks.folded, match.start()
    if kind == "respect":
        return False
    start, end = remarks.sentence(at)
    if _BEFORE.search(folded, max(start, at - 40), at) and not (
        kind == "tenant" and _NEW_BUT_HERE.search(folded, max(start, at - 20), at)
    ):
        return True
    if kind in ("known", "part_tenant") and _AFTER.match(folded, match.end(), end):
        return True
    if kind in ("rented", "alone", "part_vacant", "part_tenant"):
        start = max(start, at - 50, folded.rfind(",", 0, at) + 1)
        return _OF_ANOTHER_THING.search(folded, start, at) is not None
    return False
