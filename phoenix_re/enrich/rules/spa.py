"""Spa: a hot tub or jacuzzi one sits in, the home's own or a shared one, or none.

A tub with jets in a bathroom, a bath "like a spa" and a day spa nearby are none; a bare "spa" is
one only beside a pool, outdoors, or among a community's amenities. A private one beats a shared
one, which beats one whose owner the text leaves open; "no spa" beside a spa of the home is a
contradiction, and not stated. What the words around any thing make of it (denied, planned, the
neighbour's) is `setting.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import SHARED_INSTEAD, denied, is_doubtful, is_planned, shared
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases

_SPA: Final = r"(?:swim spas?|hot~tubs?|jacuzz?is?|spas?)"
_PLACE_FOR: Final = (
    r"(?:room|space|spot|place|area|pad|slab|wired|wiring|ready|prepped|plumbed|stubbed|set up"
    r"|setup|electric(?:al)?|\d{3}~v?|v|volt|hook~ups?|outlet|breaker|perfect|ideal|potential"
    r"|plans|option|enough|prewired|connections?)"
)
_JOINT: Final = (
    r"(?:an?|the|its|your|built in|in~ground|above~ground|attached|heated|elevated|raised"
    r"|separate|spillover|spill over|overflow|cascading|connected|adjacent|adjoining|updated|new"
    r"|large|huge|big|stone|hot|matching|integrated|custom|private|relaxing|bubbling|sunken"
    r"|waterfall|spacious|gas|community|soothing|luxurious|\d{1,2}~person)"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            r"spas? (?:like|style[d]?|inspired|quality|feel\w{0,3}|worthy|experience|vibes?|caliber"
            r"|ambian?ce|atmosphere|environment|sanctuary|treatments?|days?|getaway|bathing|level"
            r"|size[d]?"
            r"|bath\w{0,5}|showers?|garden|tubs?|master|primary|en~suites?|suites?|retreats?|spray"
            r"|heads?|steam|vanit\w{1,3}|owner'?s|escape|esque|type|luxury|grade|finishes|services?"
            r"|menu|(?:offers?|with) (?:massage|facial)s?|blvd|dr|drive|st|ct|rd|city)"
            r"|(?:day|med|medi|medical|dog|doggie|pet|health|beauty|nail|hotel|salon|wellness"
            r"|massage|luxury|world class|grooming|zen|shower|home)~(?:and~|&~|,~|/~)?spas?"
            r"|(?:shops?|shopping|restaurants?|boutiques?|dining|salons?|golf|hotels?|retail)"
            r",?(?: and| &)? spas?"
            r"|(?:resorts?|hotels?|club|hotel's|resort's)(?: with an?| whose)? spas?|whose spas?"
            rf"|(?:like|as|at|of|visit|visiting) (?:an?|the|your|your own|being at (?:a|the))"
            r" (?:\w{3,10} )?spas?|spas? (?:&|and) golf"
            rf"|{_PLACE_FOR} (?:for|to add|to fit) (?:(?!with|and an? hot)[a-z/&]{{1,12}} ){{0,4}}?"
            rf"(?:pool~/~)?{_SPA}"
            rf"|{_SPA} (?:ready|pads?|hook~ups?|wiring|outlets?|electric(?:al)?|prep|potential"
            r"|connections?|plugs?|breaker|slab|stub|plumbing|wired)"
            rf"|{_SPA}[\s,(]{{1,3}}(?:(?:do|does|will|is|are|that|which) )?(?:not|doesn't|won't"
            r"|don't|negotiable|excluded|optional|available)"
            rf"|(?:could|can|may|might|future|potential|possible|add|adding|install|former|buy"
            rf"|build|would) (?:[a-z/&,]{{1,12}} ){{0,3}}?{_SPA}"
            r"|(?:jacuzz?i|jetted|whirlpool) (?:\w{4,9} )?(?:bath~)?(?:tubs?|bath)"
            r"|(?:jetted|soaking|garden|corner|roman|air) spa",
        ),
        (
            "joined",  # to a pool: water to sit in, not a bathroom
            rf"pools?~(?:,|/|&|\+|and|or|with|w/|w|plus|features?|has){{1,2}}"
            rf"(?:~{_JOINT}){{0,4}}~{_SPA}"
            rf"|{_SPA}~(?:,|/|&|\+|and|or)~(?:(?!room|bath|show)[a-z]{{1,9}} ){{0,2}}?pools?",
        ),
        ("bare", _SPA),
    ]
)
_SHARED_CUE: Final = re.compile(
    r"\b(?:comm\b|com{1,2}un{1,2}it|neighbou?rhood|subdivision|amenit|(?<!no )hoa\b|clubhouse"
    r"|rec(?:reation)? center"
    r"|fitness|gyms?\b|complex|master.planned|shared|resident|playground|tennis|pickle|basketball"
    r"|volleyball|dog park|membership|association|country club|condo\b|grounds|tower|units\b|dues)"
)
_OWNER_CUE: Final = re.compile(
    r"\b(?:(?:comm\.?|com{1,2}un{1,2}it\w*|clubhouse|complex|residents?)\b"
    r"|amenit(?:y|ies)\s{1,8}(?:includ|featur|such|like|with|are|of)|amenities:)"
)
_ITS_OWN: Final = pattern(
    r"\b(?:private|pvt|your own|its own|our own|my|our|back~yard)\b(?!\s(?:communit|hoa|assoc"
    r"|complex|neighb))"
)
_MINE: Final = pattern(
    r"(?:(?!\b(?:space|stall|spot|garage|which)\b)[^.;!]){0,50}?\b(?:(?:is|are|all) (?:yours|ours"
    r"|mine)(?: alone)?|,~(?:yours|ours|mine)"
    r"(?: alone| and)|belongs? to (?:nobody|no one|none) (?:else|but)|all (?:your|our|its) own"
    r"|of (?:your|our|its|their|my|the \w{3,8}'s) own|(?:behind|inside|within) (?:your|our|its) own"
    r" (?:gate|fence|wall)s?|to (?:yourself|yourselves|ourselves)|nobody (?:else )?(?:shares|uses)"
    r"|(?:not|isn't|aren't|never) shared|reserved for this|for (?:the |this )(?:owner|home|house"
    r"|residence|unit)(?:'s)?"
    r" (?:exclusive|sole|alone|only|private)|(?:just|only) for (?:you|this (?:home|house|unit)))\b"
)
_LABEL: Final = pattern(  # "Spa: private"
    r"\s{0,3}[:=\-]\s{0,3}(?:(?P<private>yes[,\s\-]{1,3}private|private|pvt|in[\s\-]?ground"
    r"|above[\s\-]?ground|heated|own)|(?P<shared>yes[,\s\-]{1,3}comm\w*|comm\w*|shared"
    r"|association|hoa)|(?P<open>y(?:es)?(?=[^a-z]{0,3}(?:\Z|\n|[;|.,*•]))))\b"
)
_COMMUNITY: Final = pattern(
    r"\b(?:comm\.?|com{1,2}un{1,2}ity|shared|association|complex)(?:'s)? "
    r"(?:(?:heated|indoor|outdoor|pool) )?"
    r"(?:(?:and|&|/) )?\Z"
)
_ITEM: Final = pattern(r"(?:\A|[,;|•*\n])\s{0,3}\Z")  # "3/2, spa, vacant"
_ITEM_END: Final = pattern(r"\s{0,3}(?:[,;|•*.\n]|\Z)")
_OUT_AND_ABOUT: Final = re.compile(
    r"\b(?:near|close|minutes|mins?|walk\w*|shop\w*|dining|restaurants?|hotel|resort|golf|salon"
    r"|gym|amenit\w+|communit\w+|bath\w*|shower|suite)\b"
)
_ANY: Final = re.compile(r"spas?\b|hot[\s\-]{0,8}tub|jacuz")
_OUTSIDE_CUE: Final = re.compile(
    r"\b(?:back ?yards?|yards?|patios?|decks?|decking|outdoors?|outside|out back|oasis|pool|heated"
    r"|salt ?water|sparkling|waterfalls?|gazebo|pergola|convey\w*|stays?|roof ?top|balcony"
    r"|in.?ground|above.ground|infinity|pebble\w*|grotto|cabana|ramada|fire ?pits?|swim\w*"
    r"|courtyard|bbq|grill"
    r"|porch|terraces?|lawn|pavers?|person|private hot|stars?|starlight|starry|moonlight|ledge"
    r"|cedar"
    r"|steams\b|garden(?! tubs?)|canopy|ocotillo|palms?|tree|trees|boulders?|seats?|seating"
    r"|bubbl\w*"
    r"|out back|behind the (?:house|home)|jets|cover|lanai|atrium|mesquites?|saguaros?)\b"
)
_OWN_CUE: Final = re.compile(r"\b(?:private|your|own|personal|includes?|included|new)\b")
_BATH_CUE: Final = re.compile(
    r"\b(?:bath\w*|showers?|vanit\w+|soak\w*|(?<!off )(?:master|primary)|suite|sinks?|closets?"
    r"|bidet|tiled?|walk.in|bedrooms?|tubs?|toilet)\b"
)
_REACH: Final = 150  # characters to either side; some texts never end a sentence
_NEAR: Final = 50


def spa(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANY, _MENTION, remarks.folded, 100, 60):
        kind, span = match.lastgroup or "", match.span()
        if kind != "other":
            kind, span = _read(remarks, match)
        found.setdefault(kind, span)
    own = found.get("private") or found.get("open")
    if "no" in found:
        if own or "shared" not in found:
            return NOT_STATED if own else remarks.fact("no", found["no"])
        return remarks.fact("yes", found["shared"], "community")
    if "private" in found:
        return remarks.fact("yes", found["private"], "private")
    if "shared" in found:
        return remarks.fact("yes", found["shared"], "community")
    return remarks.fact("yes", found["open"]) if "open" in found else NOT_STATED


def _read(remarks: Remarks, mention: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """Denied, doubtful, or whose."""
    start, end = mention.span()
    if span := denied(remarks, start, end):
        if elsewhere := SHARED_INSTEAD.match(remarks.folded, end):
            return "shared", (span[0], elsewhere.end())
        before = remarks.folded[span[0] : end]
        return ("unclear" if _SHARED_CUE.search(before) else "no"), span
    if _COMMUNITY.search(remarks.folded, max(0, start - 30), start):
        return ("unclear" if is_planned(remarks, start, end) else "shared"), (start, end)
    if is_doubtful(remarks, start, end):
        return "unclear", (start, end)
    if label := _LABEL.match(remarks.folded, end):
        return label.lastgroup or "", (start, label.end())
    return _whose(remarks, mention)


def _whose(remarks: Remarks, mention: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """What the sentence makes of a mention, and the span from the telling word to the mention."""
    text, (first, last) = remarks.folded, mention.span()
    start, end = remarks.sentence(first)
    start, end = max(start, first - _REACH), min(end, last + _REACH)
    hot_tub = "tub" in mention.group() or "swim" in mention.group()
    near = (max(start, first - _NEAR), min(end, last + _NEAR))
    if mine := _MINE.match(text, last, end):
        return "private", (first, mine.end())
    outside = _OUTSIDE_CUE.search(text, *near)
    if mention.lastgroup == "bare" and not hot_tub:
        bath = _BATH_CUE.search(text, near[0], first) or _BATH_CUE.search(text, last, near[1])
        if bath and not outside:
            return "unclear", mention.span()
    own = _ITS_OWN.search(text, max(start, first - 30), last)
    if own and not _SHARED_CUE.search(text, own.end(), last):
        return "private", _from_to(own, mention)
    if span := shared(remarks, first, last):
        return "shared", span
    if _SHARED_CUE.search(text, start, end):
        owner = _OWNER_CUE.search(text, start, end)
        return ("shared", _from_to(owner, mention)) if owner else ("unclear", mention.span())
    cue = outside or _OWN_CUE.search(text, *near) or _OUTSIDE_CUE.search(text, start, end)
    if cue:
        return "private", _from_to(cue, mention)
    if mention.group().startswith("spa") and not (
        _ITEM.search(text, max(0, first - 4), first)
        and _ITEM_END.match(text, last)
        and not _OUT_AND_ABOUT.search(text, start, end)
    ):
        return "unclear", mention.span()
    return "open", mention.span()


def _from_to(one: re.Match[str], other: re.Match[str]) -> tuple[int, int]:
    return min(one.start(), other.start()), max(one.end(), other.end())
