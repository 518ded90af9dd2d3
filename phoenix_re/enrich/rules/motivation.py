"""Seller motivation: why or how much the seller wants to sell, where the text says so.

A stated reason (estate, distress, relocation) beats urgency, which beats "motivated", which beats
"bring all offers". "Priced to sell" and price cuts are no motivation: prices have their own
history. Motivated buyers are not sellers. Divorce, age, health and family are facts about people:
never read.
"""

from typing import Final

from phoenix_re.enrich.facts import MOTIVATIONS, NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

_SELLER: Final = r"(?:sellers?|owners?)"
_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:not an?|no|non|never an?|not|as an?|was an?|previous|former|after) "
            r"(?:short sale|foreclosure|estate sale|probate|reo|bank owned)(?: sale)?"
            r"|(?:foreclosure|short sale|probate|reo)s? (?:homes|listings|next door)"
            r"|(?:deadline|due|review\w{0,3}|reviewing|submit|response|on|any|present\w{0,3})"
            r" <gap>all offers|all offers (?:due|will|must|to be|by|are|reviewed|should|submitted)",
        ),
        (
            "no",
            rf"{_SELLER} (?:is |are )?(?:in no (?:hurry|rush)|not (?:motivated|in a (?:hurry"
            rf"|rush)))",
        ),
        ("estate", r"estate sale|probate(?: sale| listing)?"),
        (
            "distress",
            r"short sale|bank owned|foreclosure (?:sale|offered|fixer|property|home)"
            r"|(?:this is a|pre) foreclosure|reo (?:property|sale)|lender owned",
        ),
        (
            "relocation",
            rf"{_SELLER} (?:is |are |has |have |had |will be "
            rf"|being )?(?:\w{{2,9}} ){{0,8}}?relocat(?:ing|ed)"
            rf"|(?:due to|because of)(?: an?)? (?:job )?relocation|relocation sale|job (?:transfer"
            rf"|relocation) forces|{_SELLER} relocat(?:ing|ed|ion)",
        ),
        (
            "urgency",
            r"must sell(?! (?:or|to|with|together))|needs? to sell (?:fast|quickly|now)"
            r"|must (?:be sold|go) (?:now|fast|quickly)"
            r"|(?:priced|reduced)(?: [a-z]{2,8}){0,5} for (?:a )?(?:quick|fast) (?:sale|close"
            r"|closing)",
        ),
        (
            "stated",
            rf"(?:very |highly |extremely |super |truly )?motivated {_SELLER}"
            rf"|{_SELLER} (?:is |are )?(?:very |highly |extremely |super |truly )?motivated",
        ),
        (
            "offers",
            r"bring (?:us )?(?:(?:all|any|your|an|reasonable|best) ){1,3}offers?|bring offers"
            r"|considering all offers"
            r"|all (?:reasonable )?offers (?:considered|welcome)"
            r"|will (?:look at|consider) (?:all|any) offers",
        ),
    ]
)


def motivation(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in _MENTION.finditer(remarks.folded):
        found.setdefault(match.lastgroup or "", match.span())
    reason = next((kind for kind in MOTIVATIONS if kind in found), None)
    if "no" in found:
        return NOT_STATED if reason else remarks.fact("no", found["no"])
    return remarks.fact("yes", found[reason], reason) if reason else NOT_STATED
