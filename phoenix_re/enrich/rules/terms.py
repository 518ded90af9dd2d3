"""Terms of the sale that the seller offers or demands: loans to assume, carrying, exchange, cash.

Ordinary loans (FHA, VA, conventional) are no terms worth a word. A solar lease to be assumed is no
loan; cash flow, and cash beside other financing, demands no cash. What is refused ("owner will not
carry") is not offered. Buying "subject to" the old loan is no assumption, and left alone.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.evidence import together
from phoenix_re.enrich.rules.text import Remarks, phrases

_OWNER: Final = r"(?:owners?|sellers?)"
_LOAN: Final = (
    r"(?:(?:(?:va|fha|existing|current|low|great|interest|home|seller'?s?|owner'?s?|first|1st|their"
    r"|rate|fixed|30 year|30~yr|a|\d\.\d{1,3}~%|\d~%|new) ){0,5}"
    r"(?:loans?|mortgages?|interest rates?|rate|financing|va|fha|note|\d\.\d{1,3}~%|\d~%))"
)
_FINANCE: Final = r"(?:financ(?:e|es|ing)|carry(?:ing|~back)?|carries)"

_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:no|not|never|without|non) (?:an? |offering |accepting |considering |interested in"
            rf" |any |open to )?(?:{_OWNER} {_FINANCE}|assumable|assumption|lease (?:to own"
            r"|options?|purchase)|rent to own|1031|owc|cash only|wrap)"
            rf"|{_OWNER} (?:will not|won't|cannot|can't|does not|doesn't|is not|not|unable to|would"
            rf" not) <gap>(?:{_FINANCE}|assum\w{{1,5}}|lease (?:to own|option)|rent to own)"
            r"|assum(?:e|es|ed|able|ption)(?: (?:the|this|of)){0,2}~(?:seller'?s? )?(?:solar|lease"
            r"|hoa|all|no|full|responsib\w{3,6}|liab\w{3,6}|that|it|risk|payments? (?:on"
            r"|for) solar)|solar <gap>(?:assumable|assumption|assumed|lease option)"
            r"|cash (?:flow\w{0,3}|back|cow|at closing|or conv\w{0,10}|or finan\w{0,4})"
            r"|cash(?: only)? (?:laundry|bar)"
            r"|lease options? on|option to purchase (?:the )?(?:solar|furni|boat|golf)",
        ),
        (
            "assumable",
            rf"(?:fully |va |fha )?assumable(?: (?:at|with))?(?: {_LOAN})?"
            rf"|assum(?:e|ing|ption of)(?: (?:the|this|my|our|a|an|low)){{0,2}} {_LOAN}"
            rf"|{_LOAN} (?:that |which )?(?:is|can be|may be|to be|available to be"
            r"|could be) assum(?:ed|able)"
            rf"|{_LOAN} assum(?:able|ption)"
            r"|(?:va|fha|loan|mortgage) assumption(?: (?:is )?(?:available|possible|welcome|ok))?",
        ),
        (
            "owner_may_carry",
            rf"{_OWNER}(?: (?:may|will|would|can|could|is|are|might|to|willing|open|consider"
            r"|considers"
            rf"|able|happy|possibly|also|offers?|offering|provides?|has|options?|for|with|you"
            rf"|short term|some|qualified|buyers?|a|the|or|and|motivated)){{0,7}}"
            rf" (?:{_FINANCE}|(?:hold|take)(?: a)? note)"
            r"(?! (?:charge|new|fee|(?:the |any |flood |title |home )?(?:repairs?|insurance|closing"
            r"|policy|warranty)))"
            r"|owc|o\.w\.c\.?|omc|seller carry~?back|private (?:owner )?financing available"
            rf"|financing (?:offered|available|provided) (?:by|from|through)(?: the)? {_OWNER}"
            r"|carry (?:a |the |back )?(?:note|paper|1st|2nd|second|first|loan)"
            rf"|{_OWNER} terms (?:available|offered|possible|ok)"
            r"|contract for deed|wrap~?around (?:mortgage|loan|financing)|agreement for sale",
        ),
        (
            "exchange_1031",
            r"1031(?:~(?:tax|deferred|like kind|ex|exch|exchanges?|x|starker|buyers?|investors?"
            r"|upleg|replacement)){1,3}|1031'?s? (?:welcome|ok|possible|friendly)"
            r"|(?:irc|section|sec\.?|a|tax) 1031|(?:tax deferred|like kind|starker) exchange",
        ),
        (
            "cash_only",
            r"(?:all )?cash~(?:/|or|and|&|,)~hard~money(?:~(?:loans?|only|buyers?|offers?|lenders?"
            r"|deals?)){0,3}(?!(?:~(?:or|/|,|and|&)){1,2}~(?:conv|fha|va|other|renov|203|private"
            r"|usda|rehab|bank|port|loan)| (?:accepted|preferred|welcome|or))"
            r"|hard~money (?:or|and|/) cash(?: only)?"
            r"|(?:all )?cash (?:offers?|buyers?|sale|purchase|deals?|transactions?|terms"
            r"|investors?)"
            r"(?: (?:are|will be))? only|cash only"
            r"|(?:only|must be|strictly)(?: for)?(?: (?:an?|all|accepting|taking|considering))?"
            r" (?:all )?cash(?: (?:offers?|buyers?|or hard~money))?(?! (?:or|and|flow))"
            r"|no (?:financing|loans|lenders|fha|conventional) <gap>cash only"
            r"|cash~,? no (?:financing|loans|lenders)",
        ),
        (
            "lease_option",
            r"lease (?:to own|options?(?: to (?:buy|purchase))?|purchase|with (?:an? )?option"
            r"|w/ ?option"
            r"|to (?:buy|purchase))|rent (?:to own|with option to)|lease/(?:option|purchase)"
            r"|lease w/ ?~?(?:an? )?option",
        ),
    ]
)
_REFUSED: Final = phrases(
    [
        (
            "x",
            r"(?:no|not|never|without|nor|don't|isn't|won't)~(?:an? |be |offering |any )?$"
            r"|(?:conventional|conv|fha|va|usda|loans?|financing)~(?:or|/|&)~$",
        )
    ]
)
_OF_SOLAR: Final = phrases([("x", r"solar|panels?|water softener|ppa")])


def terms(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in _MENTION.finditer(remarks.folded):
        kind, at = match.lastgroup or "", match.start()
        if kind == "other" or _REFUSED.search(remarks.folded, max(0, at - 25), at):
            continue
        if kind in ("assumable", "lease_option") and _is_of_solar(remarks, match):
            continue
        found.setdefault(kind, match.span())
    if not found:
        return NOT_STATED
    return remarks.fact("yes", together(found.values()), tuple(sorted(found)))


def _is_of_solar(remarks: Remarks, match: re.Match[str]) -> bool:
    start, end = remarks.sentence(match.start())
    start, end = max(start, match.start() - 45), min(end, match.end() + 20)
    return _OF_SOLAR.search(remarks.folded, start, end) is not None
