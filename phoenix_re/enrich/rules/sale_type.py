"""Sale under special conditions: probate, short sale, bank-owned, foreclosure, auction.

The kind named first wins. An estate sale is none of them unless probate or a court is named. How
the seller once bought, what happened years ago or to neighbours, car and school auctions do not
count. A denial of one kind beside another kind is that other kind; beside the same kind, or a
"traditional sale" beside any, it is a contradiction, and not stated.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

Span = tuple[int, int]

_LENDER: Final = (
    r"(?:bank|lender|lndr|bnk|fannie mae|freddie mac|hud|va|fha|government|gov't|fnma|credit union"
    r"|mortgagee|mortgage company|servicer|investor)"
)
_KINDS: Final = {
    "short_sale": r"short~sales?|short~pay(?:~offs?)?|short pay~?offs?|shrt~sale",
    "reo": r"(?:bank|lender|lndr|bnk|fannie mae|freddie mac|hud|va|fha|government|gov't|fnma"
    r"|credit union|mortgagee|servicer)~/?~owned|reo|hud (?:home|property|house|sale|listing|case)"
    r"|hud #|hud~?case|(?:now )?owned (?:now )?by (?:the |a |an )?(?:[a-z]{4,9} )?(?:bank|lender"
    r"|mortgage company|hud|fannie mae|freddie mac|credit union|va|government|mortgagee"
    r"|loan servicer)|home~?path(?: property)?|home~steps|repo(?:ssess(?:ed|ion))?(?: by (?:the "
    r"|a )?(?:bank|lender|lndr|credit union)| property| home| house)|(?:bank|lender) repo",
    "foreclosure": r"(?:pre~?)?foreclosures?|pre~?foreclosed|foreclosed|notice of default|n\.o\.d\."
    r"|trustee'?s?'? (?:sale|auction)|foreclosing|sheriff'?s?'? sale",
    "probate": r"probate",
    "auction": r"auctions?|auctioned",
}
_ANY: Final = f"(?:{'|'.join(_KINDS.values())}|distressed(?: sale| property)?|distress sale)"
_DENIED: Final = f"(?:{_ANY[3:-1]}|ss)"  # "SS" is a short sale only where it is denied
_PLAIN: Final = (
    r"(?:traditional|standard|regular|normal|arms? length|arm's length|non distressed|ordinary"
    r"|equity|conventional|straightforward|non~distress(?:ed)?)"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:stop|avoid(?:s|ed|ing)?|near|area|neighbou?rhood|nearby|other|many|few|like"
            r"|homes in"
            rf"|no more|beats?|prevents?|before|instead of|talk of(?: an?| a quick)?|rumou?rs? of"
            rf"|unlike(?: an?)?) {_ANY}|{_ANY}~(?:homes|listings|next door|in the (?:area"
            rf"|neighbou?rhood)|nearby"
            r"|on the street|prevention|attorney|fund|experts?|specialist|rescue|crisis|comps?)"
            r"|(?:bought|purchased|acquired|buy|picked up|got it|got|was|were|previous|prev|former"
            r"|after|formerly|previously|once|prior|past|ex|been|won|came|history of|had an?"
            r"|after an?|after the) (?:[a-z]{1,9} ){0,4}?(?:at |as |in |from |an? |out of )?(?:an? "
            r"|the )?"
            rf"(?:tax |bank |foreclosure |short )?{_ANY}|{_ANY}(?: (?:sale|asset|home|house"
            rf"|property))?,? (?:in|of|from|back in|until) (?:the )?(?:(?:19|20)\d\d|(?:nineties"
            rf"|eighties|seventies"
            r"|recession|crash|downturn)|(?:fall|spring|summer|winter) of)"
            rf"|{_ANY} (?:<gap>)(?:years?|decades?) ago|{_ANY} (?:last|the year before) ?(?:year"
            rf"|winter|spring|summer|fall|decade)?"
            r"|(?:car|auto|school|charity|silent|barrett~?jackson|mecum|livestock|cattle|art|wine"
            r"|estate|horse|church|benefit|collector|manheim|antique|vehicle|fish|farm|cake|pta"
            r"|storage) (?:car |auto )?auctions?|auction (?:house|barn|yard|company|items?|paddles?"
            r"|finds?)|not? an? hud|court(?:yard|house)?s? (?:is|are) not involved",
        ),
        (
            "no",
            r"(?:this is |it is |it's )?(?:not|no|non|never|neither|isn't|and not|nor"
            r"|ain't)(?: (?:an?|in|any|bank|being|under|facing|a distressed|subject to|part of an?"
            r"|one of those)){0,3}[\s\-]{1,3}"
            rf"(?P<denied>{_DENIED}(?:(?:~[,/&]~|,? (?:or|nor|and|no|not) )(?:(?:an?|no|or"
            r"|not|non|any|in|and|bank) ){0,3}"
            rf"{_DENIED}){{0,4}})(?! (?:approval|knowledge|experience|fees?|pressure))",
        ),
        (
            "plain",
            rf"{_PLAIN} (?:equity |private |arms length )?(?:sales?|sellers?|listing|transaction)"
            r"(?! (?:of (?!an? )|price|prices|tax))(?!s tax)|special (?:listing "
            r")?cond\w{0,7}~[:=]~(?:standard|none|n/a|not applicable)",
        ),
        (
            "nod",
            r"nod (?:filed|recorded|issued|has|is|was|on file|property|status|sale|date)|in nod"
            r"|nod(?=~[.,;!)/])",
        ),
        (
            "probate",
            r"(?:estate |trust )?sale,? (?:[a-z]{1,10},? ){0,4}?(?:subject to |requires? |with "
            r"|needs )court (?:confirmation|approval|order)|(?:subject to|requires?|needs?"
            r"|must (?:get|have)|pending|with|no) (?:probate )?court (?:confirmation|approval"
            r"|supervision)|court~(?:confirmation|approval|supervised|confirmed)(?: (?:is "
            r"|may be )?(?:required|needed)| (?:sale|estate|probate)(?: sale)?)"
            r"|court~ordered (?:estate|probate|conservatorship)(?: sale)?|probate",
        ),
        (
            "short_sale",
            rf"(?:approved |pre~approved |potential |possible )?(?:{_KINDS['short_sale']})"
            r"|(?:bank|lender|servicer|lienholder)s? (?:has |have )?(?:agreed|approved|accepts?"
            r"|agreeing)(?: to)?(?: [a-z]{1,9}){0,3} (?:less than (?:is |what is )?owed|a short)",
        ),
        (
            "reo",
            rf"(?:{_KINDS['reo']})(?! (?:land|forest|parcel|lots?|park|vice|manager|employee"
            rf"|president))|(?:owner of record|seller|owner) (?:of record )?is (?:now )?(?:an? "
            rf"|the )?(?:[a-z]{{4,10}} ){{0,2}}(?:bank|lender|credit union|mortgage company|hud"
            rf"|fannie mae|freddie mac|mortgagee)(?! (?:employee|manager))"
            rf"|(?:the )?{_LENDER} (?:now owns|owns (?:it|the|this)|took (?:it|the (?:home|house"
            rf"|property)|title|this (?:home|house)|possession)"
            r"|has taken (?:it|title)|foreclosed and)",
        ),
        (
            "foreclosure",
            rf"(?:in |active |pending |facing |bank |going into |headed (?:to|for) "
            rf"|started )?(?:{_KINDS['foreclosure']})(?: sale| auction)?",
        ),
        (
            "auction",
            r"(?:sold|selling|sells?|sale|offered|offering|available|listed|conveyed|goes|going|up"
            r"|set|scheduled|being sold|crosses)(?: [a-z]{1,9}){0,4}? (?:at|by|via|through|in|for"
            r"|to|on) (?:an? |the )?(?:[a-z]{4,10}~){0,3}?auction(?! (?:can|may|could)|, (?:bring"
            r"|make|call))|(?:crosses|on|across|over) the auction block|auction block|(?:online"
            r"|absolute|live|real estate|reserve|no~?reserve|public|estate|luxury|bank|sealed~?bid"
            r"|trustee|county|tax|property|timed|reserve) auctions?|(?:to"
            r"|will) be auctioned(?: off)?|being auctioned(?: off)?|auctioned (?:off )?(?:on|by"
            r"|to the)|auction (?:property|sale|event|date|starts|ends|begins|opens|terms|bidding"
            r"|on|will|listing|closes|\d)|auction is (?:on|set|scheduled|online|absolute|open|live"
            r"|subject|with|\d)|auction\.com|(?:opening|starting|minimum|reserve) bid"
            r"|(?:online )?bidding (?:starts|opens|ends|begins|closes|is open)|bids (?:close|open"
            r"|are due|due by)|(?:this is an|^|(?<=[.!*•>]\s))auction(?=~[.,!:*-])",
        ),
    ]
)
_NOT_OF_THIS_SALE: Final = phrases(  # before a mention, in its clause
    [
        (
            "x",
            r"bought|purchased|acquired|won|picked (?:it )?up|was|were|had|had been|formerly"
            r"|previously|prev|previous|former|once|years ago|used to|(?:in|of|since) (?:19|20)\d\d"
            r"|next door|neighbou?r(?:s|'s)?|nearby|down the (?:street|road|block)|across (?:the"
            r"|from)|similar|comps?|comparables?|other|behind (?:us|it|the|this)|before|never"
            r"|rescued|redeemed|saved|came out of|survived|chain of title|history|could|might"
            r"|may become|would|if|friends?|brother'?s|cousin'?s|avoid|prevent|skip|forget|tired of"
            r"|mural|painting|piano|chandelier|stove|bar|back~bar|bench|doors?|mantel",
        )
    ]
)
_ENDED: Final = phrases(  # after one
    [
        (
            "x",
            r"(?:[a-z]{2,9} ){0,3}?(?:years? ago|in (?:19|20)\d\d|of (?:19|20)\d\d|appears in"
            r"|is (?:not|over|closed|behind)|was (?:cancelled|canceled|dismissed|denied|closed"
            r"|completed)|has (?:closed|ended|been (?:closed|completed|dismissed|cured))"
            r"|fell through|next door|down the street|is complete)",
        )
    ]
)


# Without one of these words no kind is named.
SALE_WORDS: Final = word_set(
    "short shrt owned reo hud homepath homesteps path steps preforeclosure preforeclosed"
    " foreclosure foreclosures foreclosed foreclosing default nod trustee trustees sheriff"
    " sheriffs probate auction auctions auctioned court bid bids bidding traditional standard"
    " regular normal ordinary equity straightforward conventional distressed distress bank lender"
    " union arm arms repo repossessed repossession"
)


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of sale that a text says this one is, or is not, each with its first place."""

    said: dict[str, Span] = field(default_factory=dict[str, Span])
    denied: dict[str, Span] = field(default_factory=dict[str, Span])
    plain: Span | None = None


def sale_type(remarks: Remarks) -> Fact:
    kinds = kinds_of_sale(remarks)
    if not kinds.said:
        no = next(iter(kinds.denied.values()), kinds.plain)
        return remarks.fact("no", no) if no else NOT_STATED
    if kinds.plain or kinds.said.keys() & kinds.denied.keys():
        return NOT_STATED
    kind, span = next(iter(kinds.said.items()))
    return remarks.fact("yes", span, kind)


def kinds_of_sale(remarks: Remarks) -> Kinds:
    kinds = Kinds()
    plain = None
    for match in near_words(SALE_WORDS, _MENTION, remarks, 90, 70):
        kind = "no" if match["denied"] else match.lastgroup or ""
        if kind == "no":
            kinds.denied.update(
                {k: match.span() for k in _NAMED if _NAMED[k].search(match["denied"])}
            )
        elif kind == "plain":
            plain = plain or match.span()
        elif kind == "other" or (kind == "nod" and _is_a_nod(remarks, match)):
            continue
        elif not _is_of_another_sale(remarks, match):
            kinds.said.setdefault("foreclosure" if kind == "nod" else kind, match.span())
    return Kinds(kinds.said, kinds.denied, plain)


def _is_of_another_sale(remarks: Remarks, match: re.Match[str]) -> bool:
    folded, at = remarks.folded, match.start()
    start, end = remarks.sentence(at)
    clause = max(start, at - 90, folded.rfind(", ", 0, at) + 1, folded.rfind(" but ", 0, at) + 4)
    if _NOT_OF_THIS_SALE.search(folded, clause, at):
        return True
    return _ENDED.match(folded, match.end() + 1, min(end, match.end() + 50)) is not None


def _is_a_nod(remarks: Remarks, match: re.Match[str]) -> bool:
    """ "NOD" is a notice of default, "a nod" is not."""
    return "NOD" not in remarks.given[match.start() : match.end()]


_NAMED: Final = {kind: phrases([("x", words)]) for kind, words in _KINDS.items()} | {
    "ss": phrases([("x", "ss")]),
    "distress": phrases([("x", "distress(?:ed)?")]),
}
