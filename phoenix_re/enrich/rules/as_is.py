"""Sold as is: the home is sold as it stands, and the seller makes no repairs.

"As is" said of furniture or a shed, "live in it as is", and "as is the garage" are no term of the
sale. Repairs that the seller did are none that the seller will do.
"""

import re
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, near_words, pattern, phrases, word_set

_SELLER: Final = (
    r"(?:sellers?|owners?|estate|bank|trust|lender|executor|heirs|representative|administrator"
    r"|builder|slr|trustee)"
)
_ONE: Final = rf"(?:{_SELLER}|we|i|they|he|she)"
_AS_IS: Final = (
    r"(?:in )?(?:its? |it's |the |their |present |current |strictly |an? )?[\"']?as~is[\"']?"
)
_THING: Final = (
    r"(?:shed|appliances?|fridge|refrigerator|furniture|furnishings|washer|dryer|w/d|fence|deck|spa"
    r"|hot~tub|equipment|hvac|ac|a/c|mower|grill?|greenhouse|softener|fireplace|tub|contents|piano"
    r"|curtains|playset|sauna|solar|system|sprinklers?|irrigation|car|vehicle|golf cart|all items"
    r"|dog run|boat|trailer|tractor|pool table|barn|workshop|dock|coop|swing set|personal property"
    r"|well|septic|stove|range|oven|dishwasher|microwave|blinds|machines?|tools|pool equipment"
    r"|(?:pool |water )?heater|awning|fountain|gazebo|antiques?)"
)
_STANDS: Final = (  # "sold just the way it sits"
    r"(?:sits|stands|lies|is|appears|exists|was found|rests)"
)
_REPAIR: Final = r"(?:repairs?|fix(?:es)?|fix-?ups?|corrections?|remediation)"
_DEFECTS: Final = (
    r"(?:repairs?|roof|foundation|damage|issues|items?|work|anything|whatever|everything|what"
    r"|things|fixes|punch list|problems|deficienc\w{1,3}|defects|concerns|list|leaks?|findings"
    r"|inspection|lender|inspector'?s?|appraiser'?s?|safety|the same)"
)
_SMALL: Final = (
    r"(?:all |the |any |some |certain |needed |necessary |reasonable |agreed |minor |major |for "
    r"|upon |a |an |lender required |lender'?s? |required |requested |of |every |each |your |such "
    r"|those |these |other |health and |safety |to |own |her |his |their |our |by |inspection "
    r"|most |up |a few |listed |structural |mechanical |normal |reasonably |on ){0,6}"
)
_WILL: Final = (  # after the one who will
    r"(?:'ll|,? (?:also |still |gladly )?(?:will|shall|to|(?:(?:has|have|is|are|am|'m"
    r"|would be) )?(?:agrees?|agreed|willing|happy|glad|prepared|ready|pleased|open|committed"
    r"|obligated|intends?|plans?|promises?|offers?|commits?|expects?) to))(?: (?:also|still|gladly"
    r"|happily|then|be|and|credit|(?:willing|happy|glad) to)){0,3}"
)
_MENDS: Final = (
    r"(?:make|repair|fix|address|correct|remedy|cure|resolve|take care of|pay for|see to|mend"
    r"|put right|attend to)"
)
_DOES: Final = r"(?:do|complete|perform|handle|cover|undertake|finish|deal with)"
_OTHER_SUBJECT: Final = pattern(  # "the pool heater is": no term of the sale
    rf"\b(?:the|this|that|these|those|an?|our)\s(?:[a-z0-9'\-]{{1,14}}\s){{0,3}}?{_THING}s?\s"
    r"(?:(?:is|are|will|be|being|also|and)\s){0,3}$"
)
_REPAIRS: Final = word_set("repair repairs fix fixes fixing fixed faults defects flaws warts")
_AS_IT_IS: Final = re.compile(  # not "such as", nor "as well"
    r"as[\s\-\"']{0,4}(?:is|it|you|he|she|they|found|seen|shown|viewed|inspected|the house)\b"
)
_LESS_CLEAR: Final = word_set(
    "state shape condition whatever way how item items inspection inspector inspectors work"
)
_OF_A_SALE: Final = word_set(
    "sold sell sells selling sale seller sellers buyer purchaser builder conveys conveyed offered"
    " delivered transferred takes"
)
WORDS: Final = (
    _REPAIRS | _OF_A_SALE | {"as", "asis"}
)  # a text without any of these says nothing of it
_NOT_THIS_SALE: Final = phrases(
    [
        (
            "x",
            r"(?:was|were|had been|bought|purchased|previous|prior|once|until|if|when we|not|never"
            r"|neighbou?r'?s?|cabin|could be)~(?:being |it |the |home |house |sold |bought "
            r"|an? ){0,3}$",
        )
    ]
)
_MENTION: Final = phrases(
    [
        (
            "other",
            rf"{_THING} (?:[a-z,/]{{1,12}} ){{0,7}}?(?:convey\w{{0,3}}|stays?|remains?|sold|is|are"
            rf"|included|left|comes?|goes?|go) (?:[a-z,/]{{1,12}} ){{0,4}}?\(?{_AS_IS}|(?:no"
            rf"|without) repairs? (?:needed|necessary|required|history|since|were|was|found"
            rf"|outstanding|pending|in|on|to (?:do|worry))"
            r"|(?:live in|enjoy|occupy|leave|leav\w{2,4}|move in|ready|keep|stay|used?|perfect|just"
            r"|rent|great|good|fine|lovely|liv\w{1,5}|works?|remain|move right in|it|house|go"
            r"|beautiful|wonderful|liveable|functional),? (?:it |the home |this home "
            r"|there )?as is(?! (?:sale|condition|where))|as is,? (?:or|the|our|are|my|their|his"
            r"|her|your|this|that|every|each|all|it|move|is|with (?:most|many)|evident|evidenced"
            r"|common|typical|usual|customary|true|often|always|tradition|fitting|right|proper|so"
            r"|much)|as is condition good|(?:or|either|not only|than) [\"']?as is|(?:not|isn't"
            r"|never) (?:being |an? )?(?:sold |selling )?as is market|as~it~is(?= (?:beautiful"
            r"|lovely|convenient|quiet|close|near|also|only|just|one|the|in|on|walking))"
            rf"|{_ONE} (?:had|made|did|completed|finished|already) {_SMALL}{_REPAIR}",
        ),
        (
            "no",
            r"(?:not|never|isn't|rather than|instead of) (?:being )?(?:sold|selling|offered"
            r"|an) [\"']?as is(?=~[.,;:!)]| (?:sale|and|but|we|i|the seller|seller|or|because)|~$)"
            rf"|{_ONE}{_WILL} {_MENDS}(?: or credit)? {_SMALL}{_DEFECTS}(?! (?:were|was|have|had))"
            rf"|{_ONE}{_WILL} {_DOES}(?:,[^.!?]{{0,60}},)? {_SMALL}(?:repairs?|items?|list"
            rf"|punch list|findings"
            r"|deficienc\w{1,3})"
            rf"|{_ONE}{_WILL} (?:repair|fix|correct)(?: it| them)?(?= (?:before|prior)|~[.,;!])"
            r"|(?:items?|repairs?|findings)(?: up to \$?[\d,.]{1,7}k?)? (?:will be|to be"
            r"|are) (?:handled|completed|done|made|fixed|repaired|corrected"
            r"|paid)(?: for)? by (?:the )?(?:sellers?|owners?|builder)"
            rf"|{_SELLER} (?:is |shall be |will be )?responsible for (?:all |any |the |lender "
            rf"|required |inspection |necessary ){{0,3}}{_REPAIR}|{_REPAIR} (?:(?:found|identified"
            rf"|listed|noted|called for|required|requested|from|on|in|at|by|the|an?|inspection"
            rf"|lender|report|inspector|appraiser|buyer'?s?|your) ){{0,6}}(?:will|to|shall"
            rf"|are to) be (?:made|done|completed|performed|handled|paid|taken care of|finished)"
            r"(?: (?:promptly|in full|professionally))?(?= (?:prior|before|by (?:the )?(?:seller"
            r"|owner|builder)|at (?:the )?seller|at closing|upfront)|~[.,;!])|(?:i"
            r"|we) fix things (?:when|as) they break and will do the same"
            rf"|{_SELLER} (?:to )?(?:credit and |pay for and )(?:complete|make|do|perform)"
            r" (?:all |the |any )?repairs?",
        ),
        (
            "yes",
            r"(?:sold|sld|selling|sells?|sale|offered|offering|strictly|priced?|listed|conveyed"
            r"|conveys?|convey|comes?|coming|goes|going|buy(?:ing)?(?: it)?|taken|take it|takes it"
            r"|delivered|be purchased|available|accepted|transfer\w{0,4}|for sale|marketed|contract"
            r"|sells (?:the|this) (?:home|house|property|place|condo)|offers?|completely|property"
            r"|being|totally|absolutely|entirely|100%)[\s:,]{1,8}(?:only )?(?:strictly |completely "
            r"|totally |entirely |absolutely )?"
            rf"{_AS_IS}(?:~[,/&]?~(?:where|wh)~is)?(?: condition)?(?!,? (?:the|our|my|every|each|is"
            rf"|are|his|her)\b)"
            r"|[\"']?as~is[\"']?(?:~[,/&]?~(?:and )?where~is| (?:sale|property|home|house|only"
            r"|offers?|condition|no|with all|with no|with any|and will|cash|for cash|at this|due to"
            r"|priced|price|contract|addendum|basis|purchase|terms|no repairs|cash|conditions?"
            r"|listing|seller))|(?:home|house|property|condo|listing|everything|place|all) (?:is"
            r"|goes|sells) [\"']?as~is(?=~[.,;!*)]|~$| and)|where~is,? as~is"
            rf"|(?:in |an? ){_AS_IS} condition|(?:sold|selling|sells?|offered|comes?|conveys?"
            rf"|conveyed|goes|priced|taken?|delivered|buy(?: it)?|transferred|passes) (?:to you "
            rf"|to the buyer |exactly |strictly |just |precisely )?(?:exactly |strictly |just "
            rf"|precisely )?(?:(?:as|how|the way|where|like|exactly how|exactly as) (?:it|she|he"
            rf"|they|you|the (?:house|home|property)|everything|that|this one)(?: now| currently"
            rf"| presently)? (?:{_STANDS}|finds?|see|sees)"
            r"|(?:as|how) (?:found|seen|shown|viewed|inspected)|in (?:its|the|his|her|whatever|this"
            r"|present|existing) (?:present|current|existing|exact|actual|shape|state"
            r"|condition)(?: (?:condition|state|shape))?(?: (?:that |in which |which )?(?:it|you"
            r"|one) (?:finds?|stands|sits|see|sees|is|lies|now)| (?:you|it) (?:finds?|is"
            r"|stands) it)?)|(?:in|with) (?:the )?(?:state|condition|shape) (?:in which |that "
            r"|which )?(?:it|you) (?:stands|sits|finds?|see|is found|now stands|lies)"
            r"|in whatever (?:shape|state|condition)|(?:with|has|subject to"
            r"|including) (?:any and )?all (?:its |of its |the )?(?:faults|defects|flaws|warts)"
            r"|warts and all|(?:buyer|purchaser|you) (?:takes?|accepts?|to take|to accept|buys?"
            r"|must take|gets?) (?:it|the (?:home|house|property)|title|possession) (?:with all"
            r"|as (?:it|found|is|you)|in (?:its|the|whatever)|the way)"
            r"|what you see is what you (?:get|buy)|(?:^|(?<=[.!;]\s))as (?:it|you) (?:stands|sits"
            r"|find it|see it)(?=~[.,;!]| (?:today|now|and)|~$)|as~found(?= (?:basis|condition)"
            r"|~[.,;!])"
            rf"|(?:no|zero|without|not any)(?: any| seller| further)? {_REPAIR}(?: (?:of any kind"
            rf"|whatsoever|at all))?(?: (?:will|to|shall|by|are to|are being|can|may"
            rf"|would) (?:be )?"
            r"(?:made|done|performed|completed|offered|considered|given|provided|undertaken|seller"
            r"|owner|lender|the (?:seller|owner|estate|bank))| (?:by|from) (?:the )?(?:seller|owner"
            r"|lender|bank|estate)|(?=~[,;.!)•*]|~$| or credits?| (?:and|or) no))"
            rf"|{_ONE}(?:,? (?:will|shall|to|can|does|do|is|are|am|agrees to|would|has|have"
            rf"|the))?(?:,? (?:not|n't|never)|(?<=ll)n't|n't)"
            r" (?:be |to be |to )?(?:mak(?:e|ing)|do(?:ing)?|complet\w{1,3}|perform\w{0,3}"
            r"|pay\w{0,3} for|undertak\w{1,3}|consider\w{0,3}|entertain\w{0,3}|handl\w{1,3}"
            r"|fund\w{0,3}|mend\w{0,3}"
            rf"|provid\w{{1,3}}|offer\w{{0,3}}|authoriz\w{{1,3}}) (?:(?:any|for|further|additional"
            rf"|more|requested|the|inspection|a single|or pay for) ){{0,3}}{_REPAIR}"
            rf"|{_ONE} (?:will not|won't|shall not|cannot|can't|is not going to|are not going to"
            rf"|am not going to|do not intend to|does not intend to|refuses? to"
            rf"|declines? to) (?:repair|fix|mend|correct|remedy|address) (?:any|a |the |anything"
            rf"|what|items|it|things|one)|{_ONE} (?:won't|cannot|can't|don't|doesn't) (?:make|do"
            rf"|complete|perform|be making|be doing|consider) (?:any |the |more )?{_REPAIR}"
            rf"|(?:{_ONE} )?(?:will |to |can |shall |is |are |and )?(?:make|makes|making|do|does"
            rf"|doing|offers?|undertakes?|undertake|performs?|allows?|perform|give|gives"
            rf"|pay for) (?:no|zero)(?: further| additional| more| other)? {_REPAIR}|{_ONE}(?:'m"
            rf"|'re| am| is| are| will) not (?:be |going to be )?(?:fixing|repairing)"
            r" (?:any(?:thing)?|a thing|one thing|things)"
            rf"|{_ONE} (?:to|will) (?:do|make) no (?:work|fixing)(?=~[.,;!])"
            r"|won't (?:do|make) (?:any )?repairs|without repairs? or credits?"
            r"|no repairs after(?:wards?)?"
            rf"|no funds? (?:is |are )?(?:available )?for repairs|nothing (?:will|is going to"
            rf"|is to) be (?:fixed|repaired|done|mended)|{_ONE} (?:will|wants to|can) (?:do|fix"
            rf"|repair) nothing(?=~[.,;!]| (?:to|more|before|prior)|~$)",
        ),
        (
            "alone",
            r"(?:^|(?<=[.!;*|,:/(&\x7e]\s)|(?<=[.!?]\s\s)|(?<=[*|,/(\x7e\n•])|(?<=[•>]\s)|(?<=-\s)"
            r"|(?<=and\s))[\"']?as~is[\"']?(?=~[.!;*|,:)&\x7e\n]|~$|~- )",
        ),
    ]
)


def as_is(remarks: Remarks) -> Fact:
    found: dict[str, tuple[int, int]] = {}
    words = _REPAIRS if _OF_A_SALE.isdisjoint(remarks.words) else _REPAIRS | _LESS_CLEAR
    if _AS_IT_IS.search(remarks.folded):
        words |= {"as", "asis"}
    for match in near_words(words, _MENTION, remarks, 80, 70):
        kind = "yes" if match.lastgroup == "alone" else match.lastgroup or ""
        if kind != "other" and not _is_of_another(remarks, match.start()):
            found.setdefault(kind, match.span())
    if "yes" in found:
        return NOT_STATED if "no" in found else remarks.fact("yes", found["yes"])
    return remarks.fact("no", found["no"]) if "no" in found else NOT_STATED


def _is_of_another(remarks: Remarks, at: int) -> bool:
    """Whether it is said of another time, or of a thing that is not the home."""
    start = max(remarks.sentence(at)[0], at - 60)
    if _NOT_THIS_SALE.search(remarks.folded, max(start, at - 35), at):
        return True
    return _OTHER_SUBJECT.search(remarks.folded, start, at) is not None
