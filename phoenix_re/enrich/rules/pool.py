"""Pool: the home's own, a shared one, or none.

A bare "pool" says nothing until its sentence says whose. Order where a text says several things:
a private pool beats a shared one, which beats "no pool" ("no pool, but the clubhouse has one"); a
private pool and "no pool" together are a contradiction, and not stated. What
the words around any thing make of it (denied, planned, the neighbour's) is `setting.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import SHARED_INSTEAD, denied, is_doubtful, is_planned, shared
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases

_SHARED_OWNER: Final = (
    r"comm\.?|communi?ty|com{1,2}un{1,2}ity|neighbou?rhood|n'?gh?bo?rhd|nbhd|hoa|subdivision|association|complex|condo"
    r"|shared|common|resident'?s?'?|clubhouse|club|resort|area|amenity"
)
_KIND: Final = (
    r"(?:swimming|heated|lap|salt ?water|olympic|outdoor|indoor|resort style|sparkling|large|dip"
    r"|infinity|zero entry|rooftop|gated|beautiful|plunge|wading|junior olympic)"
)
_NOT_A_POOL: Final = (
    r"(?! (?:tables?|cues?|halls?|sharks?|boys?|supplies|sized?|house|bath|ready|plans?|permits?"
    r"|sites?|potential|lots?|rooms?|of\b))"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            r"pool~tables?|pool~rooms?|pool~halls?|pool~cues?|pool~size[d]?|pool~house|pool bath"
            r"|pool of(?! (?:your|our|its|their|my|the \w{3,8}'s) own)|pool~ready|pool plans?"
            r"|pool permits?|pool sites?|pool potential|car pool"
            r"|carpool|motor pool|tide pools?|rock pools?|talent pool|buyer pool|pool lot"
            r"|pool supplies|pool shark|pool boy|(?:kiddie|inflatable|moon|whirl|betting) pools?"
            r"|(?:hamilton|deep eddy|barton springs?|stacy|city|city's|public|municipal|ymca|school"
            r"|hotel|county|town|gym|rec|rec(?:reation)? center|neighbou?r's|neighbou?rs'?|day"
            r"|bartholomew) pools?"
            r"|(?:no|not a|never a) (?:community|shared|neighbou?rhood) pools?"
            r"|no <gap>(?:near|next to|facing|behind|around|by) (?:the )?pool",
        ),
        (
            "no",
            r"(?:swimming )?pool (?:was|has been|is|been|got|had been)(?: [a-z]{2,12}){0,2} "
            r"(?:filled|removed|demolished|capped|dug out|taken out|backfilled)(?: in)?"
            r"|(?:took|taken|tore|pulled|ripped) (?:out )?(?:the |our )(?:old )?pool(?: out)?\b"
            r"|filled in (?:the |its )?(?:old |former )?(?:swimming )?pool"
            r"|pool(?: which| that|,)? (?:came out|is gone|is no more|is long gone)",
        ),
        (
            "shared",
            rf"(?:{_SHARED_OWNER})(?:'s)?(?:,? {_KIND}){{0,3}} pools?{_NOT_A_POOL}|pool community"
            rf"|(?:comm|community) pl"
            r"|(?:community|neighbou?rhood|comm) (?:clubhouse|parks?|center|playground"
            r"|amenity center"
            r"|gym|tennis(?: courts?)?)(?:~(?:,|/|&|and|with|w/)~(?:\w{3,12} ){0,2}?){1,2}pools?",
        ),
        (
            "private",
            r"(?:private|pvt|personal|backyard|your own|own|in~ground|above~ground|pebble~tec"
            r"|pebble|play|plunge|diving|endless|infinity|negative edge|lap|gunite|dip)"
            r"(?: (?:private|heated|swimming|salt ?water|sparkling|in~ground|lap|diving|pebble"
            rf"|(?!has|the|for|in|with|and|is)\w{{3,8}})){{0,2}} pools?{_NOT_A_POOL}|(?:pvt"
            rf"|private) pl",
        ),
        ("bare", r"(?:swimming )?pools?"),
    ]
)
_ANCHOR: Final = re.compile(r"pool|(?:t|te|m|y)\spl\b")
_SHARED_CUE: Final = re.compile(
    r"\b(?:comm\b|com{1,2}un{1,2}it|neighbou?rhood|n'?gh?bo?rhd|nbhd|subdivision|amenit"
    r"|(?<!no\s)(?<!no\s\s)hoa\b"
    r"|clubhouse"
    r"|club\b"
    r"|rec(?:reation)? center|fitness|gym\b|complex|master.planned|shared|sharing|resident"
    r"|playground"
    r"|playscape|tennis|pickle|basketball|volleyball|sport|courts?\b|splash|dog park|parks?\b"
    r"|trails?\b|jog|condo|membership|steps (?:to|from)|association|grounds|tower|units\b|dues)"
)
_REACH: Final = 200  # characters to either side; some texts never end a sentence
_AWAY_REACH: Final = 90
_CLUB_AWAY: Final = pattern(  # a club that one joins, not the owners' own
    r"(?:club|resort|area)(?:'s)? (?:\w{3,9} )?pools?[^.;]{0,40}?\b(?:walk|blocks?|minutes?"
    r"|down the"
    r"|across|hotel|membership|nearby|away|join)\b|[^.;]{0,60}?\bpools? (?:is |are "
    r"|was )?(?:planned"
    r"|proposed|coming|under construction|possible|to be built|to come|in (?:the next )?phase)\b"
)
_MEMBERSHIP: Final = pattern(r"\bmembership (?:at|in|to|required|gives|grants)\b|\bfor members\b")
_AMENITIES: Final = pattern(
    r"\b(?:amenities:|amenities-|of\s{1,8}the\s{1,8}amenities"
    r"|amenities(?:\s{1,8}\w{1,12}){0,6}?\s{1,8}(?:includ|featur|such|like|with|are))"
)
_AWAY_CUE: Final = re.compile(
    r"\b(?:walk(?:ing|able)?\b|blocks?\b(?!\s{1,8}wall)|minutes?\b|mins?\b|close to|near|across"
    r"|access\b"
    r"|down the|next to|around the corner|backs to|library|school|elementary|facing"
    r"|swim(?!\w{0,4}\s{1,8}pool)|schools"
    r"|no maintenance|deed|boat|lake access|golf|neighbou?r'?s\b|next door|hotel|public|city)"
)
_PRIVATE_CUE: Final = re.compile(
    r"\b(?:back ?yard|yard|patio|deck|(?<!no\s)spa\b|hot ?tub|jacuzzi|oasis|sparkling|cabana"
    r"|waterfall|heated|salt ?water|fenced? (?:in )?pool|pool (?:fence|pump|equipment|heater|deck"
    r"|cage|resurfac|service)"
    r"|pebble|replaster\w*|resurfaced|diving|ramada|pergola|outdoor kitchen|infinity|gunite"
    r"|pump|lanai|drained|out back|(?:behind|in back of) the (?:house|home)|grotto|baja"
    r"|(?:home|house|property|lot) (?:\w+ ){0,2}(?:with|w/) ?(?:an? )?(?:\w+ )?pool)"
)
_MINE: Final = pattern(
    r"(?:(?!\b(?:space|stall|spot|garage|which)\b)[^.;!]){0,50}?\b(?:(?:is|are|all) (?:yours|ours"
    r"|mine)(?: alone)?|belongs? to (?:nobody"
    r"|no one|none) (?:else|but)|all (?:your|our|its|their|my) own|of (?:your|our|its|their|my|the"
    r" \w{3,8}'s) own|(?:behind|inside|within) (?:your|our|its) own (?:gate|fence|wall)s?"
    r"|to (?:yourself|yourselves|ourselves|myself)|(?:that )?nobody (?:else )?(?:shares|uses)"
    r"|(?:not|isn't|aren't|never) shared(?: with any\w*)?|shared with (?:nobody|no one|none)"
    r"|for (?:the |this )(?:owner"
    r"|home|house|residence|unit)(?:'s)?"
    r" (?:exclusive|sole|alone|only|private)|(?:just|only) for (?:you|this (?:home|house|unit)))\b"
)
_OURS: Final = pattern(
    r"\b(?:our|my|ur|its|their)(?: (?:own|private|big|little|beloved|heated|salt~water|fenced))"
    r"{0,2} \Z"
)
_LABEL: Final = pattern(  # "Pool: private"
    r"(?: features?)?\s{0,3}[:=\-]\s{0,3}(?:(?P<private>y(?:es)?[,/\s\-]{1,3}private|private|pvt"
    r"|in[\s\-]?ground"
    r"|above[\s\-]?ground|heated|own|pebble\w*|fenced|gunite|play pool|diving"
    r"|y(?:es)?\b(?=[^a-z]{0,3}(?:\Z|\n|[;|.,*•])))|(?P<shared>y(?:es)?[,/\s\-]{1,3}comm\w*|comm\w*"
    r"|shared|association|hoa|complex))\b"
)


def pool(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 60, 40):
        kind, span = match.lastgroup or "", match.span()
        if kind not in ("other", "no"):
            kind, span = _read(remarks, match)
        found.setdefault(kind, span)
    if "private" in found:
        return NOT_STATED if "no" in found else remarks.fact("yes", found["private"], "private")
    if "shared" in found:
        return remarks.fact("yes", found["shared"], "community")
    return remarks.fact("no", found["no"]) if "no" in found else NOT_STATED


def _read(remarks: Remarks, mention: re.Match[str]) -> tuple[str, tuple[int, int]]:
    """Denied, doubtful, or whose."""
    kind, (start, end) = mention.lastgroup, mention.span()
    if span := denied(remarks, start, end):
        if elsewhere := SHARED_INSTEAD.match(remarks.folded, end):
            return "shared", (span[0], elsewhere.end())
        is_other = kind == "shared" or "shared" in remarks.folded[span[0] : end]
        return ("unclear" if is_other else "no"), span
    if kind == "shared":
        away = _CLUB_AWAY.match(remarks.folded, start)
        return ("unclear" if away or is_planned(remarks, start, end) else kind), (start, end)
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
    own = mention.lastgroup == "private"
    if mine := _MINE.match(text, last, end):
        return "private", (first, mine.end())
    if own and mention.group().startswith(("private", "pvt", "your own", "own", "back")):
        cue = _SHARED_CUE.search(text, max(start, first - 40), first)
        return ("unclear" if cue else "private"), mention.span()
    if span := shared(remarks, first, last):
        joined = _MEMBERSHIP.search(text, start, end)
        return ("unclear" if joined else "shared"), span
    if _SHARED_CUE.search(text, start, end):
        owner = _AMENITIES.search(text, start, end)
        return ("shared", _from_to(owner, mention)) if owner else ("unclear", mention.span())
    away = _AWAY_CUE.search(text, max(start, first - _AWAY_REACH), min(end, last + _AWAY_REACH))
    if away or mention.group() == "pools":
        return "unclear", mention.span()
    if ours := _OURS.search(text, max(start, first - 30), first):
        return "private", (ours.start(), last)
    if own:
        return "private", mention.span()
    cue = _PRIVATE_CUE.search(text, start, end)
    return ("private", _from_to(cue, mention)) if cue else ("unclear", mention.span())


def _from_to(one: re.Match[str], other: re.Match[str]) -> tuple[int, int]:
    return min(one.start(), other.start()), max(one.end(), other.end())
