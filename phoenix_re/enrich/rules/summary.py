"""Summary: the one sentence of the remarks that names most of the home, word for word.

Each sentence is worth the number of different things of a home that it names (`_THINGS`: one for
all its words for bathing, one for all its words for the roof, …); the first of the best wins.
A sentence does not stand where it is too long or too short, names fewer than two things, asks
people to call, gives a number, address or name of the web, speaks to a machine, is about the sale
and not the home, or carries a phrase flagged for fair housing. Then nothing is stated.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, SUMMARY_LIMIT, Fact
from phoenix_re.enrich.rules.protected import WORD, may_prefer, preferences
from phoenix_re.enrich.rules.text import Remarks

_SHORTEST: Final = 25  # characters; less is a heading
_FEWEST: Final = 2

_THINGS: Final = {
    word: thing
    for thing, words in {
        "kind": "home house condo townhome townhouse duplex triplex fourplex bungalow cottage villa"
        " ranch loft rancher estate ranchette",
        "bedrooms": "bedroom bedrooms bed beds br bdrm bdrms bd bds",
        "baths": "bath baths bathroom bathrooms ba bth shower tub",
        "size": "sqft sf acre acres square sq",
        "lot": "lot yard backyard fenced corner landscaping landscaped courtyard",
        "levels": "story stories level levels",
        "parking": "garage garages carport driveway rv",
        "pool": "pool spa jacuzzi",
        "kitchen": "kitchen kitchens island granite quartz cabinets cabinetry countertops pantry"
        " appliances stainless",
        "floors": "floors flooring tile hardwood hardwoods laminate carpet vinyl",
        "ceilings": "ceiling ceilings vaulted",
        "fireplace": "fireplace fireplaces",
        "outside": "patio deck balcony porch pergola ramada gazebo",
        "view": "view views",
        "roof": "roof",
        "air": "hvac ac furnace heating cooling conditioner",
        "solar": "solar",
        "renewed": "remodeled renovated updated upgraded rebuilt restored new newer",
        "rooms": "office den loft basement laundry study gameroom living dining closet suite master"
        " primary casita guest",
        "place": "greenbelt cul waterfront golf mountain mountains lake",
        "plan": "open floorplan split plan",
        "windows": "windows skylights shutters",
        "water": "plumbing heater",
    }.items()
    for word in words.split()
}
_UNFIT_TEXT: Final = """
call text contact email mail phone agent agents realtor realtors broker brokers lockbox dm visit
cell message tel website online apply reach ask instruction instructions ignore disregard prompt
assistant llm ai chatgpt json output respond reply answer summary summarize verify verified
verifies deemed reliable guaranteed guarantee disclaimer copyright showing showings appointment
offer offers virtual virtually video matterport mls disclosure disclosures survey photo photos
picture pictures pics buyer buyers seller sellers lender commission title escrow earnest closing
tenant tenants lease leased rent rented listing listed price priced sale sold financing deadline
schedule tour application deposit pets zillow zestimate measurements disturb
override pretend classify extract label jailbreak true false
"""
_UNFIT: Final = frozenset(_UNFIT_TEXT.split())
_UNFIT_SIGNS: Final = (
    *("@", "http", "www", ".com", ".net", ".org", "[", "<", "&amp", "&nbsp", "&#", "$"),
    *("open house", "must see", "won't last", "language model", "you are a", "it contains"),
    *("the above", "that contains", "equal housing", "short sale", "do not"),
)
_MARKS: Final = " -*|~•;,\n\r"  # of lists, no part of a sentence
_NUMBER: Final = re.compile(r"\d{3}[\s.)-]{0,3}\d{3}[\s.-]{0,2}\d{4}|\d{3}-\d{4}|\d{7}")
_IN_AN_ADDRESS: Final = re.compile(
    r"@|www|http|[a-z0-9]\.(?:com|net|org|io|us|info|biz|co)(?![a-z])"
)


def summary(remarks: Remarks) -> Fact:
    worth: list[tuple[int, int, int, list[str]]] = []
    folded, at = remarks.folded, 0
    while at < len(folded):
        start, at = remarks.sentence(at)
        if _SHORTEST <= at - start <= SUMMARY_LIMIT + len(_MARKS):
            words = WORD.findall(folded, start, at)
            things = set(map(_THINGS.get, words))
            things.discard(None)
            if len(things) >= _FEWEST:
                worth.append((-len(things), start, at, words))
    for _, first, last, words in sorted(worth):
        start, end = _trimmed(folded, first, last)
        if not _UNFIT.isdisjoint(words) or not _is_plain(folded, start, end):
            continue
        if not (may_prefer(words) and any(preferences(Remarks(remarks.given[start:end])))):
            return remarks.fact("yes", (start, end), remarks.given[start:end])
    return NOT_STATED


def _trimmed(folded: str, start: int, end: int) -> tuple[int, int]:
    text = folded[start:end]
    return start + len(text) - len(text.lstrip(_MARKS)), start + len(text.rstrip(_MARKS))


def _is_plain(folded: str, start: int, end: int) -> bool:
    """Of a good length, without numbers to call, addresses of the web and phrases of the trade."""
    text = folded[start:end]
    if not _SHORTEST <= len(text) <= SUMMARY_LIMIT:
        return False
    if _NUMBER.search(text):
        return False
    if _is_cut(folded, start) or _is_cut(folded, end):
        return False
    return not any(sign in text for sign in _UNFIT_SIGNS)


def _is_cut(folded: str, at: int) -> bool:
    """Whether the end of a sentence at `at` lies within an address of the web."""
    if not 0 < at < len(folded) or folded[at - 1].isspace() or folded[at].isspace():
        return False
    before, after = folded[max(0, at - 40) : at], folded[at : at + 40]
    token = before.rsplit(maxsplit=1)[-1] + after.split(maxsplit=1)[0]
    return _IN_AN_ADDRESS.search(token) is not None
