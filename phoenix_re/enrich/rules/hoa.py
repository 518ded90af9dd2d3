"""Owners' association: whether one is compulsory, and its fee as cents a month.

Each mention of an association, or of dues, is read with the words next to it: what denies it ("no
HOA", "HOA: none"), what leaves it open ("voluntary", "no mandatory HOA", "buyer to verify HOA"),
and the fee that known words link to it. A fee counts only with its period; "$175" alone leaves the
amount unsaid. Several associations, or several amounts, leave it unsaid too. "No HOA" beside a sign
of one is a contradiction, and not stated.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.fees import AMOUNT, PERIOD, PERIOD_BEFORE, monthly_cents
from phoenix_re.enrich.rules.text import Remarks, literal, pattern, phrases

_ASSOCIATION: Final = r"(?:assoc(?:iations?|n|\.)?|assn\.?)"
NAMES: Final = (  # of one that is compulsory unless the text says otherwise
    r"hoa(?:'?s)?|h\.o\.a\.?|(?:home~owner|house~owner|property~owner|co~owner|unit owner|owner"
    rf"|condo|condominium|townhome|townhouse|master)(?:s|'s|s')? {_ASSOCIATION}|[pc]oa(?:'s)?"
    r"|common interest community|condo~/?~hoa"
)
_WEAK: Final = (  # may be something else: only a fee, or what it does for the owners, tells
    r"(?:(?:monthly|annual|yearly|quarterly) )?(?:(?:community|neighbou?rhood|condo|hoa|regime"
    rf"|maintenance|common area) )?(?:dues|fees?)|(?:community |neighbou?rhood |village )?"
    rf"{_ASSOCIATION}|(?:regime|strata|co~op) fees?"
)
_STEMS_OF_WEAK: Final = r"(?:community|condo|regime|maintenance|common area|neighbou?rhood)"
_LEFT_WINDOW, _RIGHT_WINDOW = 130, 150  # characters; what is further away is of something else

_OPEN_LEFT: Final = pattern(
    r"(?:\b(?:voluntary|optional|non~mandatory|former|future|proposed|possible|potential|planned"
    r"|if|any|known|next door|nearby|neighbou?ring|adjacent|other|confirm|contact|check with|see"
    r"|about|no (?:mandatory|required|restrictive|strict|compulsory|formal|active|high|expensive)"
    r"|not (?:an?|the)|nor an?|like an?|taxes,?|approx\w*)|(?!year|month"
    r"|quarter)[a-z]{2,14}'s)[\s,:/&]{1,3}(?:(?:the|an?|and|or) )?(?:(?:high|monthly) )?$"
)
_DISCLAIMED: Final = pattern(r"\b(?:verif|not limited to|independently|due diligence)")
_OTHERS: Final = pattern(r"\b(?:next door|neighbou?r(?:'s|s')? |neighbou?ring|across the street)")
_CLUB: Final = pattern(
    r"\b(?:club|golf|membership|gym|swim|tennis|yacht|country|water|irrigation|union|social"
    r"|slip|marina|realtors?|improvement|credit|past|back|delinquent|unpaid|no|special|transfer"
    r"|capital|setup|set up|disclosure|application|road)[\s\-]{1,2}(?:association |club )?$"
)
_OPEN_RIGHT: Final = pattern(
    r"(?:'s)?(?: (?:dues|fees?|membership))?,?(?: (?:which|that|here|and it))?(?: is| are|'s| was"
    r"| were| has been)?"
    r"(?: (?:purely|strictly|entirely|completely|totally|fully|wholly|only))? ?\(?"
    r"(?:voluntary|optional|not (?:mandatory|required|compulsory)|being (?:formed|dissolved)"
    r"|dissolved|disbanded|defunct|inactive|unknown|to be verified|to verify|if (?:any|applicable)"
    r"|tbd|president|board (?:member|president))"
)
_NEVER: Final = (
    r"(?:no|zero|without|w/o|w/out|sans|minus|lacks?|free (?:of|from)|neither|nor|never (?:had|been"
    r"|been"
    r" (?:in|part of))|not (?:in|part of|a part of|governed by|under|subject to|within|bound by"
    r"|belong to|inside|have|in any|an)|isn't(?: in| part of| under| governed by| subject to)?"
    r"|aren't (?:in|part of|under)|outside(?: of)?|no such thing as|don't have|doesn't have"
    r"|doesn't belong to|does not have|does not belong to|there is not|there's not|won't find"
    r"|nor is there|nor any|unencumbered by|exempt from|not an? (?:hint|trace|whiff|sign|shred) of)"
)
_ADJECTIVES: Final = (
    r"(?:(?:an?|any|the|single|pesky|stinkin\w{0,2}|darn|nosy|dreaded|annoying|bossy|meddling"
    r"|monthly|annual|yearly|costly|city|such) ){0,2}"
)
_DENIED_LEFT: Final = pattern(
    rf"\b{_NEVER}[\s\-]{{1,3}}{_ADJECTIVES}$"
    r"|\b(?:no|without|neither|zero) (?:[\w/'&]{1,12} ){0,2}[\w/'&]{1,14}"
    r"(?:, (?:no )?(?:[\w/'&]{1,12} ){0,2}[\w/'&]{1,14}){0,4},? (?:or|nor) (?:an? )?$"
)
_LIST_LEFT: Final = pattern(r"\b(?:no|without) (?:(?:[\w/'&]{1,12} ){0,2}[\w/'&]{1,14},? ){1,4}$")
_LIST_RIGHT: Final = pattern(r"(?: fees?| dues)?,? (?:or|nor) ")
_NOT_DENIED_RIGHT: Final = pattern(  # "no HOA approval", "no HOA until 2026"
    r" (?:(?:fees?|dues) )?(?:restrict|rules?\b|approv|special|assess|transfer|rental|lease|leas"
    r"|minimum|limit|violat|increase|issue|meeting|litigat|pending|prohib|until|yet\b|for (?:the|a"
    r"|one|first|\d)|info|doc|managem|age\b|pool|amenit|debt|lien|due\b|cap\b|currently|at this"
    r"|this year|that (?:restrict|limit|prohibit|tells|will|can)|objection|hassles? with"
    r"|is (?:mandatory|required)|contact|to be)"
)
_NONE_RIGHT: Final = pattern(
    r"(?:'s)?(?: fees?| dues)?(?: is| are)?[\s:\-=(?–]{1,4}(?:(?:none|zero|nope|nada|n/?a|not"
    r" applicable|non~existent|not one|\$?0(?:\.00)?)(?![\d,.]\d| percent|%)\b"
    r"|no?(?=\s{0,2}(?:[.,;!|*•"
    r"\n)>]|$)))| free\b|(?: here)? (?:does not|doesn't) exist|, there is none|, none\b"
)

_LINK_WORDS: Final = (
    r"fees?|dues|is|are|was|runs?|of|at|only|just|about|approximately|approx|around|roughly"
    r"|currently"
    r"|presently|now|the|an?|totals?|totall?ing|costs?|charges?|collects?|levies|levied|assesses"
    r"|assessments?"
    r"|assessed|asks|bills|billed|low|very|modest|reasonable|affordable|small|tiny|mere|cheap|paid"
    r"|pays?|payable|due|comes?|to|in|with|for|which|it|they|but|yes|mandatory|required|compulsory"
    r"|regular|base|stands?|sits?|went|up|down|went|went|set|stay|stays|remain|remains|monthly"
    r"|quarterly|annual"
    r"|annually|yearly|semi~annual|amount|rate|'s|per|month|year|quarter|plus|still|under|all~in"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|20\d\d|this|owners?|each|everyone|every|one|membership|fee|not|the|us|goes|go|does|has|have"
    r"|keeps?|low"
    r"|minimal|nominal|budget|friendly|great|as|well|run|managed|community|hoa|poa|assoc(?:iation)?"
    r"|that|subject|and|our|we|you|i|will|be|been|once|master|gated"
)
_LINK: Final = (
    rf"(?:[\s:(),@=~/\-]{{1,4}}(?:{_LINK_WORDS})(?![a-z0-9])\.?){{0,9}}[\s:(),@=~/\-]{{0,5}}"
)
_COVERS: Final = (
    r"(?:[\s,(]{1,3}(?:includes?|covers?|maintains?|including|covering|incl\.?|takes care of|pays"
    r"(?: for)?)[^.$;!?\d]{3,90}?[\s,)]{1,3}(?:for|at|and (?:is|are|runs?|costs?)|is|are)"
    r"(?: (?:only|just|about|a|low))?[\s:]{1,2})"
)
_CHARGES: Final = (
    r"[^$!?]{1,110}?\b(?:charges?|levies|collects?|bills?|assesses|asks?)"
    r"(?: (?:only|just|about|us|owners|each|every|home|unit|a|modest|low|fees?|dues|of|roughly))"
    r"{0,4}[\s:]{1,2}"
)
_THEY_CHARGE: Final = pattern(
    r" ?(?:they|it|which|who) (?:charges?|collects?|bills?|asks?|levy|levies)"
)
_FEE_RIGHT: Final = pattern(
    rf"(?P<via>{_LINK}|{_COVERS}|{_CHARGES})(?P<amount>{AMOUNT})(?P<range>~(?:-|to|or|and)~\$\d)?"
    + rf"(?P<period>{PERIOD})?"
)
_FEE_LEFT: Final = pattern(
    rf"(?P<amount>{AMOUNT})(?P<period>{PERIOD})?[\s,)/\-]{{0,4}}(?:(?:for|to|in|toward|towards|goes"
    rf"|fees?|that"
    r"|go|pays?|buys|covers?|is|are|the|an?|low|total|mandatory|required|of|as|master|our|monthly"
    r"|quarterly|annual|yearly|paid|due|owed|property|home|your|through)[\s:(\-]{1,2}){0,5}$"
)
_PERIOD_AFTER_NAME: Final = pattern(
    rf"(?: fees?| dues)?[\s(]{{1,3}}(?P<period>{PERIOD_BEFORE})(?:[\s).,;]|$)"
)
_BLOCKED: Final = pattern(  # money that is not the association's, between it and the amount
    r"\b(?:tax(?:es)?|rent\w*|leas\w+|tenant\w*|landlord|transfer|special|capital|deposit|solar"
    r"|loan"
    r"|mortgage|payment|club|golf|gross\w*|income|earn\w*|fine\w*|interest|sid|lid|cdd|mud|garage"
    r"|storage|slip|not (?:charge|collect|bill|ask|levy))\b"
)
_OTHERS_TOO: Final = pattern(
    r"\s{0,2}(?:,|plus|and|\+|&)(?:(?!tax|insur|util)[^.;]){0,30}?\$\d[\d,]*~(?:/|per |a |each "
    r"|every )?~(?:mo|qu|q\b"
    r"|yr|year|ann)|[^.;]{0,50}(?:\bplus\b|\band\b|\banother\b|\bsecond\b|\balso\b"
    r"|\+)[^.;]{0,40}(?:\b(?:master"
    r"|sub"
    r"|club|association|village|hoa|gate|dues)\b[^.;]{0,20}\$\d|\$\d[^.;]{0,30}\b(?:master|sub|club"
    r"|association|village|hoa|gate|dues)\b)"
)
_SEVERAL: Final = phrases(
    [
        (
            "x",
            r"(?:two|2|both|2nd|second|master|sub|multiple) (?:hoas?|associations?)|master (?:plan"
            r" )?(?:fees?|dues)|sub~association|each hoa",
        )
    ]
)
_BEFORE: Final = pattern(
    r"\b(?:low|lower|lowest|cheap|reasonable|small|tiny|modest|affordable|great|wonderful|active"
    r"|strong|strict|well run|well managed|well funded|mandatory|compulsory|required|gated|minimal"
    r"|there is an|there's an|has an?|have an?|included in(?: the)?|by the|in the|in an?|in|the|our"
    r"|an?|under an?|under the|part of an?|part of the|subject to(?: an?| the)?|with an?|with|pays?"
    r"|pays the|by the|this|per|monthly|annual|quarterly|yearly|membership in(?: the)?"
    r"|your)[\s\-:]{1,2}$"
)
_DOES: Final = pattern(
    r"(?:'s)? (?:(?:also|even|here|now|just|recently|already|currently|itself) )?(?:fees?|dues"
    r"|rates?|pools?|amenit\w{1,4}|includ\w{1,3}|covers?|cover\w{0,3}|maint\w{0,9}|tak(?:es"
    r"|ing) care"
    r"|pays|is (?:responsible|mandatory|compulsory|required|well|strict|low|very|great)|responsible"
    r"|membership|landscap\w{3,4}|provides|features|offers|does|requires?|mows|handles|keeps|looks"
    r"|replaced|replaces|repaints?|repaired|painted|insures|plows|owns|manages|allows?|permits|will"
    r"|would|rules|rental cap|restrictions|approval|documents|docs|charges|collects|levies|bills"
    r"|applies|apply"
    r"|community|neighbou?rhood|park|playground|spa|clubhouse|water|prohibits|forbids|bans|limits"
    r"|caps|took|put|paid|installed|re~roofed|resurfaced|has|redid|runs|dues|maintained)\b"
)
_DOES_FOR_OWNERS: Final = pattern(
    r" (?:(?:also|even|recently|just|already) )?(?:(?:fees?|dues) )?(?:covers?|maintains|takes"
    r" care|pays|handles|insures|includes?|provides|mows|replaced|replaces|plows|charges|keeps up"
    r"|painted|is (?:responsible|mandatory|compulsory)|will (?:pay|replace|be brought)|repaired)\b"
)
_MONEY_ALONE: Final = pattern(
    rf"[\s:(\-]{{0,3}}(?:is |fee |fees |dues |only |just ){{0,3}}{AMOUNT}"
)


class _Mention(NamedTuple):
    kind: str  # "no", "yes" or "fee"
    span: tuple[int, int]
    cents: int | None = None


def hoa(remarks: Remarks, local_names: tuple[str, ...] = ()) -> Fact:
    """`local_names`: a market's other names of an association, cleaned."""
    first: dict[str, tuple[int, int]] = {}
    fees: dict[int, tuple[int, int]] = {}
    is_several = _SEVERAL.search(remarks.folded)
    for name in _names(local_names).finditer(remarks.folded):
        said = _read(remarks, name)
        if said is None:
            continue
        first.setdefault(said.kind, said.span)
        if said.kind == "fee":
            fees.setdefault(said.cents or 0, said.span)
    there = first.get("fee") or first.get("yes")
    if "no" in first:
        return NOT_STATED if there else remarks.fact("no", first["no"])
    if there is None:
        return remarks.fact("yes", is_several.span()) if is_several else NOT_STATED
    if len(fees) == 1 and not is_several:
        cents, span = fees.popitem()
        return remarks.fact("yes", span, cents if 0 < cents <= 2_000_000 else None)
    return remarks.fact("yes", there)


@lru_cache(maxsize=64)
def _names(local_names: tuple[str, ...]) -> re.Pattern[str]:
    strong = "|".join([NAMES, *(literal(name) for name in local_names)])
    return phrases([("strong", strong), ("weak", _WEAK)])


def _read(remarks: Remarks, name: re.Match[str]) -> _Mention | None:
    """What the words around one mention say."""
    folded, (start, end) = remarks.folded, name.span()
    low, high = remarks.sentence(start)[0], remarks.sentence(end - (folded[end - 1] != "."))[1]
    if folded[high - 1] == ";" and _THEY_CHARGE.match(folded, high):
        high = remarks.sentence(high)[1]
    left = folded[max(low, start - _LEFT_WINDOW) : start]
    right = folded[end : min(high, end + _RIGHT_WINDOW)]
    is_strong = name.lastgroup == "strong"
    if "voluntar" in left or "voluntar" in right or _OPEN_RIGHT.match(right):
        return None
    denied = _denied(folded, name, left, right)
    if denied is not None:
        return denied if denied.kind == "no" and not _is_a_fee(name) else None
    if (_CLUB.search(left) and not is_strong) or _OTHERS.search(left):
        return None
    fee = _fee(name, left, right)
    if fee is not None:
        return fee
    if _OPEN_LEFT.search(left) or _DISCLAIMED.search(left):
        return None
    if not is_strong:
        tells = _is_a_fee(name) is False and _DOES_FOR_OWNERS.match(right)
        return _Mention("yes", (start, end + tells.end())) if tells else None
    does = _DOES.match(right) or _MONEY_ALONE.match(right)
    if does is not None:
        return _Mention("yes", (start, end + does.end()))
    before = _BEFORE.search(left)
    return _Mention("yes", (start - len(before.group()), end)) if before else None


def _is_a_fee(name: re.Match[str]) -> bool:
    """ "Dues" alone, of whomever: without any there may still be an association."""
    return name.lastgroup == "weak" and name.group().endswith(("dues", "fee", "fees"))


def _denied(folded: str, name: re.Match[str], left: str, right: str) -> _Mention | None:
    """ "No HOA"; of kind "open" where what follows takes it back: "no HOA approval"."""
    start, end = name.span()
    none = _NONE_RIGHT.match(right) or _NONE_RIGHT.match(folded[end : end + 16])
    if none is not None:
        return _Mention("no", (start, end + none.end()))
    before = _DENIED_LEFT.search(left)
    if before is None and _LIST_RIGHT.match(right):
        before = _LIST_LEFT.search(left)
    if before is None:
        return None
    if _NOT_DENIED_RIGHT.match(right):
        return _Mention("open", (start, end))
    fees = re.match(r" (?:fees?|dues)\b", right)
    return _Mention("no", (start - len(left) + before.start(), end + (fees.end() if fees else 0)))


def _fee(name: re.Match[str], left: str, right: str) -> _Mention | None:
    """The fee after or before the name, where known words alone stand between."""
    start, end = name.span()
    after = _FEE_RIGHT.match(right)
    if after is not None and not _BLOCKED.search(after["via"]):
        period = after["period"] or _period_near(name, left, right, after)
        spoken = after["amount"]
        if period and not after["range"]:
            begin = start - (len(period) + 1 if left.endswith(period + " ") else 0)
            cents = 0 if _OTHERS_TOO.match(right, after.end()) else monthly_cents(spoken, period)
            return _Mention("fee", (begin, end + after.end()), cents)
        return _Mention("yes", (start, end + after.end())) if _is_money(spoken) else None
    before = _FEE_LEFT.search(left)
    if before is not None and (before["period"] or _is_money(before["amount"])):
        after_name = _PERIOD_AFTER_NAME.match(right)
        period = before["period"] or (after_name["period"] if after_name else "")
        begin = start - len(left) + before.start()
        close = end + (after_name.end() if after_name and not before["period"] else 0)
        if not re.search("[1-9a-z]", before["amount"]):
            return _Mention("no", (begin, close))
        if not period:
            return _Mention("yes", (begin, end))
        return _Mention("fee", (begin, close), monthly_cents(before["amount"], period))
    return None


def _period_near(name: re.Match[str], left: str, right: str, after: re.Match[str]) -> str:
    """The period that stands elsewhere than behind the amount: "monthly HOA of $312"."""
    behind = _LATE_PERIOD.match(right, after.end())
    if behind is not None:
        return behind["period"] or behind["p2"] or behind["p3"]
    within = _EARLY_PERIOD.search(name.group() + after["via"])
    if within is not None:
        return within.group()
    before = re.search(rf"(?:{PERIOD_BEFORE})(?=[\s\-]$)", left)
    return before.group() if before else ""


_LATE_PERIOD: Final = pattern(
    rf" (?:from|per|for) (?:each |every )?(?:owner|home|unit|lot"
    rf"|household) (?P<p3>{PERIOD_BEFORE})\b"
    rf"|[^.;$]{{0,25}}\b(?:billed|paid|payable|due|collected|charged)[\s(]{{1,2}}"
    rf"(?P<period>{PERIOD_BEFORE}|(?:by the|each|every) (?:month|quarter|year))\b"
    rf"|[\s(,]{{1,3}}(?P<p2>{PERIOD_BEFORE})\b"
)
_EARLY_PERIOD: Final = pattern(rf"\b(?:{PERIOD_BEFORE})\b")


def _is_money(amount: str) -> bool:
    return "$" in amount or "dollar" in amount or "buck" in amount
