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
from phoenix_re.enrich.rules.dwelling import PERSONS, dwellers
from phoenix_re.enrich.rules.lease_end import lease_end
from phoenix_re.enrich.rules.supposed import is_supposed
from phoenix_re.enrich.rules.tenancy import (
    NOW,
    TENANCY,
    Holding,
    tenancies,
    whole_or_annex,
)
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

_OWNER: Final = r"(?:owners?|sellers?|homeowners?|ownr|slr|own)"
_HOME: Final = (
    r"(?:home|house|property|condo|townhome|townhouse|duplex|triplex|fourplex|(?:3|4)~plex|building"
    r"|residence|place|units?|sides|buildings|homes|premises|levels|floors|bungalow|ranch|villa"
    r"|cabin|cottage|apartment|dwelling|structure|everything)"
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
    r"|shovel|build)|until|till|before|when|years|in (?:19|20)\d\d)|~(?:at|by|upon|as of|after"
    r"|before|on or before|on|in|starting|beginning|from|until|when|once) (?:close|closing|coe"
    r"|c\.o\.e|settlement|funding|possession|escrow|move|delivery|the (?:end|first|time|day)|mid"
    r"|late|early|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d|spring|summer|fall|winter"
    r"|weekends?))"
)
_SHOWN: Final = (
    r"(?=~[.,;!*(:]|~$|~- | (?:with|w/|please|by|so|call|text|for|since|pls|plz|24|2|1|one|two|show"
    r"|appt|appointment|need|notice|and (?:well|easy|lovingly|meticul)))"
)
# Without one of these words no state is named.
STATES: Final = word_set(
    "vacant unoccupied vac empty occ occupied occupant occupants occupancy inhabited lived"
    " possession"
)
# A text without any of these says nothing of who holds the home.
WORDS: Final = PERSONS | TENANCY | STATES
_MENTION: Final = phrases(
    [
        (
            "other",
            rf"vacant {_LAND}|(?:owner|own)~/?~occ\w{{0,8}}\.? (?:buyers?|financing|only|loans?"
            r"|purchasers?|rates?|or|and|community|communities|complex|neighbou?rhood|building"
            r"|units|ratio|homes|required|requirement|restrictions?|terms|opportunity|duplex"
            r"|property|dream|first|bids?|period)|owner financ\w{1,3}|(?:full|part|second"
            r"|certificate of|single|double|max(?:imum)?|high) occup\w{3,5}|living (?:in"
            r"|on) (?:style|luxury|paradise)",
        ),
        (
            "form",  # "Occupant: vacant"
            r"(?:occupan(?:t|cy)|occupied(?: by)?|occ|occ\.|occupant type|possession)~[:=\-]~"
            rf"(?P<told>vacant|vac|owner|own|seller|tenant|tnt|empty|unoccupied|none|nobody){_END}",
        ),
        (
            "owner",
            rf"(?:(?:{_HOME}|it|is|it's|{NOW}),? ){{1,3}}{_OWNER}~/?~occ(?:upied|'?d|\.)?{_END}"
            rf"|(?:(?:is|it's|{NOW}) ){{1,2}}{_OWNER}~/?~occ(?:upied|'?d)?{_SHOWN}"
            rf"|{_START}{_OWNER}~/?~occ(?:upied|'?d|\.)?{_SHOWN}|(?:has|it's"
            rf"|have) been {_OWNER}~occupied(?= (?:since|for))|(?:occupied|lived in"
            rf"|inhabited)(?: full time)? by (?:the |its |me|us|my )?(?:original |current |present "
            rf"|family of the )?(?:{_OWNER}|me|us)(?!~(?:until|for|from|between) (?:19|20)\d\d)"
            rf"|agent (?:is|/)?~?(?:the )?owner~/?~occupant",
        ),
        (
            "vacant",
            rf"(?:(?:{_HOME}|it|is|it's|are|has been|have been|{NOW}|sits|sitting|stands?"
            r"|standing|completely|totally|otherwise|has sat|has stood|are both),? )"
            rf"{{1,3}}(?:vacant|unoccupied|empty){_NO_HOME}"
            r"|(?:this|the) vacant (?:home|house|property|condo|beauty|gem|unit)|(?:has|it's"
            r"|have)(?: now)? been (?:vacant|unoccupied|empty) (?:for|since)"
            rf"|{_START}(?:vacant|unoccupied|empty){_NO_HOME}(?:{_END}|(?=\.\.| (?:now|and|&|on"
            rf"|with|w/"
            r"|easy|go|so|for|ready|home|house|property|lock~?box|lb|combo|show|supra|move"
            r"|immediate|turn~?key|clean|since|sentri)))|vacant~(?:and|&|,|/|on|with|w/) ?~(?:easy"
            r"|ready|move|go|show|clean|lock~?box|lb|supra|staged|available|waiting|safe|priced)"
            rf"|(?:{_START}|(?:hse|house|home|prop|unit|condo) )vac(?=~[.,;/|]|~$| (?:lb|go|show"
            rf"|now|on|since))|{_HOME} (?:is |are )?(?:now |both |all |already )?clear of (?:people"
            rf"|occupants|tenants|persons)"
            r"|vacant,? as is the (?:main )?(?:house|home)",
        ),
    ]
)
_NOT_NOW: Final = phrases(
    [
        (
            "x",
            r"(?:was|were|been|had|previously|formerly|once|until recently|used to be|no longer|not"
            r"|isn't|aren't|never|if|or|could be|can be|may be|would be|perfect for|any|similar"
            r"|most|other|homes|neighbou?rs?|for|rarely|sat|stood|for years|unless)~(?:an? |the "
            r"|currently |sat ){0,2}$",
        )
    ]
)
_NOT_YET: Final = phrases(
    [
        (
            "x",
            r"(?:will|to|be|becomes?|delivered|conveyed|when|for|as|an?|turned over|expected|goes"
            r"|leave|leaving|left|hand\w{0,3} over)~(?:be |an? |currently |the (?:home|house"
            r"|property) |it |over ){0,2}$",
        )
    ]
)
_OF_ANOTHER_THING: Final = phrases(
    [
        (
            "x",
            r"solar|land|lots?|parcel|space|slip|dock|storage|next door|adjacent|adjoining|behind"
            r"|across|guest house|casita|studio|adu|neighbou?r'?s?|neighbou?ring|barn|nests?|above"
            r"|below|garage|shop|shed|pool|bay|closet|central|cntrl|intercom|surround|shop|office",
        )
    ]
)
_TOLD: Final = {"vacant": "vacant", "vac": "vacant", "empty": "vacant", "unoccupied": "vacant"} | {
    "none": "vacant",
    "nobody": "vacant",
    "owner": "owner",
    "own": "owner",
    "seller": "owner",
    "tenant": "tenant",
    "tnt": "tenant",
}


def occupancy(remarks: Remarks) -> Fact:
    holdings = _holdings(remarks)
    let = [h for h in holdings if h.holder == "tenant"]
    is_part = all(h.of == "annex" for h in holdings) or [h.of for h in holdings] == ["unit"]
    if is_part:  # a tenant of it holds some of the home, its emptiness says nothing
        return remarks.fact("yes", let[0].span) if let else NOT_STATED
    holders = {h.holder for h in holdings}
    first = min(holdings, key=lambda h: h.of != "home")
    return remarks.fact("yes", first.span, holders.pop() if len(holders) == 1 else None)


def tenant(remarks: Remarks) -> tuple[int, int] | None:
    """Where the text says that a tenant holds the home now, or a part of it."""
    return next((h.span for h in _holdings(remarks) if h.holder == "tenant"), None)


def _holdings(remarks: Remarks) -> list[Holding]:
    """Who is said to hold the home, or a part of it, in whatever words."""
    found = [*_states(remarks), *dwellers(remarks)]
    if not TENANCY.isdisjoint(remarks.words):
        found += tenancies(remarks)
        lease = lease_end(remarks)
        if lease.evidence is not None:
            start = remarks.given.find(lease.evidence)
            span = (start, start + len(lease.evidence))
            found.append(Holding("tenant", whole_or_annex(remarks, start), span))
    return found


def _states(remarks: Remarks) -> Iterator[Holding]:
    for match in near_words(STATES, _MENTION, remarks, 60, 60):
        kind = match.lastgroup or ""
        if match["told"]:
            yield Holding(_TOLD[match["told"]], "home", match.span())
        elif kind != "other" and not _of_another_time_or_thing(remarks, match, kind):
            yield Holding(kind, "home", match.span())


def _of_another_time_or_thing(remarks: Remarks, match: re.Match[str], kind: str) -> bool:
    folded, at = remarks.folded, match.start()
    start = remarks.sentence(at)[0]
    if _NOT_NOW.search(folded, max(start, at - 30), at) or is_supposed(remarks, at):
        return True
    if kind == "owner":
        return False
    if _NOT_YET.search(folded, max(start, at - 30), at):
        return True
    start = max(start, at - 50, folded.rfind(",", 0, at) + 1)
    return bool(_OF_ANOTHER_THING.search(folded, start, match.end())) and (
        "as is the" not in match.group()
    )
