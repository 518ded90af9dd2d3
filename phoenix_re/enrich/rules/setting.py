"""What the words around a mention make of it: denied, or not said of this home as it stands.

For things a home has (pool, spa, garage, …): the noun is the field's own, the words around it are
the same for all: "neither … nor", "none", "could", "optional", "next door", "the neighbour's". Only
the mention's own sentence is looked at, and only near it: linear work.
"""

import re
from typing import Final

from phoenix_re.enrich.rules.text import Remarks, pattern

Span = tuple[int, int]

_THING: Final = (
    r"(?:(?:swimming|private|community|attached|detached|separate|heated|hot|guest|rv|boat|covered"
    r"|solar|in[\s\-]law|accessory|recreational|an?)[\s\-]{1,3}){0,3}"
    r"(?:pools?|spas?|tubs?|jacuzzis?|garages?|gar|carports?|parking|storage|solar|panels?|casitas?"
    r"|houses?|quarters|dwellings?|views?|gates?|pads?|hoa|elevators?|basements?|adus?|sheds?"
    r"|fireplaces?|lawns?|vehicles?|rvs?|boats?|trailers?|patios?|driveways?|fences?)"
)
_NEGATION: Final = (
    r"(?<![\w'.,])(?:no|without|w/o|lacks|lacking|sans|zero|0|neither|nor|not even|minus"
    r"|(?:never|not|n't|hasn't|doesn't|don't|haven't|isn't|aren't|wasn't|didn't)"
    r"[\s]{1,3}(?:ha[sd]|have|having|come with|comes? with|include|includes|offer|been|be|built|got"
    r"|an?|any))"
    r"(?:[\s\-]{1,3}(?:an?|any|either|its own|such thing as an?|sign of an?))?[\s\-]{1,3}"
)
_ADJECTIVES: Final = (
    r"(?:(?:an?|any|private|swimming|heated|in[\s\-]ground|attached|detached|separate|dedicated"
    r"|actual|real|proper|enclosed|covered|backyard|other|outdoor|on[\s\-]site|rooftop|legal"
    r"|permitted|existing|finished|true)[\s\-]{1,3}){0,2}"
)
_DENIAL: Final = pattern(
    rf"{_NEGATION}(?:(?:{_THING},\s{{1,3}}){{0,4}}{_THING},?(?:\s{{0,3}}/\s{{0,3}}"
    rf"|\s{{1,3}}n?or\s{{1,3}}))?{_ADJECTIVES}\Z"
)
# "no pool, [spa] or casita": the last of the list tells
_LISTED: Final = pattern(rf"{_NEGATION}(?:{_THING},\s{{1,3}}){{1,4}}{_ADJECTIVES}\Z")
# Signs without which the patterns below need not be tried: they cost a tenth.
_NEGATIVE: Final = re.compile(
    r"no(?:[tr]|ne)?[\s\-]|n't|without|w/o|lack|zero|0[\s\-]|sans|minus|never|neither|isnt|dont"
)
_STRANGE: Final = re.compile(
    r"neighb|next|across|down the|model|plan|city'|doors|homes|houses?\b|units?\b|lots\b|residences"
    r"|propert|listing|photo|picture|home|place|one\b|owners|friend|sister|brother|parent|cousin"
    r"|owner|seller|tenant|family|nobody|none"
)
_OR: Final = pattern(rf"(?:,\s{{1,3}}{_THING}){{0,4}},?\s{{1,3}}n?or\s{{1,3}}{_THING}")
_NONE: Final = pattern(
    r"s?\)?(?: (?:priv(?:ate)?|yn|y/n|features?|access))?(?:\s{0,3}[:?=\-]{1,2}\s{0,3}"
    r"(?:there (?:is|are) )?(?:none(?! (?:better|finer|like|other|so))"
    r"|nope|n/a|zero|not applicable"
    r"|(?:no?|0|nil|no one|not any)(?=\s{0,3}(?:[.,;|•*)!\n<]|\Z)))"
    r"|\s{0,2}[❌✗✘❎🚫]|\s{1,2}no(?=\s{0,2}(?:[.;|\n]|\Z)))"
)
_REMOVED: Final = pattern(
    r"s?(?:'s|,? (?:(?:that|which|it) )?(?:is|are|was|were|has|have|had|got)(?: been)?)?"
    r"(?: (?:since|now|long|all|both|recently|already)){0,2}(?: been)? (?:gone(?! with)|removed"
    r"|demolished|decommissioned|torn (?:down|out)|hauled (?:off|away)|dismantled"
    r"|taken (?:out|down|away)(?! of)|fell (?:down|in)|collapsed|burned(?: down)?"
    r"|carted off|bulldozed)\b(?! (?:and|&|then|for|to|while|during|before))"
)
_PROSPECT: Final = pattern(
    r"\b(?:(?:room|space|spot|place|area|corner|site|enough|ready|wired|wiring|plumbed|prepped"
    r"|stubbed|conduit|permits?|zoned|approved|plans?|potential|perfect|ideal|large|big|option"
    r"|options|prep|sized|suitable|designed|prime|great|deep|wide|flat|level|yard|lot|location"
    r"|land|dirt|possibilit(?:y|ies)|opportunity|cleared|acreage|drawn|candidate)"
    r"(?: [a-z']{1,9}){0,2}? (?:for(?! (?:\w{3,12}ing\b|entertain|famil|guest|relax"
    r"|gather|hosting"
    r"|kids|outdoor|summer|parties|any|those|all|everyone|you|years))"
    r"|to (?:add|build|put|install|fit|make|have|create|dig|become))"
    r"|(?:could|might|would|should)(?: (?:also |easily )?(?:have|be|hold|include))?\b|can (?:be"
    r"|add|build|become|go|put|make)\b"
    r"|may (?:be|add|build|become|go|have|one day|someday)\b|potential(?:ly)?\b|possib\w{2,5}"
    r"|(?:future|(?<!master\s)(?<!master-)planned|proposed|optional|renderings?|virtually"
    r"|to be built|not yet"
    r"|used to(?: (?:have|be|hold))?|formerly(?: had)?|no longer(?: (?:has|have))?"
    r"|former(?! (?:model|owner))|instead of|in place of|rather than|options?|upgrades?)\b"
    r"|(?:plans?|bids?|quotes?|permits?|drawings|blueprints?|rough in|pre[\s\-]?wire\w?)"
    r" (?:for|call|show|include)"
    r"|(?:add|adding|build|building|install|installing|envision|imagine|picture (?:an?|your)|dream"
    r"|dreams of|dreaming of|wish|wished|wishing|want|wants|wanted|consider|considering|dig|put in"
    r"|vote[sd]? (?:against|on|down)|rejected|turned down|will (?:take|keep|remove)|taking"
    r"|exclud(?:es?|ing)"
    r"|verify|feasibility|allows?|(?:now|to|will|rules|codes?|zoning) permits?|approve[sd]?"
    r"|encourages?|legali[sz]ed|started"
    r"|began|begun|thought (?:of|about)|meant to|if you|hope to|if (?:he|she|they|we|i))\b"
    r"|there (?:was|were)\b(?! also)|(?:took out|removed|removing|tore out|hauled (?:off|away)"
    r"|got rid of"
    r"|demolished|ripped out|pulled out|sold off|credit (?:toward|for))\b"
    r"|once (?:had|was|stood|held|an?)\b|(?:for|another) (?:an )?(?:extra|additional|\$))"
)
# After one of these the sentence speaks of what is there.
_PRESENT: Final = pattern(
    r"\b(?:with|w/|has|have|features?|featuring|includes?|including|plus|boasts|already|exists|but"
    r"|there is|there's|comes)\b|[;:]"
)
_DEFINITE: Final = pattern(  # "in the garage": it is there
    r"\b(?:in|off|behind|beside|inside|into|above|under|near|by|around|overlooking)"
    r" (?:the|your|our|its|this)(?: [a-z]{4,10})? \Z"
)
_THINGS_ONLY: Final = pattern(
    rf"(?:[\s,/&]{{0,3}}(?:an?|the|your|and|or|even|private|{_THING})\b){{1,8}}[\s,/&]{{0,3}}\Z"
)
_LIST_GOES_ON: Final = pattern(r"\s{0,3}(?:an?|the|or|and|even|your|another|maybe|perhaps)\b")
_OR_MORE: Final = pattern(r"[^.;!]{0,40}?\bor\b")
_AFTER: Final = pattern(
    r"(?:,? (?:and|&) (?:\w{3,9} ){1,2}|,? )(?:is |are )(?:negotiable|not included|excluded)\b"
    r"|,? (?:would|could|might)(?: \w{4,9})? (?:fit|work|sit|look)\b"
    r"|,? (?:is |are |sits )?(?:on (?:the |an? |my |our )?(?:adjacent|adjoining|neighbou?r'?s?|next"
    r"|other)\b|at the (?:storage|marina|lake|park)\b|in every (?:yard|back~yard|home|house)"
    r"|by mistake)|"
    r"[\s,(\-]{1,4}(?:(?:that|which|but|and|it|they|one|you|we|he|she|in the|shown in the|pictured"
    r"|photos?|shown|seen)[\s,]{1,3}){0,3}(?:(?:do|does|will|is|are|was|were|has|have|had) )?"
    r"(?:(?:could|can|might|may|would)(?: easily| also| one day| someday| even)? (?:be (?:added"
    r"|possible|allowed|available"
    r"|built|installed|priced|put|dug|had|created|squeezed|bought)|go\b|have been)"
    r"|(?:not (?:included?|convey\w*|part|stay\w*|ours|built|there|finished|yet|shared"
    r"|available|allowed|permitted|possible|in (?:the )?(?:sale|price))|doesn't (?:stay|convey"
    r"|come)|won't (?:stay|convey|be|come)|excluded|optional|planned"
    r"|proposed|possible|options?|someday|some day|one day|negotiable|(?:goes?|going|gone|leaves?"
    r"|leaving|left) with|virtual\w*|renderings?|digital\w*|never (?:built|happened|came|finished)"
    r"|burned|torn down|demolished|removed|blocked|hauled|taken out|until\b|gone|long gone"
    r"|no more|(?:the|my|our|his|her) neighbou?rs?'?s?"
    r"|belongs? to (?:the|my|our) (?:neighbou?r|city|next)|next door|sold separately"
    r"|for sale separately|in (?:the )?(?:renderings?|model)"
    r"|of (?:the|my|our|a) (?:neighbou?rs?|model)"
    r"|(?:across|down|up) the (?:street|road|way|block|hill|lane|canal))\b)"
)
_OTHERS: Final = pattern(
    r"\b(?:(?:previous|prior|old|earlier|former) (?:listing|photos?|pictures?)"
    r"|(?:the|my|our|your|a) neighbou?r(?!hood)'?s?'?|neighbou?rs'"
    r"|neighbou?rs? (?:has|have|had|built|added|put|parks?|owns?|installed|keeps?)"
    r"|sister (?:property|home|unit)|next door(?! to)|next property"
    r"|(?:across|down) the (?:street|road|way|alley|canal|block|lane)(?! from)|model homes?"
    r"|the model|(?:similar|other|some|many|most|nearby|larger|comparable|neighbou?ring) (?:homes?"
    r"|houses?|units?|lots?|plans?|floor~plans?|models?|residences|properties|listings?|owners)"
    r"|(?:the|this|every) (?:floor~)?plans? (?:offers?|can|allows?)|the city'?s"
    r"|(?:prior|previous|former|last|old) (?:owners?|sellers?|tenants?|family) (?:once )?(?:had"
    r"|took|kept)|(?:nobody|no one|none of us|no (?:home|house|unit)|few (?:homes|units))"
    r" (?:here )?(?:has|have)"
    r"|(?:house|home|unit|place|property|one) (?:behind|beside|next|two doors|up the"
    r"|to the (?:north|south|east|west))|backs (?:up )?to an? (?:house|home)|(?:two"
    r"|three) doors (?:down|up)|(?:friend|sister|brother"
    r"|parents|cousin)'?s?'? (?:has|have|had|house|home|place))\b"
)
_OFFERED: Final = pattern(  # "the pool and spa shown in the model are upgrades"
    r"[^.;!?]{0,70}?(?:\bnever (?:built|finished|completed|added|happened|used)\b"
    r"|\bbelongs? to (?!this|you|us|the (?:home|house|unit|owner)|nobody|no one)"
    r"|\b(?:is|are) (?:an? |two |three |half an? |only |just |\d{1,2} ){0,3}(?:short "
    r"|long )?(?:miles?|blocks?"
    r"|minutes?|walk|drive)\b|\b(?:is|was|it's) (?:just |only )?an? (?:foundation|slab|shell"
    r"|frame)\b"
    r"|\b(?:goes|going|leaves|leaving|moves|moving) with (?:the |our |my )?(?:seller|owner|tenant"
    r"|us|him"
    r"|her|them|me)\b|\b(?:is|are) the (?:hoa|association|neighbou?r|city|club)\b"
    r"|\b(?:is|are|was|were|comes?)(?: available| offered| sold| priced| shown)?"
    r"(?: only)?(?: as)?(?: an?)? (?:upgrades?|options?|optional|extras?|add~ons?)\b"
    r"|\b(?:shown|seen|pictured|featured) in (?:the |an? )?(?:\w{4,9} )?(?:model|render"
    r"|photo|brochure)|~\(?(?:optional|as an option|at extra cost|for an? upcharge)\b)"
    r"|[^.,;!?]{0,60}?\b(?:was|were|has been|have been)(?: since)? (?:removed|demolished"
    r"|torn down)\b"
    r"|(?: is| was|,)?(?: (?:framed|plumbed|roughed in|started|begun|stubbed|poured)){1,2}"
    r",? (?:but|yet|and) (?:un|not |never )|(?: is| was| still| remains){0,2} (?:unfinished"
    r"|half[\s\-]finished|not finished)\b"
)
_OFFERS: Final = (  # without one of these in the text it says nothing of the kind
    "option options optional upgrade upgrades extra extras add model render rendering renderings"
    " photo photos brochure finished unfinished never belong belongs mile miles block blocks"
    " minute minutes walk drive foundation shell frame slab removed demolished torn seller owner"
    " tenant us him her them me hoa association neighbor neighbour city club"
)
_SIGNS_OF_OFFER: Final = frozenset(_OFFERS.split())
_SIGN_OF_OFFER: Final = re.compile(
    r"option|upgrade|extra|add.on|model|render|photo|brochur|finish|never|belong|mile|block"
    r"|minute|walk|drive|foundation|shell|frame|slab|remov|demol|torn|with |are the |is the "
)
_HERE: Final = pattern(r"\b(?:this (?:home|one|house)|ours)\b")
_GROUP: Final = (
    r"(?:comm|communit(?:y|ies)|complex|(?:owners'? |home~owners'? )?association|residents?"
    r"|(?<!no\s)(?<!no\s\s)(?<!non\s)hoa|neighbou?rhood|subdivision|clubhouse|club|tower"
    r"|(?<!out)building"
    r"|condominium|development"
    r"|amenit(?:y|ies)|grounds|dues|fees?|unit owners|all units|levies)"
)
_SHARED_BY: Final = pattern(
    rf"\b{_GROUP}(?:'s)?\b(?P<group>)(?:[^,;]|,(?=\d)){{0,60}}?"
    r"(?:[\s(](?:has|have|offers?|with|w/|features?|featuring|includ\w{1,3}|shares?|share"
    r"|provid\w{1,3}"
    r"|keeps?(?: up)?|maintains?|covers?|covering|boasts?|enjoys?|pays? for|such as|like|are|of"
    r"|operates?|runs?|gives?|gets?)\b|:|- )(?P<between>[^\v]{0,120})\Z",
)
_OWN_PLACE: Final = pattern(
    r"\b(?:homes?|house|bed(?:room)?s?|baths?|br|ba|back~yards?|private|own|garage|kitchen|lot"
    r"|this unit|sq|residence)\b"
)
SHARED_INSTEAD: Final = pattern(  # behind "no private pool or spa"
    r"(?:[^.;]{0,25}?\bbut|[.;]) (?:the |our |its )?(?:community|complex|clubhouse|hoa|association"
    r"|club|building|neighbou?rhood|subdivision)(?:'s)? (?:has|have|offers?|provides?|keeps|runs)"
    r" (?:both|one|two|three|all|several)\b(?! (?!of|for|heated|pool|spa|hot|and|that|year)\w)"
)
_FOR_ALL: Final = pattern(
    r"[^,;.!]{0,40}?[\s,]{1,2}(?:(?:is |are )?shared(?: (?:with|by"
    r"|among) (?:[a-z]{2,9} ){0,3}?(?:units?|neighbou?rs?|tower|building"
    r"|complex|community|residents|owners|homes|condos|others|association|all|townhomes|hoa|row)\b"
    r"|\b(?! (?:with|by|among)))"
    r"|(?:that |which )?(?:all|the)?~(?:units|residents|owners|neighbou?rs) (?:all )?(?:share"
    r"|enjoy"
    r"|use)|for (?:the |all |use (?:of|by) )?(?:the )?(?:residents|owners|community|building"
    r"|complex"
    r"|tower)|(?:in|of|at|within) (?:the|this|our) (?:community|complex|subdivision|neighbou?rhood"
    r"|association|clubhouse|building|tower|development|grounds)"
    r"|(?:is |are )?(?:maintained|kept|run|covered|owned|serviced) by (?:the )?(?:hoa|association)"
    r"|(?:is|are) the (?:hoa|association|community|complex)'?s|belongs? to the (?:hoa|association"
    r"|community|complex))"
)
_REACH: Final = 70  # characters before a mention


def denied(remarks: Remarks, start: int, end: int) -> Span | None:
    """The span from the negation to the mention, or from the mention to the "none" after it."""
    text = remarks.folded
    first = max(remarks.sentence(start)[0], start - 110)
    if _NEGATIVE.search(text, first, start):
        before = _DENIAL.search(text, first, start)
        if before is None and _OR.match(text, end, min(len(text), end + 80)):
            before = _LISTED.search(text, first, start)
        if before:
            return before.start(), end
    near = min(len(text), end + 40)
    after = _NONE.match(text, end, near) or _REMOVED.match(text, end, near)
    return (start, after.end()) if after else None


def is_doubtful(remarks: Remarks, start: int, end: int) -> bool:
    """Not there yet, no longer there, not sold with the home, or somebody else's."""
    return is_others(remarks, start, end) or is_planned(remarks, start, end)


def is_others(remarks: Remarks, start: int, end: int) -> bool:
    """Somebody else's, or not sold with the home; or not there, by the words behind the mention."""
    text = remarks.folded
    if _AFTER.match(text, end, min(len(text), end + 60)):
        return True
    if not _SIGNS_OF_OFFER.isdisjoint(remarks.words):
        reach = min(remarks.sentence(start)[1], end + 110)
        if _SIGN_OF_OFFER.search(text, end, reach) and _OFFERED.match(text, end, reach):
            return True
    first = max(remarks.sentence(start)[0], start - 100)
    is_strange = _STRANGE.search(text, first, start)
    others = _OTHERS.search(text, first, start) if is_strange else None
    return others is not None and not _HERE.search(text, others.end(), start)


def is_planned(remarks: Remarks, start: int, end: int) -> bool:
    """Not there yet, or no longer, by the words before the mention."""
    text = remarks.folded
    sentence = remarks.sentence(start)[0]
    *_, last = (None, *_PROSPECT.finditer(text, max(sentence, start - _REACH), start))
    if last is None or _PRESENT.search(text, last.end(), start):
        return False
    if _DEFINITE.search(text, max(sentence, start - 30), start):
        return False
    if _THINGS_ONLY.match(text, last.end(), start):
        return True
    comma = text.rfind(",", last.end(), start)  # "room to roam, [2 car] garage"
    return (
        comma < 0
        or _LIST_GOES_ON.match(text, comma + 1) is not None
        or _OR_MORE.match(text, end, min(len(text), end + 60)) is not None
    )


def shared(remarks: Remarks, start: int, end: int) -> Span | None:
    """The span that says that all neighbours share it: the community's, or kept by the dues."""
    text = remarks.folded
    after = _FOR_ALL.match(text, end, min(len(text), end + 90, remarks.sentence(start)[1]))
    if after:
        return start, after.end()
    before = _SHARED_BY.search(text, max(remarks.sentence(start)[0], start - 200), start)
    if before and not _OWN_PLACE.search(text, before.end("group"), start):
        return before.start(), end
    return None
