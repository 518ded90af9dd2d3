"""Investor signals: what the text tells one who buys to rent or to resell.

A value after repair and an income need an amount: "great rental", "investors welcome" say nothing.
A fixer counts where it is offered to investors, handymen or flippers; a remodel that is "not a
flip" does not. A tenant in place is one who holds the home now and is not said to be leaving.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.evidence import together
from phoenix_re.enrich.rules.occupancy import tenant
from phoenix_re.enrich.rules.rent import rents
from phoenix_re.enrich.rules.text import Remarks, near, phrases

_ANCHOR: Final = re.compile(  # one of these is in every phrase below
    r"arv|a\.r\.v|after[\s\-]{0,8}repair|flip|handy|handi|investor|contractor|rehab|worth |cap\b"
    r"|noi\b|net operating|cash[\s\-]{0,8}flow|gross|income|revenue|return|fixer|builder"
)
_AMOUNT: Final = (
    r"(?:\$\s?\d(?:[\d,.]{0,10}\d)?(?:~(?:k|m|mil|million))?\+?|\d{3}(?:k|,\d{3})|\d\.\d{1,2}m)"
)
_FIX: Final = r"(?:fixer(?:~upper)?|tlc|rehab(?:ber)?|needs work|sweat equity)(?![a-z])"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:not|never|no|another|isn't|than)(?: (?:an?|your|just|typical|average|investor"
            r"|cookie~cutter|the)){0,3} flip\w{0,5}|flip(?:~flops?| the switch|ped| side| chart"
            r"|~up| down)"
            r"|arv (?:potential|unknown)",
        ),
        (
            "arv",
            r"(?:arv|a\.r\.v\.?|after~repair(?:ed)?~values?)"
            r"(?:[\s:=~(@\-]{1,8}(?:of|is|at|approx(?:imately|\.)?|around|about|over|est\.?"
            r"|estimated"
            rf"|near|potential|value|in the|\(?arv\)?|range|between|to be|could be|the|up|to|comps"
            rf"|upwards|well|high|mid|low|support)){{0,6}}[\s:=~(@\-]{{0,8}}{_AMOUNT}"
            rf"|{_AMOUNT} (?:in |est\.? |estimated |potential )?(?:arv|after~repair~value)"
            rf"|after repairs?,? worth (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT}"
            rf"|worth (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT} (?:once|when"
            r"|after) (?:[a-z]{2,10} ){0,2}"
            r"(?:repair(?:s|ed)|fixed|remodel(?:ed|ing)?|renovat\w{2,4}|rehab\w{0,4}|updated)",
        ),
        (
            "fix_up",
            r"fix it(?: up)? (?:and|&) flip it|fix~(?:and|&|n|'n'|/|n')?~flip(?:per|pers)?"
            r"|(?:calling all |attention |perfect |great "
            r"|ideal |next |flipper'?s?'? |easy |good |excellent |your next |investor )"
            r"(?:flips?|flippers?)(?: opportunity| project| house| home)?|flippers?"
            r"|flip (?:opportunity|project|potential|special)|(?:fix|rehab|hold|rental)"
            r"(?:/|,? or |~&~| and )flip|flip(?:/|,? or |~&~| and )(?:rent|hold|rental|teardown)"
            r"|remodel, flip|rehab(?:ber)?'?s?'? (?:special|dream|project|opportunity|delight)"
            r"|(?:handy~?man|handy~person|handymen)'?s?'?(?:~/~(?:investor|contractor))?"
            r" (?:special|dream|delight|project|opportunity)"
            r"|(?:investor|contractor|rehabber|builder|flipper)s?'?s?'?(?:~/~(?:investor|contractor"
            r"|handyman|flipper))? (?:special|dream fixer|fixer)"
            rf"|{_FIX}[^.!?*\n]{{0,60}}(?:investors?|flippers?)"
            rf"|(?:attention|attn|calling(?: all)?) investors?[^\n]{{0,30}}{_FIX}"
            rf"|(?:investors?|flippers?)[^.!?*\n]{{0,60}}{_FIX}",
        ),
        (
            "income",
            r"\d{1,2}(?:\.\d{1,2})?~%~\+?~cap(?:~rate)?|cap~rate(?: (?:of|is|at|over|around"
            r"|approx\.?"
            r"|about|currently|@)|:){0,3}~\d{1,2}(?:\.\d{1,2})?~%?|\d{1,2}(?:\.\d{1,2})? cap rate"
            rf"|noi(?: (?:of|is|at|over|currently)|:){{0,3}}~{_AMOUNT}|{_AMOUNT} noi"
            r"|net operating income(?: (?:of|is)|:){0,2}~\$\d[\d,.]{2,10}"
            r"|cash~flow(?:s|ing)?(?: (?:duplex|home|property|rental|triplex|fourplex|of|is|at"
            r"|over|about|around|approx\.?|approximately"
            rf"|currently|positive|nearly)|:){{0,4}} {_AMOUNT}"
            rf"|{_AMOUNT}(?:~/~(?:mo|month|yr|year)| (?:per|a) (?:month|year)| monthly"
            r"| annual(?:ly)?)?"
            r" (?:positive |net |in |monthly |annual ){0,3}cash~flow"
            rf"|gross(?:ed|es|ing) (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT}"
            rf"|(?:gross|net|annual|rental|airbnb|str) (?:[a-z]{{2,9}} )?(?:income|revenue|return)"
            rf"(?: (?:of|is|was|at|over)|:){{0,3}}~{_AMOUNT}",
        ),
    ]
)
_NOT_OF_NOW: Final = phrases(
    [
        (
            "x",
            r"could|can|may|might|should|would|will|potential|possible|pro~forma|projected"
            r"|estimated"
            r"|household|qualif\w{2,5}|market|area|limits?|minimum|max(?:imum)?|avail\w{4}|family"
            r"|median|average|times|credit|up to",
        )
    ]
)
_LEAVES: Final = phrases(
    [
        (
            "x",
            r"(?:tenants?|renters?|they) (?:is |are |will be |will |to |has |have |plan to |may )"
            r"{1,2}(?:be )?(?:mov(?:e|es|ing) out|vacat(?:e|es|ing)|leav(?:e|es|ing)"
            r"|not (?:be )?renew"
            r"\w{0,3}|given notice)|(?:delivered|will be|vacant) (?:vacant )?(?:at|by|upon"
            r"|prior to) "
            r"(?:close|closing|coe)|tenant vacates|not (?:be )?renewing|no lease in place"
            r"|given (?:60|30|90)? ?~?day notice",
        )
    ]
)


def investor(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near(_ANCHOR, _MENTION, remarks.folded, 110, 110):
        kind = match.lastgroup or ""
        if kind == "income":
            start = max(remarks.sentence(match.start())[0], match.start() - 50)
            if _NOT_OF_NOW.search(remarks.folded, start, match.end()):
                continue
            kind = "rental_income"
        if kind != "other":
            found.setdefault(kind, match.span())
    if income := rents(remarks):
        found["rental_income"] = min(income[0].span, found.get("rental_income", income[0].span))
    if (held := tenant(remarks)) and not _LEAVES.search(remarks.folded):
        found["tenant_in_place"] = held
    if not found:
        return NOT_STATED
    return remarks.fact("yes", together(found.values()), tuple(sorted(found)))
