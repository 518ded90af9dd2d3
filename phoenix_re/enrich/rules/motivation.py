"""Seller motivation: why or how much the seller wants to sell, where the text says so.

A stated reason (estate, distress, relocation) beats urgency, which beats "motivated", which beats
"bring all offers". Distress is a short sale, a foreclosure or a lender that owns, as `sale_type.py`
reads them; an auction alone is none. Where a weaker one is said and single words hint at a reason
that is not understood, the value is left out. "Priced to sell" and price cuts are no motivation:
prices have their own history. Motivated buyers are not sellers. Divorce, age, health and family are
facts about people: never read.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import MOTIVATIONS, NOT_STATED, Fact
from phoenix_re.enrich.rules.motives import MOTIVES
from phoenix_re.enrich.rules.sale_type import SALE_WORDS, kinds_of_sale
from phoenix_re.enrich.rules.text import Remarks, phrases, word_set

# A text without any of these states no motivation.
WORDS: Final = SALE_WORDS.union(*(motive.words for motive in MOTIVES))

_OF_SOMEBODY_ELSE: Final = phrases(  # before it, in its sentence
    [
        (
            "x",
            r"(?:previous|prior|former|last|neighbou?rs?|if|are you|perfect for|ideal for|great for"
            r"|those|anyone|people|buyers?|tenants?|renters?|friends|doctor|professor|for (?:a|the"
            r"|your)|whether|when|you(?:'re)?|builder|not|never|isn't|aren't|wasn't|less than"
            r"|hardly)~(?:is |are |an? |the |owners? |sellers? |who |tenant ){0,3}$",
        )
    ]
)
_PAST: Final = phrases(
    [("x", r"(?:was|were|had been|in (?:19|20)\d\d|years ago|originally|until)~(?:very |once )?$")]
)
_DISTRESS: Final = ("short_sale", "reo", "foreclosure")
_HINTS: Final = word_set(
    "relocating relocation relocate relocated transfer transferred transfered tranfser pcs orders"
    " job jobs overseas abroad deployed reassigned heirs heir executor executrix probate"
)


def motivation(remarks: Remarks) -> Fact:
    found = _motives(remarks)
    if not SALE_WORDS.isdisjoint(remarks.words):
        _add_sale(remarks, found)
    reason = next((kind for kind in MOTIVATIONS if kind in found), None)
    if "no" in found:
        return NOT_STATED if reason else remarks.fact("no", found["no"])
    if reason is None:
        return NOT_STATED
    is_open = reason in ("urgency", "stated", "offers") and not _HINTS.isdisjoint(remarks.words)
    return remarks.fact("yes", found[reason], None if is_open else reason)


def _motives(remarks: Remarks) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for motive in MOTIVES:
        for match in motive.said(remarks):
            if match.lastgroup != "other" and not _is_anothers(remarks, match, motive.kind):
                found.setdefault(motive.kind, match.span())
    return found


def _is_anothers(remarks: Remarks, match: re.Match[str], kind: str) -> bool:
    """Whether it is said of somebody else, of the past, or only asked."""
    folded, at = remarks.folded, match.start()
    start, end = remarks.sentence(at)
    if folded[end - 1] == "?":
        return True
    if kind == "no":
        return False
    start = max(start, at - 40)
    if _OF_SOMEBODY_ELSE.search(folded, start, at):
        return True
    return kind == "estate" and bool(_PAST.search(folded, start, at))


def _add_sale(remarks: Remarks, found: dict[str, tuple[int, int]]) -> None:
    """What a sale under special conditions says of its motive."""
    kinds = kinds_of_sale(remarks)
    said = {k: s for k, s in kinds.said.items() if k not in kinds.denied}
    distress = [span for kind, span in said.items() if kind in _DISTRESS]
    if distress and not kinds.plain:
        found["distress"] = min(distress)
    if "probate" in said:
        found["estate"] = min(said["probate"], found.get("estate", said["probate"]))
    elif "estate" in found and "probate" in remarks.folded[slice(*found["estate"])]:
        del found["estate"]
