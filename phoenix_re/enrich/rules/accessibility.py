"""Accessibility: the home was built or altered for access.

It describes the building, never who might live in it. A boat ramp, a deck "accessible from the
kitchen", easy access to the freeway, a single level, a walk-in shower, and what could be added
(an elevator shaft) are none; nor is an elevator that the whole building shares.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_FOR_WHOM: Final = r"(?:wheel~?chairs?|handi~?cap(?:ped)?|disab(?:led|ility)|ada|mobility|walker)"
_WHAT: Final = (
    r"(?:accessib(?:le|ility)|access|ramps?|friendly|compliant|compatible|equipped|ready|approved"
    r"|shower|bath(?:room)?s?|features?|modifi\w{3,8}|lifts?|door(?:way)?s?|entrance|entry|height"
    r"|standards?|design(?:ed)?|accommodat\w{2,6}|adapted|toilets?|improvements?|capable|rails?"
    r"|tub|sinks?|width|amenities|restroom|home|unit|kitchen|vanity|usable|width)"
)

_ANCHOR: Final = re.compile(  # one of these is in every phrase below
    r"wheel|handi|\bada\b|disab|mobility|walker|ramp|roll|grab|lift|glide|elevator|accessib|wide"
    r"|door|barrier|zero|curb|step|universal|lowered|physical"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:boat|jet~?ski|skate|rv|on|off|freeway|highway|dog|pet|loading|exit"
            r"|entrance~and~exit"
            r"|water|lake|public|trailer|bike|quad|atv|motorcycle|watercraft|community|parking) "
            r"(?:launch )?ramps?"
            r"|(?:access|entrance|entry) ramps? (?:to|onto) (?:the )?(?:i~\d{1,3}|hwy|highway"
            r"|freeway"
            r"|interstate|loop|us|\d{1,3})|\d{1,2}~(?:ft|foot|feet|')?~wide doors?"
            rf"|(?:not|no|non|isn't|without)(?: an?)? (?:{_FOR_WHOM}|elevators?|ramps?|grab bars?)"
            rf"(?:~{_WHAT})?"
            r"|(?:room|space|wired|ready|prepped|prep|plans?|plumbed|shaft|potential|future"
            r"|possible"
            r"|add|adding|install|option\w{0,2}|option for) (?:for |to add |to install )?(?:an? "
            r"|the )?"
            r"(?:[a-z]{3,10} )?(?:elevator|ramp|lift)"
            r"|(?:ada|wheelchair|handicap) (?:potential|parking|ordinance|placard)"
            r"|elevators? (?:shaft|ready|ban|prep\w{0,3}|capable|could|can be|option\w{0,2}"
            r"|buildings?|space|to (?:the )?(?:rooftop|garage|lobby|parking|pool|gym))"
            r"|(?:building|community|complex|lobby|secured?|the|near|by|to|from|garage|amenities"
            r"|two|2|shared|common|fast|high speed|freight|service) elevators?"
            r"|ez ada potential",
        ),
        (
            "yes",
            rf"(?:fully |completely |totally |is |partially )?{_FOR_WHOM}[\s/\-]{{1,2}}{_WHAT}"
            rf"|(?:accessible|accessibility|friendly|ready|designed|built|modified|adapted|equipped"
            r"|suitable|wide enough|access|made|accommodates?|set up) (?:for |by |to )?(?:an? "
            r"|the )?"
            r"(?:wheel~?chairs?|handi~?cap(?:ped)?|disabled|physically challenged|walkers?)"
            r"|meets ada"
            r"|(?:wheel~?chair|handicap|ada|entry|entrance|front|back|rear|patio|porch|custom"
            r"|built~in|permanent|removable|wood(?:en)?|concrete|accessible|access|side|portable"
            r"|convenient|sturdy|door) ramps?"
            r"|ramps? (?:at|to|into|from|in|leading (?:to|into|up to)|up to|on|for|and) (?:the |a "
            r"|all "
            r"|both )?(?:front|back|main|side|rear|entr(?:y|ies|ances?)|garage|house|home|door"
            r"|patio|porch"
            r"|deck|easy (?:access|entry)|wheel~?chairs?|accessib\w{2,5}|access|grab bars?|wide)"
            r"|ramp (?:access|entry|entrance)(?! for (?:your |the )?(?:dogs?|pets?))"
            r"|ramps? (?:installed|in place|provided)"
            r"|roll~(?:in|under)~(?:shower|sink|tiled?|bath|vanity)s?|roll~in (?:walk~in )?shower"
            r"|curb~less (?:roll~in )?shower|barrier~free|zero~(?:step|threshold)(?: entry"
            r"| shower)?|no~step (?:entry|entrance)|step~free (?:entry|entrance|access)"
            r"|(?:stair|chair|wheel~?chair|platform|porch|vertical|ceiling|stairway)~(?:lifts?"
            r"|glides?)|(?:safety |shower )?grab~?~(?:bars?|rails?)"
            r"|(?:extra |extra~|\d{2}\"? )?wide(?:ned|r)?(?: interior)? door(?:way|s|ways)s?"
            r"(?! (?:that |which )?(?:opens?|opening|leads?|leading|slid\w{1,3}|to|onto))"
            r"|(?:3~?~(?:ft|foot|')|36~(?:in|inch"
            r"|\"))~(?:wide )?door(?:way)?s?"
            r"|accessible (?:shower|bath(?:room)?s?|home|house|unit|features?|design|kitchen|tub"
            r"|entry|entrance|living)(?! from)|universal design|lowered (?:counters?|countertops?)",
        ),
        (
            "elevator",
            r"(?:private |personal |in~home |in~unit |home |residential |interior |own |its own "
            r"|3 stop "
            r"|custom |hydraulic |new |an )?elevators?",
        ),
    ]
)
_SHARED: Final = phrases(
    [
        (
            "x",
            r"building|complex|condo(?:minium)?s?|high~?rise|mid~?rise|lobby|secure\w{0,1}"
            r"|gated garage"
            r"|community|floor unit|(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|top) floor"
            r"|concierge|fitness|gym|hoa|unit|units|amenit\w{1,3}|walk score|steps from",
        )
    ]
)
_PROSPECT: Final = phrases(
    [
        (
            "x",
            r"(?:could|can|may|easily|potential|possible|future|room for|space for|ready for|add"
            r"|no)",
        )
    ]
)


def accessibility(remarks: Remarks) -> Fact:
    for match in near(_ANCHOR, _MENTION, remarks.folded, 90, 90):
        start = remarks.sentence(match.start())[0]
        before = max(start, match.start() - 30), match.start()
        if match.lastgroup == "other" or _PROSPECT.search(remarks.folded, *before):
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
