"""Accessibility: the home was built or altered for access.

It describes the building, never who might live in it. A boat ramp, a deck "accessible from the
kitchen", easy access to the freeway, a single level, a walk-in shower, and what could be added
(an elevator shaft) are none; nor is an elevator that the whole building shares.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases

_FOR_WHOM: Final = r"(?:wheel~?chairs?|handi~?cap(?:ped)?|disab(?:led|ility)|ada|mobility|walker)"
_WHAT: Final = (
    r"(?:accessib(?:le|ility)|access|ramps?|friendly|compliant|compatible|equipped|ready|approved"
    r"|shower|bath(?:room)?s?|features?|modifi\w{3,8}|lifts?|door(?:way)?s?|entrance|entry|height"
    r"|standards?|design(?:ed)?|accommodat\w{2,6}|adapted|toilets?|improvements?|capable|rails?|tub"
    r"|sinks?|width|amenities|restroom|home|unit|kitchen|vanity|usable|width)"
)

_ANCHOR: Final = re.compile(  # one of these is in every phrase below
    r"wheel|handi|\bada\b|disab|mobility|walker|ramp|roll|grab|lift|glide|elevator|accessib|wide"
    r"|door|barrier|zero|curb|step|universal|lowered|physical"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:grain elevators?|(?:ski|car|truck|boat|auto|face|fork|vehicle|two~post|2~post"
            r"|4~post|four~post|jet~ski|rv|motorcycle|service|golf cart|chair|gas"
            r"|hydraulic car) lifts? (?:in (?:the )?(?:shop|garage)|at|nearby)|(?:ski|car|truck"
            r"|face|boat|auto) lifts?|barrier~free views?)|(?:boat|jet~?ski|skate|rv|on|off|freeway"
            r"|highway|dog|pet|loading|exit|entrance~and~exit|water|lake|public|trailer|bike|quad"
            r"|atv|motorcycle|watercraft|community|parking) (?:launch )?ramps?|(?:access|entrance"
            r"|entry) ramps? (?:to|onto) (?:the )?(?:i~\d{1,3}|hwy|highway|freeway|interstate|loop"
            r"|us|\d{1,3})|\d{1,2}~(?:ft|foot|feet|')?~wide doors?"
            rf"|(?:not|no|non|isn't|without)(?: an?)? (?:{_FOR_WHOM}|elevators?|ramps?"
            rf"|grab bars?)(?:~{_WHAT})?"
            r"|(?:room|space|wired|ready|prepped|prep|plans?|plumbed|shaft|potential|future"
            r"|possible|add|adding|install|option\w{0,2}|option for) (?:for |to add "
            r"|to install )?(?:an? |the )?(?:[a-z]{3,10} )?(?:elevator|ramp|lift)|(?:ada|wheelchair"
            r"|handicap) (?:potential|parking|ordinance|placard)|elevators? (?:shaft|ready|ban"
            r"|prep\w{0,3}|capable|could|can be|option\w{0,2}|buildings?|space"
            r"|to (?:the )?(?:rooftop|garage|lobby|parking|pool|gym))|(?:building|community|complex"
            r"|lobby|secured?|the|near|by|to|from|garage|amenities|two|2|shared|common|fast"
            r"|high speed|freight|service) elevators?|ez ada potential|(?:ramps?|lifts?|elevators?"
            r"|grab bars?) (?:could|can|would|may)",
        ),
        (
            "yes",
            rf"(?:fully |completely |totally |is |partially )?{_FOR_WHOM}[\s/\-]{{1,2}}{_WHAT}"
            rf"|(?:accessible|accessibility|friendly|ready|designed|built|modified|adapted|equipped"
            r"|suitable|wide enough|access|made|accommodates?|set up) (?:for |by |to )?(?:an? "
            r"|the )?(?:wheel~?chairs?|handi~?cap(?:ped)?|disabled|physically challenged|walkers?)"
            r"|meets ada|(?:wheel~?chair|handicap|ada|entry|entrance|front|back|rear|patio|porch"
            r"|custom|built~in|permanent|removable|wood(?:en)?|concrete|accessible|access|side"
            r"|portable|convenient|sturdy|door) ramps?|ramps? (?:at|to|into|from|in|leading (?:to"
            r"|into|up to)|up to|on|for|and) (?:the |a |all |both )?(?:front|back|main|side|rear"
            r"|entr(?:y|ies|ances?)|garage|house|home|door|patio|porch|deck|easy (?:access|entry)"
            r"|wheel~?chairs?|accessib\w{2,5}|access|grab bars?|wide)|ramp (?:access|entry"
            r"|entrance)(?! for (?:your |the )?(?:dogs?|pets?))|ramps? (?:installed|in place"
            r"|provided|hidden)|(?:an?|the) (?:[a-z]{4,9} )?ramp (?:(?:that )?(?:still )?leads? "
            r"(?:to|up|into)|we built|(?:my|our|the) [a-z]{3,8} built|was (?:built|added|poured"
            r"|put in|installed))|(?:poured|built|added|installed"
            r"|put in) (?:an? )?(?:[a-z]{4,9} )?ramp(?! (?:for|to|at) (?:the |his |her )?(?:boat"
            r"|shop|dock|trailer|barn|mower|rv|dogs?))|(?:elev|elevator|grab~?(?:bars?|brs)"
            r"|stair~lift|handrails?|wide doors?),?~(?:and |& )?ramps?|ramps?,? (?:and |& )?(?:grab"
            r"|wide|roll|handrails?|elevator|3'|36)|(?:private|hydraulic|glass|in~home"
            r"|whisper~quiet|residential|passenger|own) lift|(?:an?"
            r"|the) (?:[a-z\-]{4,14} )?lift (?:(?:of|in|from) (?:[a-z]{2,9} ){1,5}?)?(?:rises"
            r"|ascends|(?:serves|connects) (?:both|all|the|every)|takes (?:you|a chair|one)"
            r"|raises a (?:chair|wheelchair))|door(?:way)?s?(?: were| are| have been)? widened"
            r"|widened (?:every|all|the|both) (?:interior )?door(?:way)?s?|(?:3'|36\"?)~drs"
            r"|grab~?brs|roll~(?:in|under)~(?:shower|sink|tiled?|bath|vanity)s?"
            r"|roll~in (?:walk~in )?shower|curb~less (?:roll~in )?shower|barrier~free|zero~(?:step"
            r"|threshold)(?: entry| shower)?|no~step (?:entry|entrance)|step~free (?:entry|entrance"
            r"|access)|(?:stair|chair|wheel~?chair|platform|porch|vertical|ceiling"
            r"|stairway)~(?:lifts?|glides?)|(?:safety |shower )?grab~?~(?:bars?|rails?)|(?:extra "
            r"|extra~|\d{2}\"? )?wide(?:ned|r)?(?: interior)? door(?:way|s|ways)s?(?! (?:that "
            r"|which )?(?:opens?|opening|leads?|leading|slid\w{1,3}|to|onto))|(?:3~?~(?:ft|foot|')"
            r"|36~(?:in|inch|\"))~(?:wide )?door(?:way)?s?|accessible (?:shower|bath(?:room)?s?"
            r"|home|house|unit|features?|design|kitchen|tub|entry|entrance|living)(?! from)"
            r"|universal design|lowered (?:counters?|countertops?)",
        ),
        (
            "elevator",
            r"(?:private |personal |in~home |in~unit |home |residential |interior |own |its own "
            r"|3 stop |custom |hydraulic |new |an )?elevators?|elev(?=,| to \d| serv| to (?:all"
            r"|both|2nd))",
        ),
    ]
)
_SHARED: Final = phrases(
    [
        (
            "x",
            r"building|complex|condo(?:minium)?s?|high~?rise|mid~?rise|lobby|secure\w{0,1}"
            r"|gated garage|community|floor unit|(?:1st|2nd|3rd|4th|5th|first|second|third|fourth"
            r"|top) floor|concierge|fitness|gym|hoa|unit|units|amenit\w{1,3}|walk score|steps from",
        )
    ]
)
_NOT_SO: Final = phrases(  # before it, in its clause
    [
        (
            "x",
            r"(?:could|can|may|easily|potential|possible|future|room for|space for|ready for|add|no"
            r"|not|nothing|never|nor|neither|without|isn't|aren't|wired for|plumbed for"
            r"|neighbou?r'?s?'?)",
        )
    ]
)
_GONE: Final = pattern(  # after it
    r"~(?:(?:(?:has|have|was|were|is|are|being|been|will|be) ){1,3}(?:since )?(?:removed|taken out"
    r"|gone|taken down|not|no longer)|goes? (?:along )?with (?:the )?(?:sellers?|owners?|us|me)"
    r"|[:=]~(?:none|no|n/a|n)\b)"
)


def accessibility(remarks: Remarks) -> Fact:
    for match in near(_ANCHOR, _MENTION, remarks.folded, 90, 90):
        start = remarks.sentence(match.start())[0]
        start = max(start, match.start() - 35, remarks.folded.rfind(",", 0, match.start()) + 1)
        if match.lastgroup == "other" or _NOT_SO.search(remarks.folded, start, match.start()):
            continue
        if _GONE.match(remarks.folded, match.end()):
            continue
        if match.lastgroup == "elevator" and _is_shared(remarks, match):
            continue
        return remarks.fact("yes", match.span())
    return NOT_STATED


def _is_shared(remarks: Remarks, match: re.Match[str]) -> bool:
    if match.group().startswith(("private", "personal", "in", "home", "residential", "own", "its")):
        return False
    start, end = remarks.sentence(match.start())
    start, end = max(start, match.start() - 80), min(end, match.end() + 80)
    return _SHARED.search(remarks.folded, start, end) is not None
