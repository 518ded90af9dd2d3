"""Sold as is: the home is sold as it stands, and the seller makes no repairs.

"As is" said of furniture or a shed, "live in it as is", and "as is the garage" are no term of the
sale. Repairs that the seller did are none that the seller will do.
"""

from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.text import Remarks, phrases

_SELLER: Final = r"(?:sellers?|owners?|estate|bank|trust)"
_AS_IS: Final = (
    r"(?:in )?(?:its? |it's |the |their |present |current |strictly |an? )?[\"']?as~is[\"']?"
)
_THING: Final = (
    r"(?:shed|appliances?|fridge|refrigerator|furniture|furnishings|washer|dryer|w/d|fence|deck"
    r"|spa|hot~tub|equipment|hvac|ac|a/c|mower|grill?|greenhouse|softener|fireplace|tub"
    r"|playset|sauna|solar|system|sprinklers?|irrigation|car|vehicle|golf cart|all items)"
)
_MENTION: Final = phrases(
    [
        (
            "other",
            rf"{_THING} (?:[a-z,/]{{1,12}} ){{0,7}}?(?:convey\w{{0,3}}|stays?|remains?|sold|is|are"
            rf"|included|left|comes?|goes) (?:[a-z,/]{{1,12}} ){{0,4}}?\(?{_AS_IS}"
            r"|(?:live in|enjoy|occupy|leave|leav\w{2,4}|move in|ready|keep|stay|used?|perfect|just"
            r"|rent|great|good|fine|lovely|liv\w{1,5}|works?|remain|move right in|it|house"
            r"|beautiful)"
            r",? (?:it |the home |this home |there )?as is(?! (?:sale|condition|where))"
            r"|as is,? (?:or|the|our|are|my|their|his|her|your|this|that|every|each|all|it|move"
            r"|is|with (?:most|many|all)|evident|evidenced|common|typical|usual|customary|true)"
            r"|as is condition good|(?:or|either) [\"']?as is|(?:not|isn't|never) (?:being |an? )?"
            r"(?:sold |selling )?as is market",
        ),
        (
            "no",
            r"not (?:being )?(?:sold |selling |an )?[\"']?as is"
            rf"|{_SELLER} (?:will|to|agrees to|has agreed to|is willing to|willing to|can|shall"
            r"|would)"
            r" (?:also |consider |be )?(?:make|making|do|complete|repair|fix|address|perform"
            r"|pay for)"
            r" (?:all |the |any |some |certain |needed |necessary |reasonable |agreed |minor "
            r"|major |for )"
            r"{0,3}(?:repairs?|roof|foundation|damage|issues|items|work)"
            r"|repairs? (?:will|to|shall) be (?:made|done|completed|performed)"
            r" (?:prior|before|by (?:the )?seller)",
        ),
        (
            "yes",
            r"(?:sold|selling|sells?|sale|offered|offering|strictly|priced?|listed|conveyed"
            r"|conveys?"
            r"|purchased|bought|available|accepted|transfer\w{0,4}|for sale|marketed|contract"
            r"|offers?|completely|property|being|taken)[\s:,]{1,8}(?:only )?(?:strictly )?"
            rf"{_AS_IS}(?:~[,/&]?~where is)?(?: condition)?"
            r"|[\"']?as~is[\"']?(?:~[,/&]?~where~is| (?:sale|property|home|house|only|offers?"
            r"|condition"
            r"|contract|addendum|basis|purchase|terms|no repairs|cash|conditions?|listing|seller))"
            r"|(?:home|house|property|condo|listing) is [\"']?as~is(?=~[.,;!*)]|~$)"
            r"|where~is,? as~is"
            rf"|(?:in |an? ){_AS_IS} condition"
            r"|(?:no|zero|without) (?:seller )?repairs?(?: (?:will|to|shall|by|are to) (?:be )?"
            r"(?:made|done|performed|completed|seller|the seller))"
            rf"|{_SELLER} (?:will|shall|to|can|does|do|is|are|agrees to)(?: not|n't| making)"
            r" (?:be )?(?:mak(?:e|ing)|do(?:ing)?|complet\w{1,3}|perform\w{0,3}|pay\w{0,3} for"
            r"|provid\w{1,3}|offer\w{0,3})"
            r" (?:(?:any|for) ){0,2}repairs?"
            rf"|{_SELLER} (?:won't|cannot|can't) (?:make|do|complete|perform) (?:any )?repairs?"
            rf"|{_SELLER} (?:will |to )?(?:make|makes|making|do|doing|does|offers) (?:no"
            r"|zero) repairs?"
            r"|(?:make|making|do) no repairs",
        ),
        (
            "alone",
            r"(?:^|(?<=[.!;*|,:/(&\x7e]\s)|(?<=[.!?]\s\s)|(?<=[*|,/(\x7e\n])|(?<=-\s)|(?<=and\s))"
            r"[\"']?as~is[\"']?(?=~[.!;*|,:)&\x7e\n]|~$|~- )",
        ),
    ]
)


def as_is(remarks: Remarks) -> Fact:
    if not any(
        sign in remarks.folded for sign in ("as is", "as-is", "as- is", "repair", "will fix")
    ):
        return NOT_STATED
    found: dict[str, tuple[int, int]] = {}
    for match in _MENTION.finditer(remarks.folded):
        kind = "yes" if match.lastgroup == "alone" else match.lastgroup or ""
        found.setdefault(kind, match.span())
    if "yes" in found:
        return NOT_STATED if "no" in found else remarks.fact("yes", found["yes"])
    return remarks.fact("no", found["no"]) if "no" in found else NOT_STATED
