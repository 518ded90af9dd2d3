"""Carport: one, or covered parking, of the home's own, and its whole spaces.

Differing counts in one text leave the count unsaid. A carport that was enclosed, one that could be
built, one for a boat, and what a community, its guests or a garage structure covers assert nothing.
"No carport" beside one is a contradiction, and not stated. What the words around any thing make of
it (denied, planned, the neighbour's) is `setting.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases, whole_number

_CARPORT: Final = r"(?:car~ports?|cport|crprt|carprt)"
_CAR: Final = r"(?:car|bay|stall|vehicle|space|slot|spot)s?"
_HOW: Final = (
    r"(?:attached|detached|covered|metal|tandem|private|oversized?|large|huge|extended|gated|deep"
    r"|new|newer|wide|long|wood|steel|custom|insulated|front|rear|back|side by side)"
)
_KEPT: Final = (
    r"(?:assigned|asgn?d?|assgn?d?|reserved|designated|secured?|private|deeded|gated|dedicated"
    r"|numbered|shaded|owned"
    r"|tandem|attached|detached|off~street)"
)
_STALLS: Final = r"(?:spaces?|spots?|stalls?|slots?|bays?|places?)"
_CARS: Final = r"(?:cars?|vehicles?|autos?|trucks?|automobiles?)"
_ENDS: Final = r"(?=[\s]{0,3}(?:[,.;!)*|•\n]|\Z| and\b| plus\b| with\b| off\b| in\b| at\b| on\b))"
_COVERED: Final = r"(?:covered|cov'?d?\.?)"
_PARKING: Final = r"(?:parking|pkg|prkg|prkng|pk)"
_OTHERS: Final = r"(?:rv|boat|guests?|visitors?|trailer|tractor|equipment|horse|motor~home|r\.v\.)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:converted|enclosed|former|previous|future|potential|possible|shared|community"
            rf"|{_OTHERS})(?:'s)? (?:{_HOW} )?{_CARPORT}"
            rf"|(?:room|space|spot|place|option|plans|plumbed|site) (?:for|to add|to build)"
            rf" (?:\w{{1,8}} ){{0,4}}?{_CARPORT}"
            rf"|(?:add|adding|build|building|accommodate|could have|could be|once an?|was an?|used"
            rf" to be an?|used as|converted from|from) (?:\w{{1,8}} ){{0,2}}?{_CARPORT}"
            rf"|{_CARPORT} (?:conversion|potential|option|possible)"
            rf"|(?:{_OTHERS}[\s/]{{1,3}})?{_OTHERS} covered (?:parking|spaces?|storage)"
            rf"|covered (?:parking|spaces?|spots?) (?:for|space for) (?:an? |your |the )?{_OTHERS}"
            r"|covered parking (?:garage|structure|deck|lot)|covered space (?:for"
            r"|to)(?! \w{1,6} car)"
            r"|covered (?:outdoor|patio|living|entertaining) spaces?",
        ),
        (
            "counted",
            rf"(?P<n1><n>)~{_CAR}~(?:(?:{_HOW}|,) ){{0,3}}~{_CARPORT}"
            rf"|(?P<n2><n>)(?: {_KEPT}){{0,2}}(?:~{_CAR})? {_COVERED}(?: {_KEPT}){{0,2}} "
            rf"(?:{_PARKING}(?: {_STALLS})?|car spaces?|{_STALLS})(?! (?:for (?:guests?|visitors?"
            rf"|entertain)))"
            rf"|(?P<n12><n>)(?: {_KEPT}){{0,2}} {_STALLS} of {_COVERED} {_PARKING}"
            rf"|{_CARPORT}[\s,]{{1,4}}(?:is )?(?P<n13><n>) {_STALLS}(?: wide| deep)?"
            rf"|{_CARPORT}(?:~{_STALLS})?~[:=]~(?P<n14>\d{{1,2}})(?=[\s]{{0,3}}(?:[,.;|•*)\n]|\Z))"
            rf"|{_CARPORT} (?:parking )?(?:\w{{2,9}} ){{0,3}}?(?:for|fits|holds|parks|takes|shades"
            rf"|shelters) (?:up to )?(?:(?P<n15><n>){_ENDS}|(?P<n16><n>)(?: \w{{3,9}})? {_CARS})"
            rf"|(?P<n17><n>)(?: \w{{3,9}})? {_CARS} (?:\w{{2,9}} ){{0,3}}?(?:under|in|beneath"
            rf"|below)"
            rf" (?:the|an?|its|our|your|my)(?: \w{{3,9}})? {_CARPORT}"
            rf"|{_CARPORT}[~,(]{{1,4}}(?:(?:which|that|is|an?|true|covers?|of|size|sized?)"
            rf"[~,]{{1,3}}){{0,3}}(?P<n18><n>)~{_CAR}(?!~garage)"
            rf"|(?P<n19>one|two|three|four|\d)(?: {_KEPT}){{1,2}} {_CARPORT}s?"
            rf"|{_CARPORT} (?:parking )?(?:that |which )?(?:fits|holds|for|with room for|parks"
            rf"|accommodates"
            rf"|with|w/|is great for|with space for) (?:up to )?(?P<n3><n>) (?:car|vehicle|auto)s?"
            rf"|{_COVERED} {_PARKING} for (?:up to )?(?P<n4><n>)(?: {_CARS}|{_ENDS})"
            rf"|{_CARPORT}~\((?P<n5><n>)(?:~{_CAR})?~\)|{_CARPORT}~-~(?P<n6><n>)~car"
            rf"|(?P<n7>double|single|dual|triple) (?:{_HOW} ){{0,2}}{_CARPORT}"
            rf"|(?P<n8>\d)~c(?:ar)?~(?:cport|cp|cpt|crprt|{_CARPORT})"
            rf"|(?P<n9><n>)(?: {_HOW})? parking spaces? (?:\w{{2,6}} ){{0,2}}?under (?:\w{{1,4}} )"
            rf"{{0,2}}?{_CARPORT}|(?P<n10>\d)cp"
            rf"|(?P<n11><n>)(?: {_KEPT}| {_COVERED}){{0,2}} {_CARPORT} (?:parking )?{_STALLS}",
        ),
        (
            "bare",
            rf"{_CARPORT}|{_COVERED}(?: {_KEPT}){{0,2}} (?:off street )?"
            rf"(?:{_PARKING}(?: {_STALLS})?|car spaces?)"
            rf"|{_KEPT} {_COVERED} {_STALLS}",
        ),
    ]
)
_COUNTS: Final = tuple(f"n{i}" for i in range(1, 20))
_ANCHOR: Final = re.compile(
    r"[rc][\s\-]{0,8}port|prt|cov(?!ered[\s\-]{1,3}(?:pat|back|porch|outd|front|deck|ent))"
    r"|\d[\s\-]?c"
)
_SHARED: Final = re.compile(
    r"\b(?:communit(?:y|ies)|complex|guests?|visitors?|(?<!no )hoa|subdivision|shared|clubhouse"
    r"|neighbou?rs?)\b"
)
_COVERS: Final = re.compile(r"\b(?:offers?|provides?|features?|includes?|has|with|for)\b")
_ENCLOSED: Final = pattern(
    r"s?(?: (?:that|which|here))?(?: (?:was|has|is|were|been|since|now|long|already|got|legally"
    r"|professionally)){0,4} (?:enclosed|encl\.?|converted|conv'?d|turned|made|closed in|walled in)"
    r"(?! with lattice)(?![a-z])"
)
_SEVERAL: Final = re.compile(
    r"\b(?:two|2|three|3|multiple|both|each|all)[\s\-][^.!?]{0,30}?carports"
)


def carport(remarks: Remarks) -> Fact:
    counts: dict[int, tuple[int, int]] = {}
    first: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 70, 90):
        if match["other"]:
            continue
        kind, span = "counted" if match["counted"] else "bare", match.span()
        if negation := denied(remarks, *span) or _enclosed(remarks, *span):
            kind, span = "no", negation
        elif _is_shared(remarks, span[0]) or is_doubtful(remarks, *span):
            continue
        said = next(filter(None, match.group(*_COUNTS)), None)
        if said == "0":
            kind = "no"
        first.setdefault(kind, span)
        if kind == "counted" and said:
            spaces = whole_number(said)
            if spaces is not None and spaces <= 20:
                counts.setdefault(spaces, span)
    stated = first.get("counted") or first.get("bare")
    if "no" in first:
        return NOT_STATED if stated else remarks.fact("no", first["no"])
    if len(counts) == 1 and not _SEVERAL.search(remarks.folded):
        spaces, span = counts.popitem()
        return remarks.fact("yes", span, spaces)
    return remarks.fact("yes", stated) if stated else NOT_STATED


def _enclosed(remarks: Remarks, start: int, end: int) -> tuple[int, int] | None:
    after = _ENCLOSED.match(remarks.folded, end)
    return (start, after.end()) if after else None


def _is_shared(remarks: Remarks, at: int) -> bool:
    """ "The community offers covered parking": not said of this home."""
    start = max(remarks.sentence(at)[0], at - 60)
    shared = _SHARED.search(remarks.folded, start, at)
    return shared is not None and _COVERS.search(remarks.folded, shared.end(), at) is not None
