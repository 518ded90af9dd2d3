"""Pool: the home's own, a shared one, or none.

A bare "pool" says nothing until its sentence says whose. Order where a text says several things:
a private pool beats a shared one; "no pool" beats a shared one, since the target is
`pool_private_yn`; a private pool and "no pool" together are a contradiction, and not stated.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_SHARED_OWNER: Final = (
    r"comm|community|neighbou?rhood|n'?gh?bo?rhd|nbhd|hoa|subdivision|association|complex|condo"
    r"|shared|"
    r"resident'?s?'?|clubhouse|club|resort|area"
)
_PLACE_FOR: Final = (
    r"(?:room|space|spot|place|area|big enough|large enough|perfect|ready|potential|ideal|plans|"
    r"site|prepped|plumbed|permits?|plenty|option|possible|possibility|great|enough|suitable)"
)
_BUILD: Final = (
    r"(?:add|adding|build|building|put|putting|put in|install|installing|dig|want|need|design|"
    r"create|envision|imagine|dream of)"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            r"pool~tables?|pool~rooms?|pool~halls?|pool~cues?|pool~size[d]?|pool~house|pool bath"
            r"|pool of|pool~ready|pool plans?|pool permits?|pool sites?|pool potential|car pool"
            r"|carpool|motor pool|tide pools?|rock pools?|talent pool|buyer pool|pool lot"
            r"|(?:hamilton|deep eddy|barton springs?|stacy|city|public|municipal"
            r"|bartholomew) pools?"
            rf"|{_PLACE_FOR} (?:a |an |the )?(?:for|to|of) <gap>(?:swimming )?pools?"
            rf"|{_BUILD} (?:in )?(?:a|an|your|the|that)(?: [a-z]{{2,12}}){{0,3}} pools?"
            r"|(?:future|potential|possible|dream|back to|could be) <gap>pools?"
            r"|(?:no|not a|never a) (?:community|shared|neighbou?rhood) pools?"
            r"|no <gap>(?:near|next to|facing|behind|around|by) (?:the )?pool",
        ),
        (
            "no",
            r"(?:no|without a|without|lacks a|not have a|zero)(?: private| swimming)? pools?"
            r"|(?:swimming )?pool (?:was|has been|is|been)(?: [a-z]{2,12})? (?:filled"
            r"|removed)(?: in)?",
        ),
        (
            "shared",
            rf"(?:{_SHARED_OWNER})(?:'s)?(?: (?:swimming|heated|lap|salt ?water|olympic))? pools?"
            r"|pool community",
        ),
        (
            "private",
            r"(?:private|personal|backyard|your own|own|in~ground|above~ground|pebble~tec|pebble"
            r"|play|plunge|diving|endless|negative edge)"
            r"(?: (?:private|heated|swimming|salt ?water|sparkling|in~ground|lap|diving|pebble"
            r"|\w{3,8})){0,2}"
            r" pools?",
        ),
        ("bare", r"(?:swimming )?pools?"),
    ]
)
_ANCHOR: Final = re.compile(r"pool")
_SHARED_CUE: Final = re.compile(
    r"\b(?:comm\b|communit|neighbou?rhood|n'?gh?bo?rhd|nbhd|subdivision|amenit|(?<!no )hoa\b"
    r"|clubhouse"
    r"|club\b"
    r"|rec(?:reation)? center|fitness|gym\b|complex|master.planned|shared|resident|playground"
    r"|playscape|tennis|pickle|basketball|volleyball|sport|courts?\b|splash|dog park|parks?\b"
    r"|trails?\b|jog|condo|membership|steps (?:to|from))"
)
_REACH: Final = 200  # characters to either side; some texts never end a sentence
_OWNER_CUE: Final = re.compile(
    r"\b(?:(?:comm|communit\w*|neighbou?rhood|amenity|(?<!no )hoa)\b|amenities:"
    r"|amenities-|of\s{1,8}the\s{1,8}amenities|amenities(?:\s{1,8}\w{1,12}){0,6}?\s{1,8}(?:includ"
    r"|featur|such|like|with"
    r"|are))"
)
_AWAY_CUE: Final = re.compile(
    r"\b(?:walk(?:ing|able)?\b|blocks?\b|minutes?\b|mins?\b|close to|near|across|access\b|down the"
    r"|next to|around the corner|backs to|library|school|elementary|facing|swim|schools"
    r"|no maintenance|deed|boat|lake access|golf)"
)
_PRIVATE_CUE: Final = re.compile(
    r"\b(?:back ?yard|yard|patio|deck|spa\b|hot ?tub|jacuzzi|oasis|sparkling|cabana"
    r"|waterfall|heated|salt ?water|fenced? (?:in )?pool|pool (?:fence|pump|equipment|heater|deck)"
    r"|pebble|replaster|resurfaced|diving|ramada|pergola|outdoor kitchen|infinity|gunite"
    r"|(?:home|house|property|lot) (?:\w+ ){0,2}(?:with|w/) ?(?:an? )?(?:\w+ )?pool)"
)


def pool(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 100, 40):
        kind, span = match.lastgroup or "", match.span()
        if kind in ("private", "bare") or match.group() == "pools":
            kind, span = _whose(remarks, match)
        found.setdefault(kind, span)
    if "private" in found:
        return NOT_STATED if "no" in found else remarks.fact("yes", found["private"], "private")
    if "no" in found:
        return remarks.fact("no", found["no"])
    if "shared" in found:
        return remarks.fact("yes", found["shared"], "community")
    return NOT_STATED


def _whose(remarks: Remarks, mention: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """What the sentence makes of a mention, and the span from the telling word to the mention."""
    start, end = remarks.sentence(mention.start())
    start, end = max(start, mention.start() - _REACH), min(end, mention.end() + _REACH)
    own = mention.lastgroup == "private"
    if own and mention.group().startswith(("private", "your own", "back")):
        near = max(start, mention.start() - 40)
        shared = _SHARED_CUE.search(remarks.folded, near, mention.start())
        return ("unclear" if shared else "private"), mention.span()
    if _SHARED_CUE.search(remarks.folded, start, end):
        owner = _OWNER_CUE.search(remarks.folded, start, end)
        return ("shared", _from_to(owner, mention)) if owner else ("unclear", mention.span())
    if _AWAY_CUE.search(remarks.folded, start, end) or mention.group() == "pools":
        return "unclear", mention.span()
    if own:
        return "private", mention.span()
    cue = _PRIVATE_CUE.search(remarks.folded, start, end)
    return ("private", _from_to(cue, mention)) if cue else ("unclear", mention.span())


def _from_to(one: re.Match[str], other: re.Match[str]) -> tuple[int, int]:
    return min(one.start(), other.start()), max(one.end(), other.end())
