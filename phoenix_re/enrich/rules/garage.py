"""Garage: one that still serves cars, and its whole spaces.

"2.5 car" is two spaces, "a pair of two car garages" four. Differing counts in one text leave the
count unsaid. A converted garage is a denial; beside a count of cars, or where only part was
converted, all that is certain is that there is a garage; beside a bare mention of one it is a
contradiction, and so is "no garage" beside any: not stated. A carport, a parking garage, a garage
door or an apartment over a garage asserts nothing; an assigned place in a building's garage is one.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful
from phoenix_re.enrich.rules.text import (
    NUMBER,
    Remarks,
    near,
    pattern,
    phrases,
    whole_number,
)

_CAR: Final = r"(?:car|bay|stall|vehicle|space|door)s?"
_CARS: Final = (
    r"(?:cars|vehicles|autos|automobiles|trucks|suvs|chariots|pickups|rides|sedans|car|vehicle)"
)
_ADJECTIVES: Final = (
    r"(?:[~,/()+&.]{1,8}(?!carport|apart|driveway|park|port|cpt|cov)[a-z]{3,12}){0,4}?"
)
_GARAGE: Final = r"(?:garages?|gar|grg)"
_KEPT: Final = (
    r"(?:deeded|assigned|reserved|numbered|secured?|private|underground|heated|indoor|tandem"
    r"|dedicated|owned|prime|designated)"
)
_HOLDS: Final = (
    r"(?:fits?|holds?|for|with room for|with space for|parks?|shelters?|houses?|stores?|takes?"
    r"|accommodates?|swallows|sized for|large enough for|big enough for|deep enough for|built for"
    r"|room for|with (?:bays|stalls|spaces) for|gallery for|welcomes|keeps|garages|sleeps)"
)
_LEAD: Final = (
    r"(?:(?:the|an?|our|my|your|its|attached|detached|tandem|oversized|deep|finished) ){0,2}"
)
_BARE: Final = (
    r"attached|detached|oversized|tandem|insulated|finished|deep|side entry|rear entry|side load"
    r"|extended|extra deep|air conditioned|epoxied|huge|spacious|private|att|det|heated|full"
)
_ENDS: Final = r"(?=[\s]{0,3}(?:[,.;!)*|•]|\Z| and\b| plus\b| below| above| out))"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:{NUMBER}~{_CAR}~)?garage (?:apartment|apt|doors?|sales?|conversion will|keypad"
            r"|openers?|storage|cabinets|fridge|freezer|lighting|flooring|floors?|shelv\w{3}|code"
            r"|remotes?|studio|loft)"
            r"|not an? converted garage|appliance garage"
            r"|(?:rv|boat|motor~home|toy|r\.v\.|coach|tractor|golf cart|plane|bike|parking|shared"
            r"|common|public|city|community|visitor|guest|employee)[~/]{1,3}garages?"
            r"|(?:above|over|from|in|off|to|into|inside|behind|through|near|by|of|beside|past"
            r"|against|around|under|at|atop|on) (?:the |your |an? |its |my |our |said )?"
            r"(?:(?:original|attached|detached|parking|underground|public|old) )?"
            r"garages?(?!,? (?:conversion|that|which|was|is|has))",
        ),
        (
            "counted",
            rf"(?P<times>a pair of|two|2|twin|three|3) (?P<each><n>)~{_CAR}~garages"
            rf"|(?P<n1><n>)\)?~{_CAR}{_ADJECTIVES}[~,/()+.]{{1,8}}{_GARAGE}"
            rf"|(?P<n2><n>) (?:{_KEPT} )?(?:garage|gar) (?:parking )?(?:spaces?|bays?|stalls?"
            rf"|spots?)"
            rf"|(?P<n3><n>) (?:bays?|stalls?|spaces?) (?:of )?(?:\w{{3,9}} )?garage"
            rf"|{_LEAD}garage (?:\w{{2,9}} ){{0,5}}?{_HOLDS} (?:up to |about |all )?"
            rf"(?:(?P<n4><n>)(?: \w{{3,9}})?~{_CARS}|(?P<n5><n>){_ENDS})"
            rf"|{_LEAD}garages?[~,:]{{1,3}}(?:(?:which|that|is|an?|real|true|one|it's|full"
            rf"|oversized"
            rf"|tandem|big|att(?:ached)?|det(?:ached)?|finished|with|has|spaces|yes|there|are)"
            rf"[~,:]{{1,3}}){{0,6}}?(?P<n6><n>)~(?:{_CAR}|full bays?)(?!~ports?)"
            rf"|garages?~\((?P<n7><n>)(?: {_CAR})?\)|garages?(?: spaces| stalls| bays)?~[:=]~"
            rf"(?P<n8>\d{{1,2}}(?:\.5)?)(?=[\s]{{0,3}}(?:[,.;|•*)\n]|\Z))"
            rf"|garage spaces (?P<n9>\d{{1,2}})"
            rf"|(?P<n10>double|dbl|single|triple|\d(?:\.5)?)(?: (?:attached|detached|oversized|wide"
            rf"|tandem))? (?:garage|gar|grg)(?!s| doors?| ap| sale)"
            rf"|(?P<n11>\d(?:\.5)?)~c(?:ar)?~(?:(?:att|det)\.? )?(?:gar(?:age)?|grg|g)"
            rf"|(?P<n15><n>) {_CARS} (?:can )?(?:fit|park|live|sleep|go) (?:\w{{3,9}} )?(?:in"
            rf"|inside) "
            rf"(?:the|its|our) (?:\w{{3,9}} )?garage|(?:park|put|keep|fit|room for|parks"
            rf"|space for) (?P<n12><n>)(?: \w{{3,9}})?~{_CARS} "
            rf"(?:\w{{3,9}} )?(?:in|inside|within) (?:the |your |its |our "
            rf"|my )(?:\w{{3,9}} )?garage"
            rf"|(?P<n13><n>|an?) (?:{_KEPT},? ){{1,3}}(?:parking )?(?:spaces?|stalls?|spots?"
            rf"|places?)"
            rf" (?:\(?(?:number |no\. |#)\w{{1,4}}\)?,? )?(?:is |are )?(?:in|inside|within)"
            rf" (?:the |an? |its )(?:[\w']{{2,12}} ){{0,3}}garage"
            rf"|(?P<n14><n>) (?:parking )?(?:spaces?|stalls?|spots?) (?:in|inside|within) "
            rf"(?:the |an? |its )(?:[\w']{{2,12}} ){{0,3}}garage",
        ),
        (
            "bare",
            rf"(?:{_BARE})(?:\.?,? (?:{_BARE})){{0,2}}\.? garages?(?! doors?| mat)"
            r"|garage (?:with|w/|door side)"
            r"|(?:an?|the|your|with|w/|plus|and|&|large|big|finished out|immaculate|separate|dual"
            r"|over~sized|our|my|one|two|its)(?: \w{3,10})? garages?(?=~[,.!;*+]|~$| (?:and|&|plus"
            r"|has|is|features|for your|includes|still|was|became|been|now|conv(?:'?d|erted"
            r"|ersion)?\b|of this|or|nor|into))"
            r"(?! (?:and|&) (?:workshop )?(?:apartment|door))"
            rf"|{_GARAGE}(?=~[,.;!*|•:=(\-]|~$| (?:and|&|plus|is|was|has|became|or|nor|into"
            rf"|conv(?:'?d|erted|ersion)?\b"
            rf"|enclosed|turned))|garage conversion"
            rf"|(?:no|without an?|zero|lacks an?) (?:attached |detached )?{_GARAGE}"
            r"(?! (?:doors?|sales?|apartment|apt|opener|storage))"
            rf"|converted(?: {NUMBER}~{_CAR})?(?: attached| detached)? garage",
        ),
    ]
)
_COUNTS: Final = tuple(f"n{i}" for i in range(1, 16))
_ANCHOR: Final = re.compile(r"garage|gar\b|grg|\d[\s\-]?c(?:ars?|g)?\b")
_PART: Final = pattern(
    r"\b(?:part|half|one|one bay|one side|one stall|a bay|a portion|portion|section|back|a corner"
    r"|third bay|some) of(?: the| my| our| your)?(?: two| three)?[\s\-]{0,3}\Z"
)
_PARTLY: Final = pattern(
    r"[^.;!]{0,40}?\b(?:bay|stall|side|portion|part|third|half|one|section)\b[^.;!]{0,30}?\b"
    r"(?:converted|turned|enclosed|became|now|used as|finished as|partitioned|walled)\b"
    r"| (?:was |has been |is )?(?:currently |now )?partial\w* (?:converted|finished|enclosed)"
)
_AS_A_ROOM: Final = (
    r"(?:converted|turned|enclosed|closed in|made|remodeled|transformed|reworked|repurposed|changed"
    r"|conv'?d?|conversion|built out|reimagined|walled in|finished (?:in)?to|finished as|reborn"
    r"|taken over|absorbed)\b"
)
_ROOM: Final = (
    r"(?:(?:fourth|fifth|third|extra|second|large|big|cozy|primary|home|guest|art|music|huge|4th"
    r"|5th|3rd) )?(?:den|game|rec|family|bonus|bed|media|play|living|studio|gym|office|apartment"
    r"|suite|theater|music|workshop|shop|salon|classroom)(?:[\s\-]?room)?\b"
)
_GONE_AFTER: Final = pattern(
    r"(?:[\s,(](?:(?!\b(?:and|with|plus|could|can|may|might|would|easily|potential\w*|not|never|but"
    r"|door|has a|doors)\b)[^.;!&])"
    r"{0,45}?)?[\s,(](?:was|has|is|had|have|were|got|been|since|being) (?:(?!not|never)\w{2,12} )"
    rf"{{0,3}}?{_AS_A_ROOM}"
    rf"|[\s,(\-]{{1,3}}(?:(?:since|now|already|was|previously|long|once|fully|legally|partially"
    rf"|professionally) ){{0,2}}{_AS_A_ROOM}"
    rf"|~[:=?]~(?:converted|enclosed)\b|[\s,]{{1,2}}(?:(?:long ago|since|has|years ago|has since"
    rf"|is|was)[\s,]{{1,2}})?(?:became|become"
    rf"|is now an?|is currently (?:an?|used as an?)|now (?:an?|serves as|used as|functions as"
    rf"|lives as"
    rf"|houses|is)|serves as|serving as|is used as|functions as|lives on as|makes) "
    rf"(?:(?:a|an|the|my|our) )?{_ROOM}"
)
_GONE_BEFORE: Final = pattern(
    r"(?<!not\san\s)(?<!not\sa\s)(?<!could\sbe\s)(?<!easily\s)\b(?:converted|former|turned(?: the"
    r"| their"
    r"| our| my| its)|what (?:was|used to be) (?:once )?(?:an?|the)|(?:made|enclosed|closed in"
    r"|converting|converted|gave up|lost|traded|sacrificed|swapped) (?:the|their|our|my|its)"
    r"|(?:conversion|enclosure) of the|old|one[\s\-]time)"
    r"(?:[\s\-](?:attached|detached|original|old|entire|whole|single|one|two|oversized)){0,2}"
    r"[\s\-]{1,3}\Z"
)
_ANOTHER: Final = pattern(r"\b(?:detached|new|another|second|separate|other|additional)\b")
_POTENTIAL: Final = pattern(r"\b(?:could|can|may|might|easily|simple|back|potential|would|if)\b")
_UNSURE: Final = pattern(r"(?:\d|one|two|three)~(?:[+&/\-–]|plus|to|or|and)~\Z")
_SEVERAL: Final = pattern(
    rf"\b(?:two|2|three|3|multiple|both|each)(?: \w{{3,9}})? {NUMBER}[\s\-]{{0,3}}{_CAR} garages"
)


def garage(remarks: Remarks) -> Fact:
    counts: dict[int, tuple[int, int]] = {}
    first: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 55, 60):
        kind, span = _read(remarks, match)
        first.setdefault(kind, span)
        if kind == "counted":
            spaces = _spaces(remarks, match)
            if spaces is not None and spaces <= 20:
                counts.setdefault(spaces, span)
            elif spaces is None:
                counts.setdefault(0, span)  # no count that one may rely on
    if "no" in first:
        if not {"counted", "bare"} & first.keys():
            return remarks.fact("no", first["no"])
        return NOT_STATED
    if len(counts) == 1 and 0 not in counts and "part" not in first:
        spaces, span = counts.popitem()
        # Beside one that was converted, a count is another one's only where it says so.
        if "gone" not in first or _ANOTHER.search(remarks.folded, max(0, span[0] - 12), span[1]):
            return remarks.fact("yes", span, spaces)
    if stated := first.get("counted") or first.get("part"):
        return remarks.fact("yes", stated)
    if "gone" in first:
        return NOT_STATED if "bare" in first else remarks.fact("no", first["gone"])
    return remarks.fact("yes", first["bare"]) if "bare" in first else NOT_STATED


def _read(remarks: Remarks, mention: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """Denied, gone (or a part of it), doubtful, or what was said."""
    text, (start, end) = remarks.folded, mention.span()
    if mention["other"]:
        return "other", (start, end)
    kind = "counted" if mention["counted"] else "bare"
    if span := denied(remarks, *_noun(text, start, end)):
        return ("other" if "attached" in text[span[0] : end] else "no"), (
            min(start, span[0]),
            span[1],
        )
    if _PARTLY.match(text, end, min(len(text), end + 90)):
        return "part", (start, end)
    sentence = remarks.sentence(start)
    after = _GONE_AFTER.match(text, end, min(sentence[1], end + 90))
    before = _GONE_BEFORE.search(
        text, max(sentence[0], start - 45), _noun_at(text, kind, start, end)
    )
    if "conversion" in mention.group() or after or before:
        span = (before.start() if before else start, after.end() if after else end)
        if _POTENTIAL.search(text, max(0, span[0] - 14), span[1]):
            return "other", span
        return ("part" if _PART.search(text, max(0, start - 30), start) else "gone"), span
    if is_doubtful(remarks, start, end):
        return "other", (start, end)
    return kind, (start, end)


def _noun(text: str, start: int, end: int) -> tuple[int, int]:
    """The mention without the article or adjective that it may begin with."""
    at = text.find("gar", start, end)
    return (at, end) if at > start and "car" not in text[start:at] else (start, end)


def _noun_at(text: str, kind: str, start: int, end: int) -> int:
    """Where the garage or its count is named, behind any article, so that a word before sees it."""
    if kind == "bare":
        return max(start, text.find("gar", start, end))
    articles = ("the ", "an ", "a ", "our ", "my ", "its ")
    return start + next((len(word) for word in articles if text.startswith(word, start)), 0)


def _spaces(remarks: Remarks, mention: re.Match[str]) -> int | None:
    if mention["each"]:
        return (whole_number(mention["times"]) or 2) * (whole_number(mention["each"]) or 0) or None
    said = next(filter(None, mention.group(*_COUNTS)))
    if _SEVERAL.search(remarks.folded, max(0, mention.start() - 20), mention.end()):
        return None
    if _UNSURE.search(remarks.folded, max(0, mention.start() - 10), mention.start()):
        return None
    return {"dbl": 2, "a": 1, "an": 1}.get(said) or whole_number(said)
