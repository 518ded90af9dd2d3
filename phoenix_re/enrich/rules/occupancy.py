"""Occupancy: who holds the home now, as its owner, a tenant, or nobody.

What was, will be or could be does not count. Two holders, of its parts or in two sentences, leave
the word out: one home has one holder or none is named. A part alone (a casita) says nothing of the
home. "Owner-occupied" is a word of lenders and associations too, so it counts only where a clause
begins or ends with it; a "vacant lot" is no home.
"""

import re
from collections.abc import Iterator
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.lease_end import lease_end
from phoenix_re.enrich.rules.tenancy import NOW, TENANT, Holding, tenancies
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_OWNER: Final = r"(?:owners?|sellers?|homeowners?|ownr|slr|own)"
_HOME: Final = (
    r"(?:home|house|property|condo|townhome|townhouse|duplex|triplex|fourplex|(?:3|4)~plex"
    r"|building|residence|place|units?|sides|buildings|homes|premises|levels|floors|bungalow|ranch"
    r"|villa|cabin|cottage|apartment|dwelling|structure|everything)"
)
_START: Final = (  # of a clause or an item of a list
    r'(?:^|(?<=[.!?*;|,/:(&"\x7e\n•>])|(?<=[.!?*;|,/:(&"\x7e•>]\s)|(?<=[.!?•>]\s\s)|(?<=-\s))'
)
_END: Final = r'(?=~[.,;!?:*•|/)(&"\x7e\n]|~$|~- )'
_LAND: Final = (
    r"(?:lots?|land|parcels?|acres?|acreage|fields?|space|desert|corner|ground|home~?sites?|nest"
    r"|nester|nesters|canvas|shell|barn|bedroom|room|garage|pool)"
)
_NO_HOME: Final = (  # what "vacant" may go on to say
    rf"(?! (?:{_LAND}|property (?:next|behind|to)|building|possession|(?:and|or) (?:owner|tenant"
    r"|shovel|build)|until|till|before|when|years|in (?:19|20)\d\d)"
    r"|~(?:at|by|upon|as of|after|before|on or before|on|in|starting|beginning|from|until|when"
    r"|once) (?:close|closing|coe|c\.o\.e|settlement|funding|possession|escrow|move|delivery"
    r"|the (?:end|first|time|day)|mid|late|early|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d"
    r"|spring|summer|fall|winter|weekends?))"
)
_SHOWN: Final = (
    r"(?=~[.,;!*(:]|~$|~- | (?:with|w/|please|by|so|call|text|for|since|pls|plz|24|2|1|one|two|show"
    r"|appt|appointment|need|notice|and (?:well|easy|lovingly|meticul)))"
)
_IN_IT: Final = (  # where one lives who lives in the home
    r"(?:here(?! in (?:the )?(?:city|town|area))|upstairs|downstairs|on~site|on (?:the )?(?:property|premises)"
    r"|there|in (?:it|residence|one (?:unit|side|half)|unit [a-d1-4]|(?:the |this |their |our |my |his |her |its )"
    r"?(?:[a-z]{3,8} ){0,2}?(?:home|house|property|place|residence|unit|condo|townhome|townhouse|cabin"
    r"|bungalow|half|side|floor|level))|at (?:the|this) (?:home|house|property|residence)"
    r"|(?:both|the|this) (?:the )?(?:[a-z]{4,8} )?(?:home|house|property|residence|premises|units?|unit|"
    r"condo|upper (?:unit|level|floor)|lower (?:unit|level|floor)))"
)

_ANCHOR: Final = re.compile(
    r"occup|occ\b|occ'd|vacant|\bvac\b|empty|resid(?:es?|ing|ed)\b|residence|\blives?\b|\blived\b"
    r"|living (?:in|here|there|on|up|down)|dwell|inhabit|still (?:in|at) the|been here|nobody|no one"
    r"|clear of|work from home|\bjust (?:us|me)\b"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            rf"vacant {_LAND}|(?:owner|own)~/?~occ\w{{0,8}}\.? (?:buyers?|financing|only|loans?"
            r"|purchasers?|rates?|or|and|community|communities|complex|neighbou?rhood|building|units"
            r"|ratio|homes|required|requirement|restrictions?|terms|opportunity|duplex|property"
            r"|dream|first|bids?|period)|owner financ\w{1,3}"
            r"|(?:full|part|second|certificate of|single|double|max(?:imum)?|high) occup\w{3,5}"
            r"|living (?:in|on) (?:style|luxury|paradise)",
        ),
        (
            "told",  # of a form
            r"(?:occupan(?:t|cy)|occupied(?: by)?|occ|occ\.|occupant type|possession)~[:=\-]~"
            rf"(?P<told>vacant|vac|owner|seller|tenant|tnt|empty|unoccupied|none|nobody){_END}",
        ),
        (
            "owner",
            rf"(?:(?:{_HOME}|it|is|it's|{NOW}),? ){{1,3}}"
            rf"{_OWNER}~/?~occ(?:upied|'?d|\.)?{_END}"
            rf"|(?:(?:is|it's|{NOW}) ){{1,2}}{_OWNER}~/?~occ(?:upied|'?d)?{_SHOWN}"
            rf"|{_START}{_OWNER}~/?~occ(?:upied|'?d|\.)?{_SHOWN}"
            rf"|(?:occupied|lived in|inhabited)(?: full time)? by (?:the |its |me|us|my )?(?:original "
            rf"|current |present |family of the )?(?:{_OWNER}|me|us)(?!~(?:until|for|from|between) (?:19|20)\d\d)"
            rf"|agent (?:is|/)?~?(?:the )?owner~/?~occupant"
            rf"|{_OWNER}(?: (?:is|are|still|also|currently|remain|remains)){{0,3}} (?:in residence"
            r"|on~site|(?:in|at) (?:the |this )(?:home|house|property|residence|unit|condo))"
            r"(?! (?:to|for) (?:meet|repair|answer|greet|show))"
            r"|(?:we|i)(?:'ve| have)(?: [a-z]{3,8})? been (?:here|in (?:this|the) (?:home|house|place))"
            r"(?=~[.,;!]| (?:for|since|\d|over|almost|nearly|more|all|ever|a|now|together|the|fif|for"
            r"|twen|thir|ten|elev|twel|six|sev|eight|nine|two|three|four|five|long))"
            r"|(?:just|only) (?:us|me|the two of us|one of us|my \w{3,8} and (?:me|i))(?: \w{3,8})?"
            r" (?:living )?(?:here|in it|in the house)"
            r"|(?:we|i) (?:both |all )?(?:still )?work from home",
        ),
        (
            "vacant",
            rf"(?:(?:{_HOME}|it|is|it's|are|has been|have been|{NOW}|sits|sitting|stands?"
            r"|standing|completely|totally|otherwise|has sat|has stood|are both),? )"
            rf"{{1,3}}(?:vacant|unoccupied|empty){_NO_HOME}"
            r"|(?:this|the) vacant (?:home|house|property|condo|beauty|gem|unit)"
            r"|(?:has|it's|have)(?: now)? been (?:vacant|unoccupied|empty) (?:for|since)"
            rf"|{_START}(?:vacant|unoccupied|empty){_NO_HOME}(?:{_END}|(?=\.\.| (?:now|and|&|on|with|w/"
            r"|easy|go|so|for|ready|home|house|property|lock~?box|lb|combo|show|supra|move"
            r"|immediate|turn~?key|clean|since|sentri)))"
            r"|vacant~(?:and|&|,|/|on|with|w/) ?~(?:easy|ready|move|go|show|clean|lock~?box|lb"
            r"|supra|staged|available|waiting|safe|priced)"
            rf"|{_START}vac(?=~[.,;/|]|~$| (?:lb|go|show|now|on|since))"
            rf"|{_HOME} (?:is |are )?(?:now |both |all |already )?clear of (?:people|occupants|tenants|persons)"
            r"|(?:nobody|no one)(?: is)?(?: now)?(?: living)? (?:in it|in the (?:house|home|place)|there|here)"
            r"(?= (?:now|since|today)|~[.,;!]|~$)"
            r"|vacant,? as is the (?:main )?(?:house|home)",
        ),
        (
            "dwells",
            r"(?:lives?|living|lived|resid(?:es?|ing|ed)|dwells?|occup(?:y|ies|ying|ied)|stays?)"
            rf"(?: (?:full time|quietly|happily|alone|still|year round))? {_IN_IT}"
            r"(?! (?:(?:is|was|are|feels?|has|means?|you)(?! (?:tenant|vacant))|and enjoy|for free|like))",
        ),
    ]
)
_NOT_NOW: Final = phrases(
    [
        (
            "x",
            r"(?:was|were|been|had|previously|formerly|once|until recently|used to be|no longer|not"
            r"|isn't|aren't|never|if|or|could be|can be|may be|would be|perfect for|any|similar"
            r"|most|other|homes|neighbou?rs?|for|rarely|sat|stood|for years|unless)~(?:an? |the |currently |sat ){0,2}$",
        )
    ]
)
_NOT_YET: Final = phrases(
    [
        (
            "x",
            r"(?:will|to|be|becomes?|delivered|conveyed|when|for|as|an?|turned over|expected|goes"
            r"|leave|leaving|left|hand\w{0,3} over)~(?:be |an? |currently |the (?:home|house|property) "
            r"|it |over ){0,2}$",
        )
    ]
)
_OF_ANOTHER_THING: Final = phrases(
    [
        (
            "x",
            r"solar|land|lots?|parcel|space|slip|dock|storage|next door|adjacent|adjoining|behind"
            r"|across|guest house|casita|studio|adu|neighbou?r'?s?|neighbou?ring|barn|nests?|above|below"
            r"|central|cntrl|intercom|surround|shop|office",
        )
    ]
)
_SUBJECT: Final = re.compile(  # the nearest one before "lives here" does
    rf"\b(?:(?P<owner>owners?(?!')|sellers?(?!')|homeowners?|we(?:'ve|'re)?|i(?:'ve|'m)?|us|ownr|slr)"
    rf"|(?P<tenant>{TENANT})|(?P<nobody>nobody|no one|no-one|none)"
    r"|(?P<other>you|buyers?|people|residents?|neighbou?rs?|famil(?:y|ies)|friends?|guests?|parents?"
    r"|mother|father|mom|dad|son|sons|daughters?|brother|sister|uncle|aunt|grandm\w+|grandf\w+|in-laws"
    r"|agent|manager|investors?|artist|nurse|student|somebody|someone|anyone|everyone|whoever|one|dogs?"
    r"|cats?|horses?|owls?|deer|quail|folks|heirs?|it|she|he|house|home|boat|rv|car|neighborhood"
    r"|caretaker|builder|architect|ranchers?|children|kids|mayor|doctor|teacher|musician|couple|famous))\b"
)
_NO_LONGER: Final = re.compile(
    r"\b(?:never|not|n't|no longer|used to|once|would|could|will|can|to|if|when|while|had|before|was"
    r"|were|who may|might|may|until (?:19|20)|nor|neither|without|moved|previous|prior|former|late|past"
    r"|first|loved|enjoyed|years ago)\b|n't\b"
)
_SINCE_LEFT: Final = re.compile(
    r"\b(?:moved (?:out|away|on|to|into)|have (?:since )?(?:moved|left)|no longer|until (?:19|20)\d\d)\b"
)
_TOLD: Final = {"vacant": "vacant", "vac": "vacant", "empty": "vacant", "unoccupied": "vacant"} | {
    "none": "vacant",
    "nobody": "vacant",
    "owner": "owner",
    "seller": "owner",
    "tenant": "tenant",
    "tnt": "tenant",
}


def occupancy(remarks: Remarks) -> Fact:
    holdings = _holdings(remarks)
    if not holdings:
        return NOT_STATED
    holders = {h.holder for h in holdings}
    return remarks.fact("yes", holdings[0].span, holders.pop() if len(holders) == 1 else None)


def tenant(remarks: Remarks) -> tuple[int, int] | None:
    """Where the text says that a tenant holds the home now, or one of its units."""
    return next((h.span for h in _holdings(remarks) if h.holder == "tenant"), None)


def _holdings(remarks: Remarks) -> list[Holding]:
    """Who is said to hold the home; nobody where only one part of it is spoken of."""
    found = [*_of_the_home(remarks), *tenancies(remarks)]
    lease = lease_end(remarks)
    if lease.evidence is not None:
        start = remarks.given.find(lease.evidence)
        found.append(Holding("tenant", False, (start, start + len(lease.evidence))))
    if all(h.is_part for h in found) and len(found) == 1:
        return []
    return sorted(found, key=lambda h: h.is_part)


def _of_the_home(remarks: Remarks) -> Iterator[Holding]:
    for match in near(_ANCHOR, _MENTION, remarks.folded, 60, 60):
        kind = match.lastgroup or ""
        if match["told"]:
            yield Holding(_TOLD[match["told"]], False, match.span())
        elif kind == "dwells":
            if holder := _who_dwells(remarks, match):
                yield Holding(holder, False, match.span())
        elif kind != "other" and not _of_another_time_or_thing(remarks, match, kind):
            yield Holding(kind, False, match.span())


def _of_another_time_or_thing(remarks: Remarks, match: re.Match[str], kind: str) -> bool:
    folded, at = remarks.folded, match.start()
    start, end = remarks.sentence(at)
    if _NOT_NOW.search(folded, max(start, at - 30), at):
        return True
    if kind == "owner":
        return bool(_SINCE_LEFT.search(folded, match.end(), end))
    if _NOT_YET.search(folded, max(start, at - 30), at):
        return True
    start = max(start, at - 50, folded.rfind(",", 0, at) + 1)
    return bool(_OF_ANOTHER_THING.search(folded, start, match.end())) and (
        "as is the" not in match.group()
    )


def _who_dwells(remarks: Remarks, match: re.Match[str]) -> str | None:
    """The nearest subject before the verb, where it does so now."""
    folded, at = remarks.folded, match.start()
    start, end = remarks.sentence(at)
    subject = None
    for subject in _SUBJECT.finditer(folded, max(start, at - 90), at):
        pass
    if subject is None or subject.lastgroup == "other":
        return None
    between = folded[subject.end() : at]
    before = folded[max(start, subject.start() - 22) : subject.start()]
    verb = match.group().split(" ", 1)[0]
    if verb in ("lived", "resided", "occupied") and not re.search(r"\bha[sd]|have|'ve", f"{subject[0]}{between}"):
        return None
    if _NO_LONGER.search(between) or _NO_LONGER.search(before) or len(between) > 60:
        return None
    if subject.lastgroup == "nobody":
        return "vacant"
    if _SINCE_LEFT.search(folded, match.end(), end):
        return None
    return subject.lastgroup
