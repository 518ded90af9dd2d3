"""Casita: a second dwelling or suite that exists, named by the class of the words used for it.

Words differ by market, so the market file adds its own. A "mother-in-law plan" is a bedroom split
and a "guest suite" a bedroom: neither counts. Nor does what could be built, a restaurant, a street,
or the Spanish word for a little house. The most specific class wins. "No casita" beside one is a
contradiction, and not stated. What the words around any thing make of it (denied, planned, the
neighbour's) is `setting.py`'s.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.setting import denied, is_doubtful, shared
from phoenix_re.enrich.rules.text import Remarks, literal, pattern, phrases

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "garage_apartment": (
        *("garage apartment", "garage apt", "apartment over the garage", "apt over garage"),
        *("apartment above the garage", "apartment over garage", "apartment above garage"),
        *("apartment over a garage", "apt above garage", "apartment above a garage"),
        *("studio apartment over the garage", "studio apartment above the garage"),
    ),
    "basement_apartment": (
        *("basement apartment", "basement apt", "apartment in the basement", "bsmt apt"),
        *("apartment downstairs in the basement", "basement studio apartment"),
    ),
    "in_law": (
        "mother in law quarters",
        "mother in law suite",
        "mother in law apartment",
        "mother in law cottage",
        "mother in law house",
        "in law quarters",
        "in laws quarters",
        "in law suite",
        *("inlaw suite", "inlaw apartment", "inlaw quarters", "mil suite", "mil quarters"),
        *("mil apartment", "in law unit", "in law cottage", "in law wing", "granny cottage"),
        *("granny unit", "granny suite", "next generation suite", "in law apt", "mil apt"),
        "in law apartment",
        "granny flat",
        "next gen suite",
    ),
    "adu": (
        "adu",
        "accessory dwelling unit",
        "accessory dwelling",
        "carriage house",
        "carriage home",
    ),
    "guest_house": (
        "guest casita",
        "casita",
        "guest house",
        "guesthouse",
        "guest cottage",
        "guest quarters",
        *("guest home", "guest hse", "gst house", "gst hse", "backyard cottage"),
    ),
}
_MOST_SPECIFIC_FIRST: Final = (
    *("garage_apartment", "basement_apartment", "in_law", "adu", "guest_house", "other"),
)
_PROSPECT: Final = phrases(
    [
        (
            "x",
            r"(?:room|space|spot|potential|zoned|zoning|permits?|ideal|perfect|great|suitable"
            r"|option"
            r"|lot|enough|designed?) (?:for|to|fits?)|plans|add|adding|build|building|possib\w{2,5}"
            r"|allows?|ability to|(?:could|can|may|might|would|should)(?: easily)? (?:be|make"
            r"|become"
            r"|have|fit)|used as"
            r"|(?:turn|turned|convert|converted|made|make) into|future|create|potential"
            r"|opportunity",
        )
    ]
)
_UNLIKE: Final = (
    r"(?:not an?|as an?|as|or|for an?|for|like an?|next to|near|close to|don't call it an?"
    r"|from|across from|call it an?|calls? it an?|called an?|too small for an?|half of an?)"
)
_NAMES_ITS_PLACE: Final = ("garage_apartment", "basement_apartment")
_IN_ANOTHER: Final = pattern(  # "an ADU over the garage" may be called by either
    r",? (?:\w{3,9} ){0,3}?(?:over|above|atop|on top of|in|within|inside) (?:the |our |its |an? )?"
    r"(?:\w{3,9}[\s\-]){0,2}?(?:garage|basement)\b"
)
_SPANISH: Final = r"(?:la|las|una|linda|bonita|hermosa|esta|su|mi|tu|de|el|pequena|pequeña) "
_PLACES: Final = (
    r"restaurant|cafe|grill|cantina|mexican|bar|dr|drive|ct|court|ln|lane|st|street|way|blvd|ave"
    r"|avenue|rd|road|pl|place|cir|circle|trail|de|en|con|del|linda|style|styled|like|inspired"
    r"|esque"
    r"|vibe|feel|trailer|hills|elementary|school|community|subdivision|neighborhood"
    r"|at(?! the (?:rear|back|side|end|front|edge|far))|model"
    r"|museum|law|laws|code|(?:is|are) (?:allowed|permitted|legal|possible|approved|encouraged|ok)"
    r"|plumbing|pad|foundation|shell|parking|bath(?:room)?|bedroom|bed|room"
    r"|doors?|dreams?(?=[.,;!]| come)|ideas?|guidelines|designs?"
    r"|hotel|inn|permit|permits|lot|drawings|kit|blueprints?|zoning|overlay|eligible|friendly"
    r"|compatible|capable|size[d]?|conversion|rules|ordinance|program|tours?"
)


def casita(remarks: Remarks, local: Mapping[str, tuple[str, ...]] | None = None) -> Fact:
    """`local`: cleaned phrases of a market by class, or by "casita" where they name no class."""
    found: dict[str, tuple[int, int]] = {}
    for match in _pattern(tuple(sorted((local or {}).items()))).finditer(remarks.folded):
        kind = match.lastgroup or ""
        span = match.span()
        if kind not in ("none", "not_one"):
            if negation := denied(remarks, *span):
                kind, span = ("none" if negation[0] < span[0] else "gone"), negation
            elif (
                _is_prospect(remarks, span[0])
                or is_doubtful(remarks, *span)
                or shared(remarks, *span)
            ):
                continue
        if kind != "not_one":
            found.setdefault(kind, span)
    best = next((kind for kind in _MOST_SPECIFIC_FIRST if kind in found), None)
    if "none" in found:
        return NOT_STATED if best else remarks.fact("no", found["none"])
    if best is None:
        return remarks.fact("no", found["gone"]) if "gone" in found else NOT_STATED
    at, end = found[best]
    several = len(found.keys() - {"guest_house", "other", "gone"}) > 1
    elsewhere = best not in _NAMES_ITS_PLACE and _IN_ANOTHER.match(remarks.folded, end)
    return remarks.fact("yes", (at, end), None if several or elsewhere else best)


def _is_prospect(remarks: Remarks, at: int) -> bool:
    start = max(remarks.sentence(at)[0], at - 70)
    return _PROSPECT.search(remarks.folded, start, at) is not None


@lru_cache(maxsize=64)
def _pattern(local: tuple[tuple[str, tuple[str, ...]], ...]) -> re.Pattern[str]:
    by_class: dict[str, tuple[str, ...]] = {
        name: PHRASES.get(name, ()) for name in (*PHRASES, "other")
    }
    known = {phrase for found in PHRASES.values() for phrase in found}
    for topic, added in local:
        name = "other" if topic == "casita" else topic
        by_class[name] += tuple(p for p in added if topic != "casita" or p not in known)
    sources = {
        name: "|".join(f"{literal(p)}s?" for p in sorted(found, key=len, reverse=True))
        for name, found in by_class.items()
        if found
    }
    anything = f"(?:{'|'.join(sources.values())})"
    not_one = (
        rf"(?:{_UNLIKE}) {anything}|{_SPANISH}{anything}"
        rf"|{anything} (?:{_PLACES}|options?|potential|possibilit\w{{1,3}}|ready|allowed|plans?"
        rf"|floor~plans?"
        rf"|feasib\w{{2,6}}"
        r"|opportunity)"
    )
    none = rf"(?:no|without an?|without) (?:separate |detached )?{anything}"
    return phrases([("none", none), ("not_one", not_one), *sources.items()])
