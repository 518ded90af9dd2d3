"""Terms of the sale that the seller offers or demands: loans to assume, carrying, exchange, cash.

Ordinary loans (FHA, VA, conventional) are no terms worth a word. A solar lease to be assumed is no
loan; cash flow, and cash beside other financing, demands no cash. What is refused ("owner will not
carry") is not offered. Buying "subject to" the old loan is no assumption, and left alone.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.evidence import together
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

_OWNER: Final = r"(?:owners?|sellers?|slr|ownr|builder|estate)"
_ONE: Final = rf"(?:{_OWNER}|we|i|they|he|she)"
_LOAN: Final = (
    r"(?:(?:(?:va|fha|usda|existing|current|low|great|interest|home|seller'?s?'?|owner'?s?'?|first"
    r"|1st|their|our|my|his|her|rate|fixed|fixed~rate|30 year|30~yr|a|an|the|\d\.\d{1,3}~%|\d~%|new"
    r"|lovely|under|sub|old|low~rate|remaining|balance of the) ){0,6}(?:loans?|mortgages?"
    r"|interest rates?|rate|financing|va|fha|note|\d\.\d{1,3}~%|\d~%|\d\.\d{1,3}(?= (?:rate|loan))"
    r"|payments))"
)
_FINANCE: Final = r"(?:financ(?:e|es|ing)|carry(?:ing|~?back)?|carries|carrys)"
_PAPER: Final = (
    r"(?:(?:back )?(?:(?:an?|the|some|any|part|most|half|all|his|her|their|your|first|second|short"
    r"|qualified) )?(?:[a-z]{4,9} )?(?:note|paper|1st|2nd|second|first|loan|mortgage|financing"
    r"|contract|portion|part|deed of trust|balance)|part of|some of|half of|for (?:an? )?(?:\d{1,2}"
    r"|one|two|three|five|ten|few|the right|qualified|buyers?|you)|with \d{1,2}~%|at \d|w/ ?\d)"
)

WORDS: Final = word_set(  # one of these is in every phrase below
    "assumable assumeable assume assumed assuming assumption assumes finance financing financed"
    " finances carry carrying carries carryback carried owc omc 1031 exchange cash lease rent lse"
    " deed agreement note terms loan mortgage payments contract assum installment option carrys"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            rf"(?:no|not|never|without|non|nor|neither|sorry,?) (?:an? |be |offering |accepting "
            rf"|considering |interested in |any |open to |to |available for |eligible for "
            rf"|for )?(?:{_OWNER} {_FINANCE}|assumable|assumption|lease (?:to own|to purchase"
            rf"|options?|purchase)|rent to own|1031|owc|cash only|wrap|{_FINANCE}|contract for deed"
            rf"|land contract)|{_ONE} (?:will not|won't|cannot|can't|does not|do not|doesn't|don't"
            rf"|is not|are not|am not|not|unable to|would not|wouldn't|will never"
            rf"|cannot and will not|has no (?:interest|wish|desire)|declines?"
            rf"|refuses?) <gap>(?:{_FINANCE}|assum\w{{1,5}}|lease (?:to own|option|with)"
            r"|rent to own|offer|do (?:an? )?(?:rent|lease|contract|1031))|assum(?:e|es|ed|able"
            r"|ption|ing)(?: (?:the|this|of|that|you|it)){0,2}~(?:seller'?s? )?(?:solar|lease\b|hoa"
            r"|all|no|full|responsib\w{3,6}|liab\w{3,6}|that|it|nothing|risk|the worst"
            r"|payments? (?:on|for) solar)|solar <gap>(?:assumable|assumption|assumed|lease option)"
            r"|cash (?:flow\w{0,3}|back|cow|at closing|or conv\w{0,10}|or finan\w{0,4}|or va|or fha"
            r"|or loan|crop|bar|reserves?|out|register|now|drawer)|cash(?: only)? (?:laundry|bar)"
            r"|cash only (?:laundry|parking)|(?:lease|rent)~to~own (?:scams?|furni\w{4,6}"
            r"|appliances?|solar|panels?|store)|lease options? on"
            r"|option to purchase (?:the )?(?:solar|furni|boat|golf)|solar <gap>(?:loan|payments?"
            r"|note|financ\w{1,3}|lease)"
            rf"|{_FINANCE}~(?:charges?|costs?|companies|company|contingenc\w{{1,3}})|carry (?:on"
            rf"|over|out|through|the (?:groceries|day|breeze|sound|scent|weight))"
            r"|(?:owners?'?|sellers?'?) (?:suite|retreat|note that|notes?:)",
        ),
        (
            "assumable",
            rf"(?:fully |va |fha |usda )?(?:assume?able|assum\.?)(?: (?:at|with|a|for))?(?: {_LOAN}"
            rf"| \d)?|assum(?:e|es|ing|ption of)(?: (?:the|this|my|our|a|an|low|their|his|her"
            rf"|seller'?s?'?|owner'?s?'?)){{0,2}} {_LOAN}|{_LOAN}(?:,? (?:at"
            rf"|of) \d(?:\.\d{{1,3}})?~%?,?)?(?: (?:that|which|and)(?: it)?)? (?:is|can be|may be"
            rf"|to be|available to be|could be|stays? (?:with the (?:home|house|property))?"
            rf"|conveys?|transfers|is available to)(?: (?!not|never|no)[a-z]{{2,9}})?~(?:assum(?:ed"
            rf"|able|e)|taken over|transferable|passed (?:on|along)|transferr?ed to (?:the|a|you)"
            rf"|with the (?:home|house)|to (?:the|a) (?:new )?(?:buyer|owner))"
            rf"|{_LOAN}(?: of \d(?:\.\d{{1,3}})?~%)? (?:is )?(?:assum(?:able|ption|ed|\.)|assum"
            rf"|transferable)|tak(?:e|ing) over(?: (?:the|our|my|their|his|her|payments on(?: the)?"
            rf"|seller'?s?'?|owner'?s?'?|existing)){{0,3}} {_LOAN}|take over payments on (?:the "
            rf"|an? |our |my )?(?:[a-z]{{3,9}} )?{_LOAN}|(?:step into|inherit|keep"
            rf"|slide into)(?: (?:the|our|my|their|seller'?s?'?)){{1,2}} {_LOAN}"
            r"|(?:va|fha|usda|loan|mortgage) (?:assumption|assum|assume"
            r"|assumability)(?: (?:is )?(?:available|possible|welcome|ok))?",
        ),
        (
            "owner_may_carry",
            rf"{_OWNER}(?:,? (?:may|will|would|can|could|is|are|might|to|willing|open|consider"
            r"|considers|prepared|glad|able|happy|possibly|also|even|offers?|offering|provides?|has"
            r"|options?|for|with|you|like|be|love|prefer|rather|short term|some|qualified|buyers?|a"
            r"|the|or|and|motivated|ready|pleased|agreeable|entertain|wants?|looking)){0,9}"
            rf" (?:{_FINANCE}|(?:hold|take|sell on|accept) (?:back )?(?:an? |the )?(?:note|paper"
            rf"|mortgage|contract|first))"
            r"(?! (?:his|her|their|a new|the new|charge|new|your|fee|is not|not|unavailable|(?:the "
            r"|any |flood |title |home )?(?:repairs?|insurance|closing|policy|warranty)))"
            rf"|(?:we|i|they|he|she)(?:'d|'ll)?(?: (?:may|will|would|can|could|might|also|even|are"
            rf"|am|willing|open|to|happy|consider|glad|be|able|is)){{0,6}} (?:{_FINANCE}(?= (?:you"
            rf"|part|some|the (?:right|note|loan)|a (?:note|loan|portion|second|first|buyer)"
            rf"|it (?:for|myself|ourselves)|for|paper|with \d))|hold (?:a |the )?(?:note|paper"
            rf"|mortgage)|act as the bank|be the bank)|owc|o\.w\.c\.?|omc"
            rf"|{_OWNER} (?:may )?carry~?(?:back)?|(?:private|in~house|flexible seller"
            rf"|creative seller|vendor) (?:owner )?financing(?: (?:is )?(?:available|possible"
            rf"|offered|considered))?|financing (?:is )?(?:offered|available|provided|possible"
            rf"|can be had|direct)? ?(?:directly )?(?:by|from|through|with)(?: the)? {_OWNER}"
            rf"|(?:carry|carrying|carries|carried)~(?:back )?{_PAPER}(?! (?:of the (?:groceries"
            rf"|way)))|carry~?back(?: (?:note|loan|considered|possible|available|ok))?|(?:sell|sold"
            rf"|selling|buy) (?:it )?on (?:a |an )?(?:note|terms|contract|land contract"
            rf"|installments?|installment (?:sale|note|contract))|{_OWNER} (?:terms|note|paper"
            rf"|mortgage)(?: (?:available|offered|possible|ok|considered))|(?:flexible|good|easy"
            rf"|great) terms (?:from|by|with) (?:the )?{_OWNER}"
            r"|(?:willing|open|happy|prepared|able|glad) to (?:carry|hold)(?: back)? (?:an? "
            r"|the )?(?:note|paper|mortgage|contract|loan|first|second)|contract for deed"
            r"|wrap~?around (?:mortgage|loan|financing)|agreement for sale|land contract"
            r"|installment sale|purchase~money (?:note|mortgage)|(?:act as|be|play) (?:the"
            r"|your) bank",
        ),
        (
            "exchange_1031",
            r"(?:slr|sellers?|byr|buyers?)'?s?'?~1031|(?:via|by|through|thru) 1031|(?:finishing"
            r"|completing|doing) (?:an|the|his|her|their|our|my) exchange(?! (?:of|student))"
            r"|1031~(?:tax|deferred|like kind|ex|exch|exchang\w{1,3}|x|starker|buyers?|investors?"
            r"|money|funds?|sellers?|clients?|upleg|replacement|friendly|cooperation|purchase|sale"
            r"|deal|timeline|deadline)(?:~(?:tax|deferred|like kind|ex|exch|exchanges?|buyers?"
            r"|investors?)){0,2}|1031'?s? (?:is |are |'s )?(?:welcome|ok|okay|possible|fine"
            r"|considered|accepted|encouraged)|(?:irc|section|sec\.?|a|an|tax|your|any|their|his"
            r"|her|our|my|deferred|the|in|of|for|doing|into|under|exchange~?\(?"
            r"|with)~[(]?1031(?!'?s?~(?:\d|[nsew]\b|north|south|east|west|sq|s\.?f|square|feet|ft"
            r"|homes?|units?|acres?|home|block|[a-z]{3,12} (?:st|ave|avenue|street|dr|drive|ln|lane"
            r"|rd|road|way|ct|blvd|pl|cir)\b))|(?:tax deferred|like kind|starker|delayed"
            r"|reverse) exchanges?|exchange buyers? (?:are )?(?:welcome|ok|encouraged)",
        ),
        (
            "cash_only",
            r"(?:all )?(?:cash~(?:/|or|and|&|,)~hard~money|hard~money~(?:/|or|and|&"
            r"|,)~cash)(?:~(?:loans?|only|buyers?|offers?|lenders?|deals?|funds)){0,3}(?!(?:~(?:or"
            r"|/|,|and|&)){1,2}~(?:conv|fha|va|other|renov|203|private|usda|rehab|bank|port|loan)"
            r"| (?:accepted|preferred|welcome|or|is fine|ok))|(?:all )?cash~(?:offers?|buyers?|sale"
            r"|purchases?|deals?|transactions?|terms|investors?|money|funds)(?: (?:are|will be|is"
            r"|considered))? only|cash only(?! (?:discount|special))|only cash (?:offers?|buyers?"
            r"|will|works|is|can)|only (?:an? |all~?)?cash(?=~[.,;!])|(?:only|must be|strictly"
            r"|needs? to be|has to be|have to be|requires?)(?: for| be)?(?: (?:an?|all|accepting"
            r"|taking|considering|in|paid in))? (?:all )?cash(?: (?:offers?|buyers?|purchase"
            r"|or hard~money))?(?! (?:or (?!hard)|and (?!hard)|flow|back|reserves))|(?:no"
            r"|without) (?:financing|loans|lenders?|mortgages?|fha"
            r"|conventional) <gap>cash(?: only)?(?! flow| or (?!hard))|cash~,? (?:please,? )?(?:no"
            r"|not?) (?:financing|loans?|lenders?|mortgages?|banks?)|cash (?:is"
            r"|will be) (?:the only|required|all that|what it takes|king here)|(?:purchase|sale"
            r"|payment|price|terms?|deal)s? (?:shall|must|will|is to|has to|are"
            r"|is) (?:be )?(?:strictly |all |paid )?(?:in |for )?(?:all )?cash(?! (?:or|at))"
            r"|only (?:buyers|those|people) with (?:the )?(?:funds|cash"
            r"|money)(?: in hand)? for (?:an? )?cash|terms~:~(?:all )?cash(?=~[.;!]|~$)",
        ),
        (
            "lease_option",
            r"lease (?:to own|options?(?: to (?:buy|purchase))?|purchase|with (?:an? "
            r"|the )?(?:option|right)(?: (?:to|of) (?:buy|purchase|ing))?|w/ ?option|to (?:buy"
            r"|purchase))|rent (?:to own|to buy|with (?:an? |the )?(?:option|right) to"
            r"|now,? buy later)|lease/(?:option|purchase)|lse~(?:opt|option)"
            r"|lease w/ ?~?(?:an? )?option|rto(?= (?:ok|poss|consid|avail|w/|with)|[,/.])|(?:rent"
            r"|lease) (?:it )?first (?:and|then|with) (?:buy|purchase|an option)|(?:rent"
            r"|lease)~(?:2|two|too)~own",
        ),
    ]
)
_REFUSED: Final = phrases(
    [
        (
            "x",
            r"(?:no|not|never|without|nor|neither|don't|isn't|won't|cannot|can't|unable to|not be"
            r"|sorry|declin\w{1,3}|refus\w{1,3}|instead of|rather than|stop|used to|if|previously"
            r"|formerly)~(?:an? |be |offering |any |for |accept |consider |entertain |do |to "
            r"|interested in |in ){0,3}$|(?:conventional|conv|fha|va|usda|loans?|financing)~(?:or|/"
            r"|&)~$",
        )
    ]
)
_DONE_BEFORE: Final = phrases(  # "came to us in a 1031 in 2015"
    [
        (
            "x",
            r"bought|purchased|acquired|came to|picked up|was|were|had|sold|neighbou?r'?s?"
            r"|next door|previous|last (?:owner|buyer|sale)|our other|another (?:home|house"
            r"|property)|years ago",
        )
    ]
)
_NOT_OFFERED: Final = phrases(  # after it
    [
        (
            "x",
            r"(?:[a-z/,]{2,12} ){0,2}?(?:(?:is|are|will|would|can|do|does)(?: not| never|n't)|isn't"
            r"|aren't|won't|cannot|can't|unavailable|not (?:available|offered|considered|possible"
            r"|accepted|an option|welcome|entertained|assumable)|no longer|(?:or|and|&"
            r"|/) (?:conv\w{0,10}|fha|va\b|financ\w{2,3}|loans?)|: ?no\b|\? ?(?:no|sorry|never)"
            r"|preferred|inquiries|is out|off the table)",
        )
    ]
)
_OF_SOLAR: Final = phrases([("x", r"solar|panels?|water softener|ppa|alarm|propane")])


def terms(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near_words(WORDS, _MENTION, remarks, 90, 80):
        kind = match.lastgroup or ""
        if kind == "other" or _is_not_offered(remarks, match):
            continue
        if kind in _MAY_BE_OF_SOLAR and _is_of_solar(remarks, match):
            continue
        found.setdefault(kind, match.span())
    alone = _CASH_ALONE.search(remarks.folded)
    if alone and _OTHER_MONEY.isdisjoint(remarks.words):
        found.setdefault("cash_only", alone.span())
    if not found:
        return NOT_STATED
    return remarks.fact("yes", together(found.values()), tuple(sorted(found)))


_CASH_ALONE: Final = re.compile(r"(?:(?<=[.!;]\s)|^)cash(?=\s?[.!])")  # a sentence of its own
_OTHER_MONEY: Final = word_set(
    "conventional conv fha va usda loan loans financing finance mortgage lender"
)
_MAY_BE_OF_SOLAR: Final = frozenset(("assumable", "lease_option"))


def _is_not_offered(remarks: Remarks, match: re.Match[str]) -> bool:
    folded, at, end = remarks.folded, match.start(), match.end()
    start, stop = remarks.sentence(at)
    if _REFUSED.search(folded, max(start, at - 35), at):
        return True
    clause = max(start, at - 60, folded.rfind(", ", 0, at) + 1)
    if match.lastgroup != "cash_only" and _DONE_BEFORE.search(folded, clause, at):
        return True
    return _NOT_OFFERED.match(folded, end + 1, min(stop + 8, end + 40, len(folded))) is not None


def _is_of_solar(remarks: Remarks, match: re.Match[str]) -> bool:
    start, end = remarks.sentence(match.start())
    start, end = max(start, match.start() - 45), min(end, match.end() + 20)
    return _OF_SOLAR.search(remarks.folded, start, end) is not None
