"""View: what one sees from the home, by the words of RESO's lookup.

All that the text names counts together; "views" of nothing in particular, or of what the lookup
lacks (a canyon, the sunset), are a view without a value. To overlook one of the lookup's things is
to see it. A room inside, the yard, the street and what is merely near are no view; nor are names of
places and schools, the verb, and fences one can see through. "No view" beside one is a
contradiction, and not stated. What windows, balconies and people at them look at is seen, too.
"""

import re
from collections.abc import Iterator
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful
from phoenix_re.enrich.rules.text import Remarks, near, pattern, phrases, word_set

_THINGS: Final = {  # a value of the lookup → its words
    "city": r"city(?! parks?)(?: (?:lights?|scapes?))?|cityscapes?|downtown|d'?town|dtwn"
    r"|skylines?|strip(?! mall)"
    r"|lights|cty(?: (?:lights?|lts))?|uptown|midtown|urban|capitol",
    "desert": r"deserts?|saguaros?",
    "golf": r"(?:golf|glf)(?: course| club)?s?|fairways?|(?:tee|putting) box|\d{1,2}(?:st|nd|rd"
    r"|th) "
    r"(?:hole|tee|green|fairway)|(?:[a-z]{2,9}th|first|second|third) (?:hole|tee|green|fairway)",
    "hills": r"hill~country|hills?|hillsides?|foothills?",
    "mountain": r"m(?:t|ount)\.? [a-z]{3,10}|mountains?|mountainsides?|mtn'?s?|mnts?|mts?|peaks?"
    r"|front range|camelback"
    r"|superstitions?|catalinas?|rincons?|santa ritas?|mcdowells?|white tanks?|estrellas?"
    r"|san tans?|rockies|red rocks?|flatirons",
    "park": r"parks?(?! like)|green~belts?|green~spaces?|gb|preserves?|open space|natural areas?",
    "pool": r"pools?(?! tables?)",
    "trees": r"trees(?! lined)|tree(?= views?)|tree~tops?|tree~lines?|woods|wooded|woodlands?"
    r"|forests?|oaks"
    r"|pines|treed|leafy(?= views?)|canopy|eucalyptus|ponderosas?|aspens",
    "valley": r"valleys?",
    "water": r"lakes?(?:fronts?)?(?! house)|rivers?|canals?|creeks?(?! (?:green|pres|park))|ponds?"
    r"|water(?! (?:fall|feature))s?|waterways?|oceans?|waterfront|lagoons?|marina|gulf",
}
_UNLISTED: Final = (
    r"sunsets?|sunrises?|sunrise/sunset|canyons?|horizon|countryside|pastures?|meadows?|country"
    r"|panoramic|scenic"
)
_LISTED: Final = f"(?:{'|'.join(_THINGS.values())}|{_UNLISTED})"
_VIEWS: Final = r"(?:views?|vws?|vus?|vistas|vista views?)"
_OF: Final = (  # and, after it, what is seen
    r"[\s\-]{1,8}(?:from (?:[a-z]{1,10} ){1,4}?)?(?:out )?"
    r"(?:of|to|over|across|overlooking|onto|towards?|into)(?![a-z0-9])"
)
_NAMES: Final = (
    r"(?:high|middle|elementary|elem|hs|ms|schools?|estates?|subdivision|neighbou?rhood|ranch"
    r"|communit\w{1,3}|rd|road|dr|drive|st|street|ln|lane|ct|court|cir|circle|pl|place|way|ave"
    r"|avenue|blvd|pkwy|parkway|trl|acres|addition|village|mall|plaza|apartments|condos?"
    r"|condominiums?|townhomes?|hospital|country club|casino|sub|section|phase|park)"
)
_INDOORS: Final = (
    r"(?:street|google|aerial|virtual|drone|point of|points of|in full|3d|sneak|satellite|list|in"
    r"|point|world|inside|walk through|video|plan)"
)
_GOOD: Final = (
    r"(?:a|an|the|great|nice|amazing|incredible|gorgeous|beautiful|stunning|spectacular|awesome"
    r"|breathtaking|fabulous|fantastic|wonderful|magnificent|unobstructed|sweeping|expansive"
    r"|best|private|serene|peaceful|tranquil|dollar|killer|lovely|pretty|endless|open|picturesque"
    r"|unbelievable|outstanding|captivating|impressive|unparalleled|premium|with|w/|w)"
)

_LOOKER: Final = (
    r"(?:windows?|glass|balcon(?:y|ies)|balc|decks?|porch(?:es)?|patios?|terraces?|loft"
    r"|(?:bed)?rooms?"
    r"|kitchen|suite|veranda|lanai|house|home|residence|sink|tub|bed|turret|office|study|that|which"
    r"|and|living|it)"
)
_TOWARDS: Final = (
    r"(?:(?:straight|right|directly|out|down|up|back|west|east|north|south)[\s\-]{1,3}){0,2}"
    r"(?:over|into|onto|upon|on|at(?! home)|across|towards?|to|down|up|through)"
)
_PERSON: Final = r"(?:you|we|one|i|residents|guests)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:{_LISTED} ){{0,2}}(?:views?|vista) {_NAMES}"
            rf"|(?:in|at|near|of|into|zoned|zoned to|for|attend) {_LISTED} view(?! of| from| lot)"
            r"|views at (?!sunset|night|dusk|dawn|every|each|all|the|its|their)"
            r"|(?:to|come|please|must|can|call|and|or|appointment|easy|agent|here|may|let'?s"
            r"|you'll)"
            r" view(?! of| from| over| lots?)"
            r"|view (?:the|this|our|all|video|virtual|tours?|photos?|pictures?|pics?|website|my|it"
            r"|documents?|docs|attached|additional|more|today|by|now|anytime|at|here|property|home"
            r"|3d|matterport|floor|renderings?|list|link|each|your|online|more|with|before|that"
            r"|supplements?|agent|to believe|and buy|plans)"
            rf"|{_INDOORS} views?|(?:back~yards?|yard|garden|courtyard|patio) views?"
            rf"|view (?:fenc\w{{1,4}}|walls?|windows?|decks?|finder|points?|corridor)"
            r"|views? (?:may|will) (?:vary|be)|overlooked|(?:not|never|n't|nobody|no one)"
            r" (?:be )?overlook(?:s|ing)?|overlook (?:the fact|this|that|it)|over~looked",
        ),
        (
            "no",
            r"(?:no|without(?: an?)?|zero) views?(?! of| from| block)|views?: ?(?:none|no view"
            r"|no?(?=[\s]{0,3}(?:[.,;|•*\n]|\Z)))"
            r"|(?:there is|there's|has) (?:no|not an?) view(?! of| from| block)",
        ),
        (
            "listed",
            rf"{_LISTED}(?:(?: |~(?:/|&|\+|,? ?and|,)~(?:\w{{4,10}} )?){_LISTED}){{0,4}}"
            rf"[\s~/]{{1,3}}{_VIEWS}",
        ),
        (
            "over",
            r"(?:overlook(?:s|ing)?|o(?:v|ve)?rlo?o?ks?|ovlks?|overlooking to|look(?:s"
            r"|ing)? out (?:over|onto|on to|on|to|at"
            r"|across|upon)|look(?:s|ing)? over)",
        ),
        (
            "bare",
            rf"views?~:|(?:{_GOOD} )?views(?! (?:the|this|our))|{_GOOD} view(?! fenc| lot| wall"
            rf"| deck)|view(?={_OF})|vws",
        ),
    ]
)
_GAZE: Final = phrases(
    [
        (
            "gaze",
            rf"{_LOOKER} (?:\w{{2,9}} ){{0,2}}?(?:looks?|looking|gazes?|gazing|peers?|stares?"
            rf"|peeks?)"
            rf" {_TOWARDS}|gaz(?:es?|ing) {_TOWARDS}|{_LOOKER} (?:watch(?:es|ing)?|surveys?"
            rf"|commands?"
            rf"|drinks? in|takes? in|captures?|frames?|framing|capturing)(?! over your)"
            rf"|{_PERSON} (?:surveys?|gazes? {_TOWARDS}|looks? (?:out|over|onto|across|upon"
            rf"|down on)(?: (?:at|over|on|onto|across|to))?)"
            rf"|{_PERSON}(?:'ll| can| will| may| could)?(?: (?:still|even|actually|always|also))? "
            rf"(?:sees?|glimpses?|spot)(?! (?:why|how|what|that|if|it|this|for|in|yourself|all))"
            rf"|(?:rooms?|bedrooms?|living|kitchen|house|suite"
            rf"|wall of glass) opens?(?: up)? (?:to|onto)"
            rf"(?= (?:the )?(?:water|lake|river|ocean|marina))|{_PERSON} (?:wakes?"
            rf"|awakens?)(?: up)? to|(?:wake|waking)(?: up)? to"
            rf"|(?:walls? of (?:glass|windows)|picture windows?|windows?)"
            rf" (?:that )?fac(?:e|es|ing)",
        ),
    ]
)
_GAZE_ANCHOR: Final = re.compile(
    r"gaz[ei]|watch|survey|sees?\b|glimpse|wak(?:es?|ing)\b|fram(?:es|ing)\b|captur|takes? in"
    r"|fac(?:es|ing)\b|look|peers?\b|stares?\b|command|drinks? in|opens? "
)
_OBJECT: Final = pattern(
    rf"{_OF}|(?<=:)\s{{0,3}}|\s{{0,2}}:\s{{0,3}}(?:of|over|across|to)?"
    r"|[\s,]{1,4}(?:from (?:[a-z]{1,10} ){1,4}?)?(?:is|are|runs?|stretch(?:es|ing)?|reach(?:es"
    r"|ing)?"
    r"|extend(?:s|ing)?|sweep(?:s|ing)?|goes?|takes? in|taking in|include[s]?|including"
    r"|encompass\w{0,3})(?: (?:out|all the way|everything|both))?(?: (?:to|of|over|across|from"
    r"|toward))?(?![a-z0-9])"
)
_LOST: Final = pattern(
    r" (?:is|are|was|were|has been)(?: now)? (?:blocked|gone|lost|hidden|obscured)"
)
_BACKDROP: Final = pattern(
    r"(?: from (?:the )?(?:\w{3,9} ){1,2}?\w{3,9})?[\s,]{1,3}(?:and "
    r"|with )(?:the )?(?P<what>[a-z'\- ]{3,40}?) (?:behind|beyond|in the distance"
    r"|on the horizon|as (?:a|the|your) backdrop)"
)
_LIGHTS: Final = re.compile(
    r"\s{0,4}(?:,|and|&"
    r"|plus)\s{1,8}(?:[a-z]{6,10}\s{1,8})?city[\s\-]{0,8}lights?\b"
)
_SEEN: Final = re.compile(
    phrases(
        [
            (
                "stop",
                r"with|w/|w|from|in|at|near|for|on|by|off|is|are|that|which|while|when|where|plus"
                r"|through|throughout|features?|has|have|had|as|this|it|you|walking|minutes|close"
                r"|steps|access|located|backs|room|kitchen|then|but|after|make|makes|be|was|were"
                r"|just"
                r"|no|new|walk|easy|garage|bedrooms?|table|surrounded|will|can|to|below|next",
            ),
            *_THINGS.items(),
            ("unlisted", _UNLISTED),
            ("and", r"and|or"),
            ("word", r"[a-z0-9']{1,16}"),
        ]
    ).pattern
    + r"|(?P<comma>,)|(?P<slash>[/&+])|(?P<end>[^\s\w/&+,'\-])"
)
_PROSPECT: Final = re.compile(
    r"\b(?:potential\w*|could|possib\w+|would|if you|second story|2nd story|build|imagine|may have"
    r"|might)\b"
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:clubhouse|community (?:pool|center|park|dock)|communit(?:y|ies) (?:offers|features|has)"
    r"|amenit\w+|trails?|hik\w+|nearby|minutes|neighbou?rhood (?:pool|park)|restaurants?"
    r"|(?:homes|lots|residents) (?:have|with|enjoy)|pool (?:with|area))\b"
)
_CLOSE: Final = re.compile(
    r"\b(?:back(?:s|ing|ed)?|near|close|walk\w*|steps|minutes|next)"
    r"(?:\s{1,4}(?:up|to|from|by|on|onto|an?|the|of|community)){0,4}\s{0,4}\Z"
)
_FROM_ELSEWHERE: Final = re.compile(
    r"\s{1,3}(?:from|along|at) (?:the |our )?(?:community|trails?|park|clubhouse|golf course)\b"
)
_LOOSE: Final = frozenset({"pool", "trees"})  # "a pool and mountain views" sees no pool
_ANCHOR: Final = re.compile(r"view|\bvus?\b|look(?:ing|s)?[\s\-]{1,8}o|overlo|lks\b|vws|vista")
_LOOKING: Final = "look looks looking"
_NAMING: Final = word_set(
    "view vu vus views vista vistas vws overlook overlooks overlooking ovrlks ovrlk ovlks"
    f" {_LOOKING}"
)
_GAZING: Final = word_set(
    "gaze gazes gazing see sees watch watches watching survey surveys wake wakes waking frames"
    " framing facing faces captures capturing glimpse glimpses peer peers stare stares takes take"
    f" command commands drinks drink opens {_LOOKING}"
)
_PANES: Final = "window windows glass pane panes visible"
_PLACED: Final = "fill fills filling framed across outside out beyond behind through visible"
_GLASS: Final = (frozenset(_PANES.split()), frozenset(_PLACED.split()))  # one of each is needed
_GLASS_ANCHOR: Final = re.compile(r"window|glass|pane|visible")
_AT_GLASS: Final = pattern(
    r"(?<=[a-z])\s(?:fill(?:s|ing)?|framed (?:by|in)|across|outside|out|beyond|behind|through)"
    r" (?:the|your|every|its|each|both|our|my|nearly every|almost every|all the) (?:\w{3,9} ){0,3}?"
    r"(?:windows?|glass|panes?)\b|(?<=[a-z])\s(?:is|are|stays?|remains?)(?: \w{4,9})? visible"
    r"(?= (?:from|through|beyond|out|over)\b)"
)
_CLAUSE: Final = re.compile(r"[^,.;:!?()]*\Z")
_LAST_WORDS: Final = re.compile(
    r"(?:[a-z']+[\s\-]+(?:and\s|&\s)?){0,2}[a-z']+(?=(?:\s(?:escarpment|ridge|range|towers?"
    r"|canopy|wash))?\Z)"
)
_WORDS_OF: Final = re.compile(r"(?:[\w'\-]+\s){0,3}[\w'\-]+\Z")
_CITY: Final = re.compile(r"city|downtown|skyline|strip\b|uptown|midtown|urban|capitol")
_REACH: Final = 90  # characters after "views of"


def view(remarks: Remarks) -> Fact:
    seen, span_of_glass = _at_the_glass(remarks)
    first: dict[str, tuple[int, int]] = {"named": span_of_glass} if seen else {}
    for match in _mentions(remarks):
        kind, span = match.lastgroup or "", match.span()
        if kind == "other" or (kind != "no" and _is_elsewhere(remarks, *span)):
            continue
        if kind != "no" and (negation := denied(remarks, *span)):
            if kind == "bare":
                first.setdefault("no", negation)
            continue
        things = _before(remarks, match) if kind == "listed" else set[str]()
        named = _OBJECT.match(remarks.folded, span[1]) if kind in ("listed", "bare") else None
        if kind in ("over", "gaze") or named:
            more, end = _after(remarks, named.end() if named else span[1])
            if not more - {"unlisted"} and (kind in ("over", "gaze") or not things | more):
                continue
            things |= more
            if _LOST.match(remarks.folded, end):
                continue
            if behind := _BACKDROP.match(remarks.folded, end):
                things |= _things_in(remarks, *behind.span("what"))
            span = (span[0], max(span[1], end) if more else span[1])
        first.setdefault(
            "no" if kind == "no" else "named" if things - {"unlisted"} else "yes", span
        )
        seen |= things - {"unlisted"}
        if kind == "listed" and _LIGHTS.match(remarks.folded, span[1]):
            seen.add("city")
    stated = first.get("named") or first.get("yes")
    if "no" in first:
        return NOT_STATED if stated else remarks.fact("no", first["no"])
    return remarks.fact("yes", stated, tuple(sorted(seen)) or None) if stated else NOT_STATED


def _mentions(remarks: Remarks) -> Iterator[re.Match[str]]:
    if not _NAMING.isdisjoint(remarks.words):
        yield from near(_ANCHOR, _MENTION, remarks.folded, 100, 60)
    if not _GAZING.isdisjoint(remarks.words):
        yield from near(_GAZE_ANCHOR, _GAZE, remarks.folded, 32, 24)


def _at_the_glass(remarks: Remarks) -> tuple[set[str], tuple[int, int]]:
    """The things of "live oaks outside every window" and of "the lake is visible from the deck"."""
    found: set[str] = set()
    span = (0, 0)
    if any(words.isdisjoint(remarks.words) for words in _GLASS):
        return found, span
    for match in near(_GLASS_ANCHOR, _AT_GLASS, remarks.folded, 45, 12):
        start = max(remarks.sentence(match.start())[0], match.start() - 45)
        clause = _CLAUSE.search(remarks.folded, start, match.start())
        begin = clause.start() if clause else start
        last = _LAST_WORDS.search(remarks.folded, begin, match.start())
        if last is None:
            continue
        *_, nearest = _SEEN.finditer(remarks.folded, *last.span())
        if nearest.lastgroup not in _THINGS:
            continue  # "golf balls through the window"
        things = _things_in(remarks, *last.span()) - {"pool"}
        if "city" in things and not _CITY.search(remarks.folded, begin, match.start()):
            things.discard("city")
        if things and not _is_elsewhere(remarks, begin, match.end()):
            words = _WORDS_OF.search(remarks.folded, begin, match.start())
            begin = words.start() if words else begin
            found |= things
            span = span if span[1] else (begin, match.end())
    return found, span


def _things_in(remarks: Remarks, start: int, end: int) -> set[str]:
    kinds = {match.lastgroup or "" for match in _SEEN.finditer(remarks.folded, start, end)}
    return kinds & _THINGS.keys()


def _before(remarks: Remarks, listed: re.Match[str]) -> set[str]:
    """The things of "golf course and mountain views"."""
    start, end = listed.span()
    near = _CLOSE.search(remarks.folded, max(0, start - 50), start)
    found: set[str] = set()
    by_comma: set[str] = set()
    for match in _SEEN.finditer(remarks.folded, start, end):
        kind = match.lastgroup or ""
        if kind == "and" or match.group() == "&":
            found = set() if near else (found | by_comma) - _LOOSE
            by_comma = set()
        elif kind == "comma":
            by_comma, found = by_comma | found, set()
        elif kind in _THINGS or kind == "unlisted":
            found.add(kind)
    return found


def _after(remarks: Remarks, at: int) -> tuple[set[str], int]:
    """The things of "views of the hill country and the lake", and where the last of them ends."""
    found: set[str] = set()
    end, words, listed_by_comma = at, 0, False
    stop = min(remarks.sentence(at)[1], at + _REACH)
    for match in _SEEN.finditer(remarks.folded, at, stop):
        kind = match.lastgroup or ""
        if kind in ("stop", "end") or words > (1 if listed_by_comma else 4):
            break
        if kind in ("and", "comma", "slash"):
            words, listed_by_comma = 0, kind == "comma" or (listed_by_comma and kind == "slash")
        elif kind == "word":
            words += 1
        elif not (listed_by_comma and kind in _LOOSE):
            found.add(kind)
            end = match.end()
    return found, end


def _is_elsewhere(remarks: Remarks, at: int, end: int) -> bool:
    """Not seen yet, or not seen from the home."""
    start = max(remarks.sentence(at)[0], at - 50)
    if _FROM_ELSEWHERE.match(remarks.folded, end):
        return True
    if any(cue.search(remarks.folded, start, at) for cue in (_PROSPECT, _ELSEWHERE)):
        return True
    return is_doubtful(remarks, at, end)
