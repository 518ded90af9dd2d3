"""Rents of another time or another home: once, some day, after the work, on the market, next door.

Amounts and what they are of are `rent.py`'s.
"""

import re
from typing import Final

from phoenix_re.enrich.rules.tenancy import was_let
from phoenix_re.enrich.rules.text import Remarks, phrases

_NOT_NOW: Final = phrases(
    [
        (
            "x",
            r"could|can|may (?=be|bring|rent|go|get|produce|yield|command|fetch|earn)|might|should"
            r"|would|will(?! (?:stay|remain|continue))|potential(?:ly)?|possibl[ey]|pro~forma"
            r"|project\w{2,3}|estimat\w{1,4}|est\.?|anticipat\w{2,4}|expect\w{0,4}|easily|cheaper"
            r"|save|than|payments?|zestimate|comparables?|similar|comps|area|neighbou?r\w{0,6}"
            r"|nearby|others?|street|up to|prev\.?|previous(?:ly)?|former(?:ly)?|was|were"
            r"|last(?! day)|prior|past|used to|had|has been|have been|once|if|when|after|asking"
            r"|available|pet|lot|space|land|storage|slip|solar|deposit|hoa|association|assoc|park"
            r"|renovated|updated|(?<!below\s)(?<!below-)(?<!under\s)(?<!under-)market|for sale at"
            r"|priced|purchase|rent to own|next door|panels?|tank|propane|ground|furnitur\w{1,4}"
            r"|furnishings|per room|ability|capable|opportunity|qualif\w{2,5}|times|household"
            r"|applicants?|minimum",
        )
    ]
)
_NOT_NOW_AFTER: Final = phrases(
    [
        (
            "x",
            r"(?:qualif\w{2,5}|required|potential|possible|projected|market|pro~forma|deposit|once"
            r"|after|if|when|estimated|est|(?:back )?in (?:19|20)\d\d|last year|is possible"
            r"|for (?:alarm|utilities|water|electric|yard|pest))",
        )
    ]
)
_UNTIL_THEN: Final = re.compile(
    r"\s{0,8}(?:after|once|if|when|with (?:a few|some|minor) )"
)  # "remodeled, …"


def clause(remarks: Remarks, at: int) -> int:
    start = max(remarks.sentence(at)[0], at - 70)
    return max(start, remarks.folded.rfind(", ", start, at) + 1)


def is_not_now(remarks: Remarks, match: re.Match[str]) -> bool:
    folded, end = remarks.folded, match.end()
    after = _NOT_NOW_AFTER.search(folded, end, min(len(folded), end + 30))
    if match.lastgroup == "rented" and was_let(remarks, match):
        return True
    return bool(
        _NOT_NOW.search(folded, clause(remarks, match.start()), end)
        or _UNTIL_THEN.match(folded, remarks.sentence(match.start())[0])
        or (after and after.start() - end <= 3)
    )
