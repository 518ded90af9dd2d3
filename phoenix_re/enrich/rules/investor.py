"""Investor signals: what the text tells one who buys to rent or to resell.

A value after repair and an income need an amount: "great rental", "investors welcome" say nothing.
A fixer counts where it is offered to investors, handymen or flippers; a remodel that is "not a
flip" does not. A tenant in place is one who holds the home now and is not said to be leaving.
"""

from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.evidence import together
from phoenix_re.enrich.rules.occupancy import tenant
from phoenix_re.enrich.rules.rent import rents
from phoenix_re.enrich.rules.text import Remarks, near_words, phrases, word_set

WORDS: Final = word_set(
    "arv repair repairs repaired flip flips flipper flippers handyman handymans handymen"
    " handyperson handy investor investors contractor contractors rehab rehabber rehabbers worth"
    " cap noi operating cash cashflow cashflows gross grossed grosses grossing income revenue"
    " return returns yield yields yielding fixer brrr brrrr mechanic mechanics appraised appraises"
    " appraising resale resell resells comps valued"
)
_AMOUNT: Final = (
    r"(?:\$\s?\d(?:[\d,.]{0,10}\d)?(?:~(?:k|m|mil|million))?\+?|\d{3}(?:k|,\d{3})|\d\.\d{1,2}m)"
)
_VALUE: Final = (
    rf"(?:{_AMOUNT}|[2-9]\d\d~?'?s?(?![\d%,/.]\d|~(?:days?|ft|feet|sq))|[1-9]\.\d{{1,2}}(?! ?%))"
)
_TOLD: Final = (  # between "ARV" and its amount
    r"(?:[\s:=~(@,\-]{1,4}(?!(?:unknown|not|no|never|renovated|sold|rent|rents|list|listed|price"
    r"|priced)\b)[a-z'()\-.]{1,13}){0,8}?[\s:=~(@\-]{1,4}"
)
_FIX: Final = (
    r"(?:fixer(?:~upper)?|tlc|rehab(?:ber)?|needs (?:work|everything|a new|a full|some)"
    r"|sweat equity|project)(?![a-z])"
)
_WHO: Final = (
    r"(?:investors?|contractors?|rehabbers?|builders?|flippers?|handym[ae]n|handyperson|mechanics?)"
)

_NEAR_WHOM: Final = r"(?:(?!sold|bought|next door|flipped)[^.!?*\n]){0,60}"

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:not|never|no|another|isn't|than|typical|recent|fresh|investor)(?: (?:an?|your|just"
            r"|typical|average|investor|usual|quick|cheap|cookie~cutter|the)){0,3} (?:flip\w{0,5}"
            r"|rehab)(?! (?:project|opportunity|special))|flip(?:~flops?| the switch|ped| side"
            r"| chart|~up| down| through|~top| a switch| over)|arv (?:potential|unknown)"
            r"|rehab (?:hospital|center|centre|facility|clinic|is (?:done|complete\w?)|done"
            r"|completed?|was|finished|included)|(?:completed?|finished|recent|after|total|just"
            r"|done|no) (?:the |its |of )?rehab (?:in|by|with|done|completed)|rehabbed"
            rf"|(?:no|not for|sorry,?) {_WHO}|{_WHO} (?:need not|have|has|keep|called)"
            rf"|home inspector",
        ),
        (
            "arv",
            rf"(?:arv|a\.r\.v\.?|after~repair(?:ed)?(?:~(?:values?|numbers?|price|appraisal|worth"
            rf"|estimates?))?|(?:repaired|fixed up|finished) values?){_TOLD}{_VALUE}"
            rf"|{_AMOUNT} (?:in |est\.? |estimated |potential |is (?:the |my |our )?)?(?:arv"
            rf"|after~repair(?:ed)?~value)|after repairs?,? (?:it is |it's |it will be |would be "
            rf"|should be |easily )?(?:worth|valued at|sells? (?:at|for)|apprais\w{{2,3}} (?:at"
            rf"|for)) (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT}|(?:worth|resells? (?:at|for)"
            rf"|apprais\w{{1,3}} (?:at|for)|valued? (?:at|of)|resale (?:of|at)|comps (?:at|support"
            rf"|around|near)|sells? for) (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT},? (?:once|when|after)"
            r" (?:[a-z']{2,10} ){0,3}(?:repair(?:s|ed)?|fixed|remodel(?:ed|ing)?|renovat\w{2,4}"
            r"|rehab\w{0,4}|updated|done|finished|complete\w?)"
            r"(?! in (?:19|20)\d\d)",
        ),
        (
            "fix_up",
            r"fix it(?: up)? (?:and|&) flip it|fix~(?:and|&|n|'n'|/|n'|or|,)?~flip(?:per|pers)?"
            r"|(?:calling all |attention |perfect |great |ideal |next |flipper'?s?'? |easy |good "
            r"|excellent |your next |investor |solid |classic |prime )(?:flips?"
            r"|flippers?)(?: opportunity| project| house| home| candidate)?|flip it"
            r"|(?:flippers|rehabbers)(?: (?:only|welcome|wanted|take note|dream|delight|special)"
            r"|(?=[!:]))"
            r"|flip (?:opportunity|project|potential|special|candidate|deal|or (?:hold|rent|keep))"
            r"|(?:fix|rehab|hold|rental|rent|keep)(?:/|,? or |~&~| and )(?:a )?flip|flip(?:/|,? or "
            r"|~&~| and )(?:rent|hold|rental|teardown|keep)|remodel, flip"
            r"|rehab(?:ber)?'?s?'? (?:special|dream|project|opportunity|delight|candidate|needed"
            r"|required|and (?:rent|hold|resell|sell|flip)|or (?:rent|hold|teardown|tear))"
            r"|rehabbers?'?|(?:needs?|wants?|ready for|requires?|awaits?|waiting for|due for"
            r"|calls for|perfect for|ideal for) (?:an? |its "
            r"|the )?(?:[a-z\-]{4,9} ){0,2}?rehab(?! (?:hospital|center))|(?:full|total|complete"
            r"|heavy|gut|cosmetic|light|major|down to the studs) rehab(?! (?:in|by|was|done"
            r"|completed?|finished|(?:19|20)\d\d|just|inside|last|with))|rehab(?: (?:est\.?"
            r"|estimated?|budget|costs?|maybe|about|around|of|at|is)){0,3}~:?~\$?\d{2}|(?:buy"
            r"|purchase),? rehab|b\.?r\.?r\.?r\.?r?"
            rf"|{_WHO}'?s?'?(?:~/~{_WHO})?(?:'?s?'?)(?: or {_WHO}'?s?'?)?"
            r" (?:special|dream fixer|fixer(?:~upper)?|delight|project|grade fixer)|(?:handy~?man"
            r"|handy~person|handymen)'?s?'? (?:dream|opportunity)"
            rf"|{_FIX}{_NEAR_WHOM}(?:investors?|flippers?|rehabbers?)|(?:attention|attn"
            rf"|calling(?: all)?) investors?[^\n]{{0,30}}{_FIX}|(?:investors?"
            rf"|flippers?){_NEAR_WHOM}{_FIX}",
        ),
        (
            "income",
            r"\d{1,2}(?:\.\d{1,2})?~%~\+?~cap(?:~rate)?|cap~:?~\d{1,2}\.\d{1,2}|cap~rate(?: (?:of"
            r"|is|at|over|around|approx\.?|about|currently|@)|:){0,3}~\d{1,2}(?:\.\d{1,2})?(?!\d|,"
            r"|~(?:hp|ton|gal))~%?|\d{1,2}(?:\.\d{1,2})? cap rate|\d{1,2}\.\d{1,2} cap|(?:yield(?:s"
            r"|ing)?|(?:gross|net|cash on cash|cash) (?:yield|return)s?)(?: (?:of|is|at|over|around"
            r"|about|an?|a solid|currently|now)|:){0,3} \d{1,2}(?:\.\d{1,2})?~%"
            r"|\d{1,2}(?:\.\d{1,2})?~% (?:gross |net |cash on cash |current |annual "
            r"|actual ){0,2}(?:yield|return)s?"
            rf"|noi(?: (?:of|is|at|over|currently)|:){{0,3}}~{_AMOUNT}|{_AMOUNT} noi"
            r"|net operating income(?: (?:of|is)|:){0,2}~\$\d[\d,.]{2,10}|cash~flow(?:s"
            r"|ing)?(?: (?:duplex|home|property|rental|triplex|fourplex|of|is|at|over|about|around"
            r"|approx\.?|approximately"
            rf"|currently|positive|nearly)|:){{0,4}} {_AMOUNT}|{_AMOUNT}(?:~/~(?:mo|month|yr|year)"
            rf"| (?:per|a) (?:month|year)| monthly"
            r"| annual(?:ly)?)? (?:positive |net |in |monthly |annual ){0,3}cash~flow"
            rf"|gross(?:ed|es|ing) (?:[a-z]{{2,13}} ){{0,2}}{_AMOUNT}|(?:gross|net|annual|rental"
            rf"|airbnb|str) (?:[a-z]{{2,9}} )?(?:income|revenue|return)(?: (?:of|is|was|at|over)"
            rf"|:){{0,3}}~{_AMOUNT}",
        ),
    ]
)
_NOT_OF_NOW: Final = phrases(
    [
        (
            "x",
            r"could|can|may|might|should|would|will|potential|possible|pro~forma|projected"
            r"|estimated|household|qualif\w{2,5}|market|area|limits?|minimum|max(?:imum)?"
            r"|avail\w{4}|family|median|average|times|credit|up to|target|expect\w{0,4}|was|used to"
            r"|formerly|previous|once|if|next door|neighbou?r'?s?|hers|his|our other",
        )
    ]
)
_NO_PROJECT: Final = phrases(  # before "handyman special"
    [
        (
            "x",
            r"not|no|never|isn't|wasn't|was|were|bought|purchased|used to be|once|former(?:ly)?"
            r"|instead of|anything but|far from|started|began|previous|other|next door"
            r"|neighbou?r'?s?|unlike|than|nor|rather|similar|nearby|down the street|across",
        )
    ]
)
_LEAVES: Final = phrases(
    [
        (
            "x",
            r"(?:tenants?|renters?|they) (?:is |are |will be |will |to |has |have |plan to "
            r"|may ){1,2}(?:be )?(?:mov(?:e|es|ing) out|vacat(?:e|es|ing)|leav(?:e|es|ing)"
            r"|not (?:be )?renew\w{0,3}|given notice)|(?:delivered|will be"
            r"|vacant) (?:vacant )?(?:at|by|upon|prior to) (?:close|closing|coe)|tenant vacates"
            r"|not (?:be )?renewing|no lease in place|given (?:60|30|90)? ?~?day notice",
        )
    ]
)


def investor(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    for match in near_words(WORDS, _MENTION, remarks, 80, 100):
        kind = match.lastgroup or ""
        if kind == "income":
            start = max(remarks.sentence(match.start())[0], match.start() - 50)
            if _NOT_OF_NOW.search(remarks.folded, start, match.end()):
                continue
            kind = "rental_income"
        elif kind == "fix_up":
            start = max(remarks.sentence(match.start())[0], match.start() - 45)
            if _NO_PROJECT.search(remarks.folded, start, match.start()):
                continue
        if kind != "other":
            found.setdefault(kind, match.span())
    if income := rents(remarks):
        found["rental_income"] = min(income[0].span, found.get("rental_income", income[0].span))
    if (held := tenant(remarks)) and not _LEAVES.search(remarks.folded):
        found["tenant_in_place"] = held
    if not found:
        return NOT_STATED
    return remarks.fact("yes", together(found.values()), tuple(sorted(found)))
