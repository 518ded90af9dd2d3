"""Sale under special conditions: probate, short sale, bank-owned, foreclosure, auction.

The kind named first wins. An estate sale is none of them unless probate or a court is named. How
the seller once bought, what happens to neighbours, car and school auctions do not count. A denial
of one kind beside another kind is that other kind; beside the same kind, or a "traditional sale"
beside any, it is a contradiction, and not stated.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_KINDS: Final = {
    "short_sale": r"short~sales?|short pay",
    "reo": r"(?:bank|lender|fannie mae|freddie mac|hud|va|fha|government|fnma)~owned|reo|hud"
    r" (?:home|property|house|sale|listing|case)|hud #|hud~?case|owned by (?:the |a )?(?:bank"
    r"|lender"
    r"|hud|fannie mae|freddie mac)|home~?path(?: property)?|home~steps",
    "foreclosure": r"(?:pre~?)?foreclosures?|pre~?foreclosed|foreclosed|notice of default|n\.o\.d\."
    r"|trustee'?s?'? sale|foreclosing",
    "probate": r"probate",
    "auction": r"auctions?|auctioned",
}
_ANY: Final = f"(?:{'|'.join(_KINDS.values())})"

_ANCHOR: Final = re.compile(  # one of these is in every phrase below
    r"short[\s\-]{0,8}(?:sale|pay)|owned|\breo\b|\bhud\b|home[\s\-]{0,8}(?:path|steps)|foreclos"
    r"|default|n\.o"
    r"|\bnod\b|trustee|probate|auction|court|\bbid|traditional|(?:standard|regular|normal|length"
    r"|distressed|conventional)[\s\-]{1,8}sale"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:stop|avoid(?:s|ed)?|near|area|neighbou?rhood|nearby|other|many|few|like|homes in"
            r"|no"
            rf" more|beats?) {_ANY}"
            rf"|{_ANY}~(?:homes|listings|next door|in the (?:area|neighbou?rhood)|nearby"
            r"|on the street|prevention|attorney|fund|experts?)"
            r"|(?:bought|purchased|acquired|buy|picked up|got it|got|was|were|previous|former|after"
            r"|formerly|previously|once|prior|past|ex|been)"
            r" (?:[a-z]{1,9} ){0,4}?(?:at |as |in |from |an? |out of )?(?:an? |the )?"
            rf"(?:tax |bank |foreclosure |short )?{_ANY}"
            r"|(?:car|auto|school|charity|silent|barrett~?jackson|mecum|livestock|cattle|art|wine"
            r"|estate|horse|church|benefit|collector|manheim|antique|vehicle)"
            r" (?:car |auto )?auctions?|auction (?:house|barn|yard|company)",
        ),
        (
            "no",
            r"(?:this is )?(?:not|no|non|never|neither|isn't|and not|nor)(?: an?)?"
            r"(?: in)? "
            rf"(?P<denied>{_ANY}(?:(?:~[,/]~|,? (?:or|nor|and|no|not)) (?:(?:an?|no|or"
            r"|not) ){0,2}"
            rf"{_ANY}){{0,4}})",
        ),
        (
            "plain",
            r"(?:traditional|standard|regular|normal|arms? length|non distressed"
            r"|conventional) sales?"
            r"(?! price)|traditional (?:equity )?(?:seller|listing)",
        ),
        (
            "nod",
            r"nod (?:filed|recorded|issued|has|is|was|on file|property|status|sale|date)|in nod|nod"
            r"(?=~[.,;!)/])",
        ),
        (
            "probate",
            r"(?:estate |trust )?sale,? (?:[a-z]{1,10},? ){0,4}?(?:subject to |requires? |with "
            r"|needs )"
            r"court (?:confirmation|approval|order)"
            r"|(?:subject to|requires?|needs?|must (?:get|have)|pending|with"
            r"|no) (?:probate )?court "
            r"(?:confirmation|approval|supervision)|court (?:confirmation|approval)"
            r"(?: (?:is )?(?:required|needed))|probate",
        ),
        ("short_sale", rf"(?:approved |pre~approved |potential |possible )?{_KINDS['short_sale']}"),
        ("reo", _KINDS["reo"]),
        (
            "foreclosure",
            rf"(?:in |active |pending |facing |bank |going into |headed (?:to|for) |before )?"
            rf"(?:{_KINDS['foreclosure']})(?: sale| auction)?",
        ),
        (
            "auction",
            r"(?:sold|selling|sells?|sale|offered|offering|available|listed|conveyed|goes|going|up"
            r"|set|scheduled|being sold)(?: [a-z]{1,9}){0,4}? (?:at|by|via|through|in|for|to|on)"
            r" (?:an? |the )?(?:[a-z]{4,10} ){0,3}?auction"
            r"|(?:online|absolute|live|real estate|reserve|no~?reserve|public|estate|luxury|bank"
            r"|trustee|county|tax|property) auctions?"
            r"|(?:to|will) be auctioned(?: off)?|being auctioned(?: off)?"
            r"|auction (?:property|sale|event|date|starts|ends|begins|opens|terms|bidding|on|is"
            r"|will|listing|\d)|auction\.com|(?:opening|starting|minimum|reserve) bid"
            r"|bidding (?:starts|opens|ends|begins|closes)|(?:this is an|^|(?<=[.!*]\s))auction"
            r"(?=~[.!:*-])",
        ),
    ]
)


def sale_type(remarks: Remarks) -> Fact:
    first: dict[str, tuple[int, int]] = {}
    denied: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 100, 100):
        kind = "no" if match["denied"] else match.lastgroup or ""
        if kind == "no":
            denied |= {k: match.span() for k in _KINDS if _NAMED[k].search(match["denied"])}
        elif kind == "nod" and _is_a_nod(remarks, match):
            continue
        elif kind != "other":
            first.setdefault("foreclosure" if kind == "nod" else kind, match.span())
    plain = first.pop("plain", None)
    if not first:
        no = next(iter(denied.values()), plain)
        return remarks.fact("no", no) if no else NOT_STATED
    if plain or first.keys() & denied.keys():
        return NOT_STATED
    kind, span = next(iter(first.items()))
    return remarks.fact("yes", span, kind)


def _is_a_nod(remarks: Remarks, match: re.Match[str]) -> bool:
    """ "NOD" is a notice of default, "a nod" is not."""
    return "NOD" not in remarks.given[match.start() : match.end()]


_NAMED: Final = {kind: phrases([("x", words)]) for kind, words in _KINDS.items()}
