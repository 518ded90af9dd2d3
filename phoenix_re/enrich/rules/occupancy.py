"""Occupancy: who holds the home now, as its owner, a tenant, or nobody.

What was, will be or could be does not count. Signs of two holders (one side rented, the other
empty) leave it unsaid: not stated. "Owner-occupied" is a word of lenders and associations too, so
it counts only where a clause begins or ends with it; a "vacant lot" is no home.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

_TENANT: Final = r"(?:tenants?|tnts?|renters?|lessees?)"
_OWNER: Final = r"(?:owners?|sellers?|homeowners?)"
_HOME: Final = (
    r"(?:home|house|property|condo|townhome|townhouse|duplex|triplex|fourplex|(?:3|4)~plex"
    r"|building|residence|place|units?|sides|buildings|homes)"
)
_NOW: Final = r"(?:currently|now|presently|already|still|both|all|fully|100%|each)"
_START: Final = (  # of a clause or an item of a list
    r'(?:^|(?<=[.!?*;|,/:(&"\x7e\n])|(?<=[.!?*;|,/:(&"\x7e]\s)|(?<=[.!?]\s\s)|(?<=-\s))'
)
_END: Final = r'(?=~[.,;!?:*|/)(&"\x7e\n]|~$|~- )'
_LAND: Final = (
    r"(?:lots?|land|parcels?|acres?|acreage|fields?|space|desert|corner|ground|home~?sites?)"
)
_NO_HOME: Final = (  # what "vacant" may go on to say
    rf"(?! (?:{_LAND}|property (?:next|behind|to)|building|possession|(?:and|or) (?:owner|tenant"
    r"|shovel|build))"
    r"|~(?:at|by|upon|as of|after|before|on or before|on|in|starting|beginning|from|until|when"
    r"|once) (?:close|closing|coe|c\.o\.e|settlement|funding|possession|escrow"
    r"|the (?:end|first|time)|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d))"
)
_STAY: Final = (
    r"(?:(?:like|love|prefer|be|happy|willing|wish|open|hoping|glad|also|ideally|very) ){0,4}"
    r"(?:to )?(?:stay|staying|remain|renew|continue|keep|move out|vacate|be moving|moving out)"
)
_GOES_ON: Final = (  # after "current tenant": something is said of that tenant
    r"(?= (?:in|through|thru|until|till?|with|who|on|since|for|that|is|are|would|want|wish|will"
    r"|pay|to stay|has|have|currently|may|occup|lease|month|rent|request|need|appreciat|works?)"
    r"|[,.;!)]|$)"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"vacant {_LAND}"
            r"|owner~/?~occup\w{2,7} (?:buyers?|financing|only|loans?|purchasers?|rates?|or|and"
            r"|community|communities|complex|neighbou?rhood|building|units|ratio|homes|required"
            r"|requirement|restrictions?|terms|opportunity|duplex|property|dream)"
            rf"|(?:previous|prior|former|last|past|no|if|any|future|new|your|for) {_TENANT}(?:'s?)?"
            r"(?: (?:in place|occupied|occ|pa(?:ys?|id)))?|owner financ\w{1,3}",
        ),
        (
            "part",
            r"(?:one|other|second|2nd|front|back|rear|upstairs|downstairs|upper|lower|left|right"
            r"|north|south|east|west|a)~(?:side|unit|half|apartment|apt|duplex|house|home)"
            rf"(?: (?:is|{_NOW})){{0,2}} (?:vacant|tenant~occupied|leased|rented|owner~occupied)"
            r"|vacant (?:side|unit|apartment|apt|half)"
            r"|(?:unit|apt|side|#)~#?(?:[a-h]|[1-9]\d{0,3})"
            rf"(?: (?:is|{_NOW})){{0,2}} (?:vacant|owner~occupied)"
            r"|(?:casita|guest house|guesthouse|adu|apartment|studio|basement|cottage)"
            rf"(?: (?:is|{_NOW})){{0,2}} (?:vacant|tenant~occupied|leased|rented)",
        ),
        (
            "tenant",
            r"(?:currently |presently |now )?(?:tenant|tnt)~/?~occ(?:upied|upant|'?d)?(?!upan)"
            r"|tenanted|occupied (?:by|with) (?:an? |the |its )?(?:[a-z]{4,10} |long term ){0,2}"
            rf"{_TENANT}|(?:[a-z]{{4,10}} |long~term ){{0,2}}{_TENANT} (?:is |are |now |currently "
            r"|already )?"
            r"in~(?:place|residence)"
            rf"|{_TENANT} (?:is |are )?(?:present|(?:living |residing )?in (?:the |this )?"
            rf"(?:property|home|house)|on (?:the )?(?:property|premises)|occup(?:y|ies)"
            r"|(?:on )?(?:an? )?(?:month to month|mo~(?:to|2)~mo|m~[t2]~m))"
            r"|(?:in place|existing|current|long(?:~|er )term|month to month|mo~to~mo|mtm|m2m"
            rf"|section 8|paying) {_TENANT}{_GOES_ON}"
            rf"|(?:great|good|excellent|wonderful|solid|quality|stable|reliable) {_TENANT}"
            r"(?= (?:through|thru|until|till?|who|would|want|wish|paying|since|currently|month)"
            r"| with (?:an? )?lease)"
            rf"|{_TENANT}'?s?'? rights?"
            rf"|{_TENANT} (?:(?:would|wants?|wish(?:es)?|will|is|are|may) )?{_STAY}"
            rf"|{_TENANT} (?:currently |is |are ){{0,2}}(?:pays?|paying)"
            r"(?:(?: rent of| only| just)?(?=~\$\s?\d[\d,]{2,7}(?!\d| for))| month to month)"
            rf"|{_TENANT} (?:has|have) (?:the right to stay"
            r"|(?:an? )?(?:[a-z0-9]{1,8} ){0,2}lease)"
            rf"|{_TENANT}'?s?'?[\s(]{{1,8}}(?:current |existing )?lease (?:is|ends?|expires?|runs?"
            r"|goes|through|thru|until|exp|up|in place)"
            r"|(?:call|text|contact|notify|disturb|bother) (?:the )?(?:current )?"
            rf"{_TENANT}|(?:has|have|with) (?:[a-z]{{4,10}} ){{0,2}}{_TENANT}"
            r"(?= (?:through|thru|until|on|paying|who|currently)|~[.,;!]|~- |~$)",
        ),
        (
            "rented",
            rf"(?:(?:is|are|it's|{_NOW}) ){{1,3}}(?:being )?(?:rented|leased|renting)"
            r"(?! (?:solar|separately|land|in the area|to own|by the))"
            r"|(?:leased|rented)(?: out)? (?:(?:and )?(?:in place )?(?:through|thru|until|till?"
            r"|to (?=\d))|month to month|mo~(?:to|2)~mo|m~[t2]~m|(?:for|at|@)~(?=\$))"
            rf"|{_START}(?:leased|rented)(?=~[.!*;|]|~$)",
        ),
        (
            "owner",
            rf"(?:(?:{_HOME}|it|is|it's|currently|now|presently|still),? ){{1,3}}"
            rf"(?:owner|seller)~/?~occ(?:upied|'?d)?{_END}"
            rf"|(?:(?:is|it's|currently|now|presently|still) ){{1,2}}"
            r"(?:owner|seller)~/?~occ(?:upied|'?d)?(?= (?:with|w/|please|by|so|and|for|since)|\.)"
            rf"|{_START}(?:owner|seller)~/?~occ(?:upied|'?d)?"
            r"(?=~[.,;!*(]|~$|~- | (?:with|w/|please|by|so|call|text|for \d|since|pls|plz|24|2|1"
            r"|one|two|show|appt|appointment|and (?:well|easy|lovingly|meticul)))"
            rf"|occupied by (?:the |its )?(?:original |current )?{_OWNER}"
            r"|agent is (?:the )?owner~/?~occupant"
            rf"|{_OWNER} (?:still |currently |now |presently ){{0,2}}(?:is |are )?(?:still )?"
            r"(?:occup(?:y|ies|ying) (?:the |this )?(?:home|house|property)"
            r"|resid(?:es?|ing) (?:in|here|on~site|at) (?:the |this )?(?:home|house|property|it))",
        ),
        (
            "vacant",
            rf"(?:(?:{_HOME}|it|is|it's|currently|now|presently|already|sits|sitting|stands),? )"
            rf"{{1,3}}(?:vacant|unoccupied){_NO_HOME}"
            r"|this vacant (?:home|house|property|condo|beauty|gem)"
            r"|(?:has|it's|have) been (?:vacant|unoccupied) (?:for|since)"
            rf"|{_START}(?:vacant|unoccupied){_NO_HOME}(?:{_END}|(?=\.\.| (?:now|and|&|on|with|w/"
            r"|easy"
            r"|go|so|for|ready|home|house|property|lock~?box|lb|combo|show|supra|move|immediate"
            r"|turn~?key|clean|since)))"
            r"|vacant~(?:and|&|,|/|on|with|w/) ?~(?:easy|ready|move|go|show|clean|lock~?box|lb"
            r"|supra|staged|available|waiting|safe|priced)",
        ),
    ]
)
_NOT_NOW: Final = phrases(
    [
        (
            "x",
            r"(?:was|were|been|had|previously|formerly|once|until recently|used to be|no longer|not"
            r"|isn't|aren't|never|if|or|could be|can be|may be|would be|perfect for|any|similar"
            r"|most|other|homes|neighbou?rs?)~(?:an? |the |currently ){0,2}$",
        )
    ]
)
_NOT_YET: Final = phrases(
    [("x", r"(?:will|to|be|becomes?|delivered|when|for|as|an?)~(?:be |an? |currently ){0,2}$")]
)
_OF_ANOTHER_THING: Final = phrases(
    [
        (
            "x",
            r"solar|panels?|softener|water (?:heater|system)|propane|tank|alarm|equipment|land"
            r"|lots?|parcel|space|slip|dock|appliances|storage|next door|adjacent|adjoining|behind"
            r"|across|guest house|casita|studio",
        )
    ]
)
_HOLDERS: Final = {"tenant": "tenant", "rented": "tenant", "owner": "owner", "vacant": "vacant"}


def occupancy(remarks: Remarks) -> Fact:
    holders = _holders(remarks)
    if len(holders) != 1:
        return NOT_STATED
    holder, span = holders.popitem()
    return remarks.fact("yes", span, holder)


def tenant(remarks: Remarks) -> tuple[int, int] | None:
    """Where the text says that a tenant, and nobody else, holds the home now."""
    holders = _holders(remarks)
    return holders.get("tenant") if len(holders) == 1 else None


def _holders(remarks: Remarks) -> dict[str, tuple[int, int]]:
    """Who is said to hold the home, and where; nobody where its parts have different holders."""
    found: dict[str, tuple[int, int]] = {}
    for match in _MENTION.finditer(remarks.folded):
        kind = match.lastgroup or ""
        if kind == "part":
            return {}
        if kind in _HOLDERS and not _of_another_time_or_thing(remarks, match):
            found.setdefault(_HOLDERS[kind], match.span())
    return found


def _of_another_time_or_thing(remarks: Remarks, match: re.Match[str]) -> bool:
    folded, at = remarks.folded, match.start()
    if _NOT_NOW.search(folded, max(0, at - 30), at):
        return True
    if match.lastgroup == "tenant":
        return False
    if _NOT_YET.search(folded, max(0, at - 30), at):
        return True
    start = max(remarks.sentence(at)[0], at - 50, folded.rfind(",", 0, at) + 1)
    return match.lastgroup != "owner" and bool(_OF_ANOTHER_THING.search(folded, start, at))
