"""Who lives in the home now, where a sentence says so with a verb: "we live here".

The nearest person named before the verb is the one who lives there; relatives, neighbours, dogs and
"you" are nobody who counts, and neither are those who used to, could or will. Words for a state
("owner occupied", "vacant") are `occupancy.py`'s.
"""

import re
from collections.abc import Iterator
from typing import Final

from phoenix_re.enrich.rules.supposed import is_supposed
from phoenix_re.enrich.rules.tenancy import TENANT, Holding
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

# A text says nothing here without one of each; a verb is in every phrase below.
PERSONS: Final = word_set(
    "we i us nobody seller sellers owner owners homeowner homeowners ownr slr tenant tenants"
    " renter renters"
)
_VERBS: Final = word_set(
    "live lives lived liveing reside resides residing resided residence dwell dwells occupy"
    " occupies occupying occupied stays still been remain remains nobody"
)
_LIVING: Final = re.compile(r"living (?:in|here|there|on|up|down)")  # no living room
_OWNER: Final = r"(?:owners?|sellers?|homeowners?|ownr|slr)"
_IN_IT: Final = (  # where one lives who lives in the home
    r"(?:here(?! in (?:the )?(?:city|town|area))|upstairs|downstairs|on~site"
    r"|on (?:the )?(?:property|premises)|there|in (?:it|residence|one (?:unit|side|half)"
    r"|unit [a-d1-4]|(?:the |this |their |our |my |his |her |its )?(?:[a-z]{3,8} ){0,2}?(?:home"
    r"|house|property|place|residence|unit|condo|townhome|townhouse|cabin|bungalow|half|side|floor"
    r"|level))|at (?:the|this) (?:home|house|property|residence)|(?:both|the"
    r"|this) (?:the )?(?:[a-z]{4,8} )?(?:home|house|property|residence|premises|units?|unit|condo"
    r"|upper (?:unit|level|floor)|lower (?:unit|level|floor)))"
)

_MENTION: Final = phrases(
    [
        ("other", r"living (?:in|on) (?:style|luxury|paradise)"),
        (
            "owner",
            r"(?:(?:owners|sellers) (?:still |now )?occupy|(?:owner|seller|slr) (?:still "
            r"|now )?occupies)(?=~[.,;!]|~$)"
            rf"|{_OWNER}(?: (?:is|are|still|also|currently|remain|remains)){{0,3}} (?:in residence"
            r"|on~site|(?:in|at) (?:the |this )(?:home|house|property|residence|unit"
            r"|condo))(?! (?:to|for) (?:meet|repair|answer|greet|show))|(?:we|i)(?:'ve"
            r"| have)(?: [a-z]{3,8})? been (?:here|in (?:this|the) (?:home|house|place))(?=~[.,;!]"
            r"| (?:for|since|\d|over|almost|nearly|more|all|ever|a|now|together|the|fif|for|twen"
            r"|thir|ten|elev|twel|six|sev|eight|nine|two|three|four|five|long))|(?:just|only) (?:us"
            r"|me|the two of us|one of us|my \w{3,8} and (?:me|i))(?: \w{3,8})? (?:living )?(?:here"
            r"|in it|in the house)|(?:we|i) (?:both |all )?(?:still )?work from home",
        ),
        (
            "vacant",
            r"(?:nobody|no one)(?: is)?(?: now)?(?: living)? (?:in it|in the (?:house|home|place)"
            r"|there|here)(?= (?:now|since|today)|~[.,;!]|~$)",
        ),
        (
            "dwells",
            r"(?:lives?|live?ing|lived|resid(?:es?|ing|ed)|dwells?|occup(?:y|ies|ying|ied)|stays?)"
            rf"(?: (?:full time|quietly|happily|alone|still|year round))? {_IN_IT}"
            r"(?! (?:(?:is|was|are|feels?|has|means?|you)(?! (?:tenant|vacant))|and enjoy|for free"
            r"|like))",
        ),
    ]
)
_SUBJECT: Final = re.compile(  # the nearest one before "lives here" does
    rf"\b(?:(?P<owner>owners?(?!')|sellers?(?!')|homeowners?|we(?:'ve|'re)?|i(?:'ve|'m)?|us|ownr"
    rf"|slr)|(?P<tenant>{TENANT})|(?P<nobody>nobody|no one|no-one|none)"
    r"|(?P<other>you|buyers?|people|residents?|neighbou?rs?|famil(?:y|ies)|friends?|guests?"
    r"|parents?|mother|father|mom|dad|son|sons|daughters?|brother|sister|uncle|aunt|grandm\w+"
    r"|grandf\w+|in-laws|agent|manager|investors?|artist|nurse|student|somebody|someone|anyone"
    r"|everyone|whoever|one|dogs?|cats?|horses?|owls?|deer|quail|folks|heirs?|it|she|he|house|home"
    r"|boat|rv|car|neighborhood|caretaker|builder|architect|ranchers?|children|kids|mayor|doctor"
    r"|teacher|musician|couple|famous))\b"
)
_NO_LONGER: Final = re.compile(
    r"\b(?:never|not|n't|no longer|used to|once|would|could|will|can|to|if|when|while|had|before"
    r"|was|were|who may|might|may|until (?:19|20)|nor|neither|without|moved|previous|prior|former"
    r"|late|past|first|loved|enjoyed|years ago)\b|n't\b"
)
_SINCE_LEFT: Final = re.compile(
    r"\b(?:moved (?:out|away|on)|(?:we|i|they|owners?|sellers?|have|has)(?: \w{3,8})? (?:moved"
    r"|left)|no longer|until (?:19|20)\d\d)\b"
)


def dwellers(remarks: Remarks) -> Iterator[Holding]:
    """The owner, a tenant or nobody, as said to live in the home."""
    if PERSONS.isdisjoint(remarks.words):
        return
    verbs = _VERBS | {"living"} if _LIVING.search(remarks.folded) else _VERBS
    for match in near_words(verbs, _MENTION, remarks, 50, 50):
        holder = match.lastgroup
        if holder == "other" or is_supposed(remarks, match.start()):
            continue
        if holder == "dwells":
            holder = _who_dwells(remarks, match)
        elif holder == "owner" and _has_left(remarks, match):
            continue
        if holder:
            yield Holding(holder, "home", match.span())


def _has_left(remarks: Remarks, match: re.Match[str]) -> bool:
    end = remarks.sentence(match.start())[1]
    return _SINCE_LEFT.search(remarks.folded, match.end(), end) is not None


def _who_dwells(remarks: Remarks, match: re.Match[str]) -> str | None:
    """The nearest subject before the verb, where it does so now."""
    folded, at = remarks.folded, match.start()
    start = remarks.sentence(at)[0]
    subject: re.Match[str] | None = None
    for earlier in _SUBJECT.finditer(folded, max(start, at - 120), at):
        subject = earlier
    if subject is None or subject.lastgroup == "other":
        return None
    between = folded[subject.end() : at]
    before = folded[max(start, subject.start() - 22) : subject.start()]
    verb = match.group().split(" ", 1)[0]
    if verb in ("lived", "resided", "occupied") and not re.search(
        r"\bha[sd]|have|'ve", f"{subject[0]}{between}"
    ):
        return None
    if _NO_LONGER.search(between) or _NO_LONGER.search(before) or len(between) > 100:
        return None
    if subject.lastgroup == "nobody":
        return "vacant"
    return None if _has_left(remarks, match) else subject.lastgroup
