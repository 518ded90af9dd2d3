"""RV parking: room for a recreational vehicle or a boat trailer at the home.

An RV garage beats parking (a pad, a hookup, a slab, a space), which beats a gate alone. What could
be built, what the community stores, what an association allows and RV parks nearby assert nothing.
"No RV parking" beside a place for one is a contradiction, and not stated.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_RV: Final = r"(?:rv'?s?|r\.v\.'?s?|motor~homes?|recreational vehicles?|travel trailers?|campers?)"
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
    r"|driveway|area|cleanout|clean out|\d\d~amps?)"
)
_GATES: Final = (
    r"(?:(?:double|side|access|entry|rolling|sliding|block|drive|swing)[\s\-]){0,2}"
    r"(?:gates?|gts?|gte)"
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
            rf"|{_LOCAL} (?:\w{{2,8}} ){{0,3}}?{_RVS}(?:~/~{_TOY})? {_PLACE}"
            rf"|{_RVS} {_PLACE} (?:\w{{2,9}} ){{0,2}}?(?:in|at|within|for"
            rf"|through) (?:the )?{_LOCAL}"
            rf"|(?:allows?|allowing|permits?|ok for|zoned for) {_RVS}(?: {_PLACE})?"
            rf"|no {_RV} (?:gates?|garages?)|no (?:parking )?restrictions? <gap>{_RVS}",
        ),
        (
            "no",
            rf"(?:no|not allow|no street|never) (?:{_TOY}{_AND})?{_RV}(?:{_AND}{_TOY})?"
            rf"(?: (?:parking|storage|access|allowed|permitted|or boats?))"
            rf"|(?:no|without|lacks) {_RV}(?=~[.,;!)]| or )"
            rf"|{_RVS}(?: parking| storage)? (?:is |are )?not (?:allowed|permitted)"
            rf"|no (?:room|space|place|parking) (?:for|to park) (?:an? |your )?{_RVS}",
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
            rf"|{_RV} (?:{_GATES}|access)~(?:,|/|&|and|with|w/|\+|plus)~(?:\w{{2,9}} ){{0,3}}?"
            rf"(?:{_PLACE}|room (?:to park|for parking|for (?:an? |your )?{_RV}))"
            rf"|{_PLACE}(?:~/~\w{{3,8}})? for (?:an? |your |the |multiple |large |several |up to )?"
            rf"(?:\w{{4,9}} )?{_RVS}"
            rf"|(?:room|space|spot|place|pad|area|ample|enough)(?: (?:for|to)(?: park(?:ing)?"
            rf"| store"
            rf"|storing| keep)?)(?: (?:an?|your|the|all your|multiple|large|several|up to|a big"
            rf"|\w{{2,9}},)){{0,3}} {_RVS}"
            rf"|(?:park|store|keep|parking|storing) (?:an?|your|the|all your) {_RVS}"
            rf"|park {_RVS}|boats? parking|(?:room|space|place|parking|spot)(?: (?:for|to)(?: park"
            rf"| store)?) (?:an?|your|the) boats?"
            rf"|hook~ups? (?:for|to) (?:an? |your )?{_RV}",
        ),
        (
            "gate",
            rf"{_RVS} (?:size[d]? |width |wide )?{_GATES}|gated {_RV} (?:access|entry|entrance)"
            rf"|{_RV} access (?:\w{{3,7}} )?gates?"
            rf"|(?:gates?|gated access) (?:\w{{2,8}} ){{0,4}}?(?:for|to pull in|to fit|fits) "
            rf"(?:an? |your )?{_RVS}(?: access| entry)?(?! (?:parking|storage))",
        ),
    ]
)
_ANCHOR: Final = re.compile(r"rv|r\.v|motor|boat|camper|recreational|trailer")
_PROSPECT: Final = re.compile(
    r"\b(?:could|potential|possib\w+|future|options?|plans?|convert\w*|would|if you|want|imagine"
    r"|consider\w*)\b"
)
_SHARED: Final = re.compile(
    r"\b(?:neighbou?rhood|subdivision|(?<!no )hoa|association|amenit\w+|nearby"
    r"|clubhouse|residents?|minutes|miles?|close to|near|down the street|boat ramps?|marina)\b"
)

_COMMUNITY: Final = re.compile(r"\bcommunit(?:y|ies)\b")


def rv_parking(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 100, 90):
        kind = match.lastgroup or ""
        if kind != "other" and (kind == "no" or not _is_elsewhere(remarks, match)):
            found.setdefault(kind, match.span())
    best = next((kind for kind in ("garage", "parking", "gate") if kind in found), None)
    if "no" in found:
        return NOT_STATED if best else remarks.fact("no", found["no"])
    return remarks.fact("yes", found[best], best) if best else NOT_STATED


def _is_elsewhere(remarks: Remarks, match: re.Match[str]) -> bool:
    """Said of a place that is not there yet, or not at the home."""
    text, at = remarks.folded, match.start()
    start = remarks.sentence(at)[0]
    return (
        _PROSPECT.search(text, max(start, at - 45), at) is not None
        or _COMMUNITY.search(text, max(start, at - 100), match.end()) is not None
        or _SHARED.search(text, max(start, at - 50), match.end()) is not None
    )
