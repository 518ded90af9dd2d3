"""RV parking: room for a recreational vehicle or a boat trailer at the home.

An RV garage beats parking (a pad, a hookup, a slab, a space), which beats a gate alone. What could
be built, what the community stores, what an association allows and RV parks nearby assert nothing.
"No RV parking" beside a place for one is a contradiction, and not stated. What the words around any
thing make of it (denied, planned, the neighbour's) is `setting.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful, is_others, shared
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases

_RV: Final = (
    r"(?:rv'?s?|r\.v\.'?s?|motor~homes?|motor~coach(?:es)?|recreational vehicles?"
    r"|(?:travel|camp(?:er|ing)) trailers?|campers?|(?:fifth|5th)~wheel(?:er)?s?|airstreams?"
    r"|toy~haulers?|winnebago|camper vans?|(?:boat|utility|horse) trailers?)"
)
_TOY: Final = (
    r"(?:boats?(?: trailers?)?|trailers?|toys?(?: haulers?)?|atv'?s?|jet~skis?|campers?|equipment)"
)
_AND: Final = r"~(?:/|&|\+|and/or|and|or|,)~(?:your |an? )?"
_RVS: Final = (
    rf"(?:(?:{_TOY}{_AND}){{0,2}}{_RV}(?:{_AND}{_TOY}){{0,2}}|boats?(?: trailers?)?{_AND}{_TOY})"
)
_PLACE: Final = (
    r"(?:parking|pkg|prkg|pads?|hook~ups?|slabs?|spaces?|spots?|storage|carports?|covers?|canopy"
    r"|ports?|dump(?: station)?|outlets?|plugs?|power|electric(?:al|ity)?|sewer|site|awning"
    r"|driveway|area|cleanout|clean out|\d\d~amps?|bays?(?! doors?)|stalls?|sites?|dump~station"
    r"|shed"
    r"|pull~through|carport|ramada|lane|shelter|lot(?=~behind|~beside|~on the|~with))"
)
_GATES: Final = (
    r"(?:(?:double|side|access|entry|rolling|sliding|block|drive|swing)[\s\-]){0,2}"
    r"(?:gates?|gts?|gte)"
)
_A: Final = (
    r"(?:an? |your |the |our |my |any |two |2 |three |all your |multiple |large |several |most )"
)
_ALONG: Final = (  # where it stands at the home
    r"(?:beside|behind|along|alongside|next to|at the side|on the side|in the (?:back|side|rear)"
    r"|under|inside|off the alley|by the (?:barn|garage|alley|shed|gate|house)"
    r"|on (?:its|the|an?|their|our) (?:own )?(?:\w{3,9} ){0,2}?(?:pad|slab|spot|gravel|concrete"
    r"|bay))"
)
_BANNED: Final = (
    r"(?:not (?:be )?(?:allowed|permitted|kept|parked|stored|welcome)|prohibited|forbidden|banned"
    r"|disallowed)"
)
_MAKE: Final = r"(?:add|adding|build|building|install|installing|put|put in|create|have)"
_LOCAL: Final = r"(?:community|neighbou?rhood|hoa|subdivision|association|resident'?s?'?|park)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"{_RV} (?:parks?|resorts?|dealers?|campgrounds?|lifestyle|communit\w{{1,3}}|wash"
            rf"|friendly|lots?)"
            rf"|(?:room|space|spot|place|potential|enough|ideal|perfect|zoned|plans|option"
            rf"|permits?)"
            rf" (?:for|to) (?:{_MAKE} )?(?:\w{{1,8}} ){{0,3}}?{_RVS} (?:garages?|barns?|shops?"
            rf"|gates?|bays?)"
            rf"|(?:potential|possible|future|optional|planned|proposed|could be|plans for)"
            rf" (?:\w{{1,8}} )?{_RVS}(?: {_PLACE}| gates?| garages?)?"
            rf"|{_MAKE} (?:an? |your |the )?(?:\w{{2,8}} )?{_RVS}(?: {_PLACE}| gates?| garages?)"
            rf"|{_RVS}(?: {_PLACE}| gates?| garages?) (?:potential|possible|possibilit\w{{1,3}}"
            rf"|option\w{{0,3}}|available|ready)"
            rf"|{_LOCAL} (?:(?!forbid|prohib|ban|does"
            rf"|not)\w{{2,8}} ){{0,3}}?{_RVS}(?:~/~{_TOY})? {_PLACE}"
            rf"|{_RVS} {_PLACE} (?:\w{{2,9}} ){{0,2}}?(?:in|at|within|for"
            rf"|through) (?:the )?{_LOCAL}"
            rf"|(?:allows?|allowing|permits?|ok for|zoned for) {_RVS}(?: {_PLACE})?"
            rf"|no {_RV} (?:gates?|garages?)|no (?:parking )?restrictions? <gap>{_RVS}",
        ),
        (
            "no",
            rf"(?:no|not allow|no street|never) (?:{_TOY}{_AND})?{_RV}(?:{_AND}{_TOY})?"
            rf"(?: (?:parking|storage|access|allowed|permitted|or boats?))"
            rf"|(?:no|without|lacks) (?:{_TOY}{_AND})?{_RV}(?=~[.,;!)]| or |~$)"
            rf"|(?:{_TOY}(?:{_AND}|, )){{0,2}}{_RVS}(?: parking| storage)? (?:is |are |may |can "
            rf"|must |shall |will )?(?:be )?{_BANNED}"
            rf"|no (?:{_TOY}(?:{_AND}|, )){{1,2}}{_RV}(?! (?:gates?|garages?))"
            rf"|{_RV} parking (?:is )?not available|no (?:room|space|place|parking|spot) (?:for"
            rf"|to park) {_A}?{_RVS}"
            rf"|(?:not|never|n't)(?: have| quite)? (?:enough|much|any) (?:room|space"
            rf"|clearance) (?:for|to park)"
            rf" {_A}?{_RVS}"
            rf"|(?:not|n't) (?:allow|permit) {_A}?(?:{_TOY}{_AND})?{_RVS}"
            rf"|(?:prohibits?|forbids?|bans?) {_A}?(?:{_TOY}(?:{_AND}|, )){{0,2}}{_RVS}"
            rf"|{_RV}(?: parking)?~[:?]~(?:none|no(?=[\s]{{0,3}}[.,;|•*\n])|not (?:allowed"
            rf"|permitted))",
        ),
        (
            "garage",
            rf"{_RVS} (?:sized? |height |depth |deep |tall |style |door )?(?:attached |detached )?"
            rf"(?:garages?|bays?|grg|gar|barns?)(?! doors? opener)"
            rf"|(?:garages?|bays?) (?:for|fits|holds|accommodates|to fit|that fits|that holds"
            rf"|houses"
            rf"|(?:that is |is )?(?:large|tall|deep|big) enough for|that accommodates)"
            rf" (?:up to )?(?:an? |your |most |large )?{_RVS}"
            rf"|{_RV} garage~/",
        ),
        (
            "parking",
            rf"{_RVS} (?:\w{{2,11}} )?{_PLACE}"
            rf"|{_RV} (?:{_GATES}|access)~(?:,|/|&|and|with|w/|\+|plus)~(?:(?!no "
            rf"|not )\w{{1,9}} ){{0,3}}?"
            rf"(?:{_PLACE}|room (?:to park|for parking|for (?:an? |your )?{_RV}))"
            rf"|{_PLACE}(?:~/~\w{{3,8}})? (?:with (?:[\w\-]{{2,9}} ){{1,4}}?|made |built |sized "
            rf"|big"
            rf" enough |wide enough |long enough |set aside |reserved )?"
            rf"(?:for|to fit|fits|to hold|holds|to take) (?:up to )?"
            rf"{_A}?(?:\w{{4,9}} |\d\d (?:foot|feet|ft|')~)?{_RVS}"
            rf"|(?:room|space|spot|place|pad|area|ample|enough)(?: (?:for|to)(?: park(?:ing)?"
            rf"| store"
            rf"|storing| keep)?)(?: (?:an?|your|the|all your|multiple|large|several|up to|a big"
            rf"|\w{{2,9}},)){{0,3}} {_RVS}"
            rf"|(?:park|store|keep|parking|storing|tuck|stow) {_A}(?:\w{{3,9}} )?{_RVS}"
            rf"|{_RVS}(?: (?:up to |to )?\d\d~(?:feet|foot|ft|'))? (?:fits?|parks?|lives?|sits|goes"
            rf"|stays|slides?|tucks?|can park|will fit) (?:\w{{3,9}} ){{0,2}}?{_ALONG}"
            rf"|(?:\d\d~amps?|slab|pad|ramada|cover|concrete|gravel|shed"
            rf"|barn) (?:\w{{2,9}} ){{0,3}}?"
            rf"(?:where|on which) {_A}{_RVS} (?:lives?|parks?|sits|sleeps|stays|goes|lived|parked)"
            rf"|(?:{_RVS}|trailers?|boats?) (?:has|have|gets?) (?:its|their|an?) (?:own )?"
            rf"(?:\w{{3,9}} ){{0,2}}?{_PLACE}|{_RV}~:~(?:(?:yes|side yard|pad|slab|hook~ups?"
            rf"|parking"
            rf"|gated|concrete|\d\d~(?:ft|feet|foot|x)|behind|30|50)\b)"
            rf"|trailer (?:parking|pad|slab|storage|spot|space)"
            rf"|{_RVS} (?:are )?welcome(?=,? with)|park {_RVS}|boats? parking|(?:room|space|place"
            rf"|parking"
            rf"|spot)(?: (?:for|to)(?: park"
            rf"| store)?) (?:an?|your|the) boats?"
            rf"|hook~ups? (?:for|to) (?:\w{{1,6}} )?{_RV}"
            rf"|{_GATES} (?:\w{{2,8}} ){{0,4}}?(?:for|fits?|to fit) {_A}?{_RVS},? (?:and|plus"
            rf"|with) "
            rf"(?:there is )?(?:an? )?(?:\w{{3,9}} ){{0,2}}?(?:pad|slab|space|hook~ups?)",
        ),
        (
            "gate",
            rf"{_RVS} (?:size[d]? |width |wide )?{_GATES}|gated {_RV} (?:access|entry|entrance)"
            rf"|{_RV} access (?:\w{{3,7}} )?gates?"
            rf"|(?:gates?|gated access) (?:(?!space|room|pad|park|slab|area)\w{{2,8}} ){{0,4}}?"
            rf"(?:for|to pull in|to fit|fits|admits"
            rf"|takes|clears|lets in) {_A}?{_RVS}(?: access| entry)?(?! (?:parking|storage))",
        ),
    ]
)
_GONE: Final = re.compile("remov|gone|demol|torn|taken|collaps|burn")
_LEADS_TO: Final = pattern(  # a gate with something behind it that may be a place to park
    r"(?:(?!\bnot?\b)[^.;!?]){0,50}?\b(?:pads?|slab|gravel|concrete|side~yard|hook~ups?|space"
    r"|room|park\w*|driveway"
    r"|area|amps?|granite|pavers|behind it|storage)\b"
)
_ANCHOR: Final = re.compile(
    r"rv|r\.v|motor|boat|camper|recreational|trailer|wheel|airstream|hauler|winneb"
)
_PROSPECT: Final = pattern(
    r"\b(?:could|potential|possib\w+|future|options?|plans?|convert\w*|would|if you|want|imagine"
    r"|consider\w*)\b"
)
_FOR: Final = pattern(  # "a driveway perfect for [RV parking]"
    r"\b(?:perfect|ideal|great|enough|space|room|spot|place|area|deep|wide|long|suited|suitable"
    r"|gates?"
    r"|driveway|slab|pad|yard) (?:for|to fit) (?:an? |your |extra |add'l |both |all )?\Z"
)
_AROUND: Final = pattern(
    r"\b(?:neighbou?rhood|subdivision|association|amenit\w+|nearby|nearest|closest|clubhouse"
    r"|residents?|minutes"
    r"|miles?|close to|near|down the street|boat ramps?|marina|common|dock|slip|lake access)\b"
)
_COMMUNITY: Final = pattern(r"\b(?:communit(?:y|ies)|hoa (?:offers|has|lot|storage|provides))\b")
_AT_HOME: Final = pattern(
    r"\b(?:with|w/|homes?|house|property|own|lot|(?:back|side)~yard|bed(?:room)?s?|garage|gar)\b"
)


def rv_parking(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 100, 90):
        kind, span = match.lastgroup or "", match.span()
        if kind in ("garage", "parking", "gate"):
            if negation := denied(remarks, *span):
                is_gone = negation[0] == span[0] and _GONE.search(remarks.folded, *negation)
                kind = "no" if kind == "parking" and not is_gone else "other"
                span = negation
            elif _is_elsewhere(remarks, *span):
                continue
        found.setdefault(kind, span)
    best = next((kind for kind in ("garage", "parking", "gate") if kind in found), None)
    if "no" in found:
        return NOT_STATED if best else remarks.fact("no", found["no"])
    if best is None:
        return NOT_STATED
    leads_to_more = best == "gate" and _LEADS_TO.match(remarks.folded, found[best][1])
    return remarks.fact("yes", found[best], None if leads_to_more else best)


def _is_elsewhere(remarks: Remarks, at: int, end: int) -> bool:
    """Said of a place that is not there yet, or not at the home."""
    text = remarks.folded
    start = remarks.sentence(at)[0]
    if _PROSPECT.search(text, max(start, at - 45), at) or shared(remarks, at, end):
        return True
    community = _COMMUNITY.search(text, max(start, at - 100), end)
    around = community or _AROUND.search(text, max(start, at - 50), end)
    if around and not _AT_HOME.search(text, around.end(), at):
        return True
    if _FOR.search(text, max(start, at - 40), at) and "garage" not in text[at:end]:
        return is_others(remarks, at, end)
    return is_doubtful(remarks, at, end)
