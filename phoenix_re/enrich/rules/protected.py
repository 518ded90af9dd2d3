"""Words that prefer or discourage people of a protected class: the reading behind `fair_housing`.

They are found only to be flagged, and to keep such a sentence out of a summary; no fact and no
rank may come of them. Rooms ("family room", "bachelor's chest"), houses ("single family"), names of
places and schools, things done in a home ("perfect for family gatherings") and features for access
are no preference of people.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from phoenix_re.enrich.rules.text import Remarks, phrases

_GOOD: Final = (
    r"(?:perfect(?:ly)?|ideal(?:ly)?|great|wonderful|excellent|awesome|fantastic|best|good|suited"
    r"|suitable|made|designed|ready|meant|fit|tailored|waiting|looking|super|fabulous|terrific)"
)
_FOR_A: Final = (
    r"(?: (?:home|house|place|property|condo|layout|floor~?plan|plan|location|neighbou?rhood|area"
    r"|starter|opportunity|choice|fit|setting|spot|street|community|home base|space))?"
    r" for (?:(?:the|an?|any|your|every|most|those|all|that|today'?s?) )?"
    r"(?:(?:growing|young|large|larger|small|big|new|busy|active|modern|multi~?generational"
    r"|extended"
    r"|whole|entire|next|lucky|first time|hopeful|professional|expanding|busy|nice|loving|working"
    r"|military|traditional|retired|older|mature|newly~?wed|married|happy|discerning) ){0,3}"
)
_NOT_A_FAMILY: Final = (  # "perfect for family gatherings"
    r"(?! (?:rooms?|gatherings?|gathers|time|fun|game|games|movie|dinners?|meals?|events?|parties"
    r"|night|nights|holidays?|entertain\w{2,6}|living|get~?togethers?|bbqs?|barbecues?|fun|life"
    r"|members?|space|use|cook|style|visits?|celebrations?|activities|dining|relax\w{0,5}"
    r"|and~friends"
    r"|or~(?:friends|guests|entertain)|memories|pets?|heirloom|friendly|area|den|compound|estate)"
    r"|~(?:&|and|/|,)~(?:friends?|guests?|friendly|entertain\w{2,5}|for entertain\w{2,5}|pets?)"
    r"|'s?)"
)
_PEOPLE_OF: Final = (
    r"(?:neighbou?rhoods?|communit(?:y|ies)|famil(?:y|ies)|buyers?|tenants?|residents?|neighbou?rs"
    r"|population|households?|people|couples?|professionals|area|section|enclave|district|culture)"
)

_MENTION: Final = phrases(
    [
        (
            "other",
            r"(?:no|not|non|without)(?: an?| any)? (?:age~?(?: )?restrict\w{2,4}|55\+?"
            r"|adults? only)"
            r"|(?:55|62)~\+? (?:years?(?! (?:old|of age))|yrs?|acres?|miles?|minutes?|feet|ft|sq"
            r"|trees|inch|gallon|homes|units|lots|new)"
            r"|(?:re|un|aged?) matured?|mature~,? (?:couples? of )?(?:trees?|landscap\w{3,4}|oaks?)"
            r"|equal housing \w{3,12}|all ages (?:are )?welcome"
            r"|church (?:st|street|rd|road|ln|lane|dr|drive|ave|avenue|canyon|hill|way|pews?"
            r"|windows?|doors?|style|ceilings?|conversion)",
        ),
        (
            "age_restricted",
            r"(?:(?:55|62)~\+|(?:50|45)~\+(?= (?:adult|active|age|comm)))(?: (?:adult "
            r"|active adult |age~restricted |gated |resort )?"
            r"(?:communit\w{1,3}|park|neighbou?rhood|living|age))?"
            r"|(?:55|62|50) (?:plus|and (?:over|older|better|above|up)|& (?:over|older|better|up)"
            r"|or (?:over|older|better|above)|yrs?|years (?:and|or) (?:older"
            r"|over))(?: communit\w{1,3})?"
            r"|(?:over|age) (?:55|62)(?: communit\w{1,3}|(?=~[.,;!)]|~$| (?:only|age|adult|park"
            r"|living)))"
            r"|age~(?:restricted|qualified|targeted)(?: communit\w{1,3})?|age restrictions?"
            r"|(?:active~)?adult (?:communit\w{1,3}|living|lifestyle|resort|park|neighbou?rhood)"
            r"|active~adults?|senior (?:living|communit\w{1,3}|housing|park|citizens?)"
            r"|retirement (?:communit\w{1,3}|living|village|neighbou?rhood)|seniors only",
        ),
        (
            "familial_status",
            rf"{_GOOD}{_FOR_A}(?:famil(?:y|ies){_NOT_A_FAMILY}|couples?(?! of)|newly~?weds"
            r"|singles|bachelors?(?! pad)|single (?:person|professional|people|parents?|buyer)"
            r"|retirees?|retired|seniors?|empty nesters?|roommates?~only)"
            r"|(?:growing|young|expanding) famil(?:y|ies)"
            r"|famil(?:y|ies)~(?:friendly|oriented|centered)(?! (?:room|floor~?plan|open|layout"
            r"|dining))|raise (?:a|your|the|their|kids|children)(?: (?:family|kids|children))?"
            r"|(?:great|perfect|ideal|super|amazing|wonderful|quiet|lovely|good|best) family"
            r" (?:neighbou?rhood|street|community|area|location|subdivision)"
            r"|(?:no|(?<!or\s)(?<!/)without|not (?:suitable|ideal|appropriate|recommended"
            r"|good) for) (?:small |young )?"
            r"(?:children|kids|toddlers|families|infants)"
            r"(?! (?:next|behind|running|play\w{0,3})|~\?)"
            r"|(?:child|kid)~free|adults?~only|adults preferred|bachelor(?:'?s'?|ette)? pad"
            r"|empty~nesters?|mature (?:couple|person|adults?|individual|people|tenants?"
            r"|professional|single|buyers?|residents?|community)s?|(?:only )?single families with"
            r"|(?:childless|married|newlywed|retired|older|elderly|young) couples?"
            r"|(?:couples?|singles?|families)~(?:only|preferred|welcome)"
            r"|(?:kids?|children)~friendly|(?:lots|plenty) of (?:kids|children) (?:in|on|nearby)"
            r"|neighbou?rhood (?:with|made) (?:lots of|up of|many) (?:kids|children|families)",
        ),
        (
            "religion",
            r"(?:near|nearby|close to|walk(?:ing)?(?: distance)? to|walkable to|next to|by"
            r"|steps (?:to"
            r"|from)|blocks? (?:to|from)|minutes (?:to|from)|convenient to|proximity to|across from"
            r"|distance (?:to|from|of)|around the corner from)(?: [a-z.']{1,12},?){0,5}?"
            r" (?:church(?:es)?|synagogues?|mosques?|lds temple|temples?|parish|chapels?|shuls?"
            r"|kingdom hall|ward house|stake center|places? of worship|cathedral)"
            r"(?! (?:st|street|rd|road|ln|lane|dr|drive|ave|avenue|way|canyon|texas|tx|bar|lofts?))"
            r"|church (?:as neighbou?r|next door|nearby|across|around the corner)"
            r"|(?:christian|catholic|jewish|muslim|mormon|lds|hindu|protestant|baptist|islamic"
            r"|orthodox|hasidic|buddhist|religious|god~fearing|faith~based)"
            rf" (?:home|households?|owners?|values|{_PEOPLE_OF})"
            r"|(?:no|only) (?:christians?|jews|muslims|mormons|catholics)|within (?:the )?eruv",
        ),
        (
            "race_or_national_origin",
            r"(?:hispanic|latin[oax]|mexican|black|white|caucasian|african~american|asian|chinese"
            r"|korean|japanese|vietnamese|filipino|arab|arabic|persian|russian|polish|italian|irish"
            r"|ethnic|minority|immigrant|anglo|multi~?cultural|racially (?:mixed|diverse)"
            r"|ethnically diverse|interracial|segregated|integrated|indian|native american)"
            rf" (?!area rugs?|culture cent){_PEOPLE_OF}(?! (?:pool|center|garden|rug|college))"
            r"|exclusive ethnic [a-z]{3,12}|(?:no|only) (?:immigrants|foreigners|hispanics|blacks"
            r"|whites|asians|mexicans|americans)|(?:must )?speaks? english|english speaking"
            r"|(?:us|u\.s\.|american)~?citizens only|white~only|whites~only",
        ),
        (
            "sex",
            r"single (?:woman|women|man|men|lady|ladies|gentleman|gentlemen|female|male|gal|guy"
            r"|mom|mother|dad|father|girl)s?(?! hung)"
            r"|(?:female|male|women|men|woman|ladies|gentlemen|girls|guys)~(?:only|preferred)"
            r"|(?:no|only|prefer) (?:men|women|males|females|ladies)"
            rf"|{_GOOD} for (?:an? |the |any )?(?:(?:young|professional|single|working|career) )?"
            r"(?:woman|lady|gentleman|man|bachelorette|women|men|ladies|gentlemen|female|male|guys?"
            r"|gals?)(?! cave| shed|'s)",
        ),
        (
            "disability",
            r"(?:not|un)~(?:be )?(?:suitable|suited|appropriate|recommended|ideal|good|fit"
            r"|accessible"
            r"|equipped|designed|set up|meant) (?:for|to|by) (?:an? |the |any |people |persons "
            r"|those |anyone |someone |individuals |buyers |tenants ){0,2}(?:with |in |using )?"
            r"(?:an? )?(?:wheel~?chairs?|disab\w{3,8}|handi~?cap\w{0,7}|elderly|mobility|walkers?"
            r"|physical\w{0,2}|mental\w{0,2}|crutches|impair\w{2,5})(?: (?:issues|problems|bound"
            r"|users?|concerns|challenges|limitations))?"
            r"|(?:not|no|non) (?:wheel~?chair|handi~?cap(?:ped)?|ada) (?:accessible|access|friendly"
            r"|compliant|persons?|tenants?|people)|no (?:wheel~?chairs|handicapped|disabled)"
            r"|able~bodied|must be able to (?:climb|walk|use) (?:the )?stairs|physically fit"
            r"|mentally"
            r" (?:ill|stable|sound)|(?:no|not) (?:mentally|physically) [a-z]{3,12}"
            r"|healthy (?:only|individuals?|tenants?|persons?|people)|no (?:service"
            r"|emotional support)"
            r" animals",
        ),
    ]
)


# Each phrase above holds one of `_WORDS`, or one of `_ADJECTIVES` and one of `_PEOPLE`: a text
# without them is read no further.
_WORDS_TEXT: Final = """
families family child children kid kids childless toddlers infants couple couples singles bachelor
bachelors bachelorette adult adults senior seniors retired retiree retirees retirement nester
nesters newlywed newlyweds wed weds roommates 55 62 restricted qualified targeted restriction
restrictions church churches synagogue synagogues mosque mosques temple temples parish chapel
chapels shul shuls kingdom ward stake worship cathedral eruv christian christians catholic
catholics jewish jews muslim muslims mormon mormons lds hindu protestant baptist islamic orthodox
hasidic buddhist religious fearing faith ethnic ethnically racially minority immigrant immigrants
foreigners hispanics blacks whites asians mexicans americans english citizens woman women man men
lady ladies gentleman gentlemen female females male males guy guys gal gals girl girls wheelchair
wheelchairs wheel handicap handicapped handicaps ada disabled disability disabilities elderly
mobility walker walkers crutches bodied climb mentally physically physical mental impaired
impairment impairments healthy animals
"""
_WORDS: Final = frozenset(_WORDS_TEXT.split())
_ADJECTIVES_TEXT: Final = """
hispanic latino latina latinx mexican black white caucasian american asian chinese korean japanese
vietnamese filipino arab arabic persian russian polish italian irish anglo multicultural cultural
mixed diverse interracial segregated integrated indian mature single 45 50 older age only
"""
_ADJECTIVES: Final = frozenset(_ADJECTIVES_TEXT.split())
_PEOPLE_TEXT: Final = """
neighborhood neighborhoods neighbourhood neighbourhoods neighbor neighbors neighbour neighbours
community communities buyer buyers tenant tenants resident residents population household
households people professional professionals person persons individual individuals parent parents
section enclave district culture mom mother dad father area over active white plus older up above
better years yrs yr
"""
_PEOPLE: Final = frozenset(_PEOPLE_TEXT.split())
WORD: Final = re.compile(r"[a-z]+|\d+")


def may_prefer(words: Iterable[str]) -> bool:
    """Whether a text of these words (`WORD` of its folded twin) can hold such a phrase at all."""
    if not _WORDS.isdisjoint(words):
        return True
    return not (_ADJECTIVES.isdisjoint(words) or _PEOPLE.isdisjoint(words))


def preferences(remarks: Remarks) -> Iterator[re.Match[str]]:
    """Each place that should be flagged; `lastgroup` is its class. Linear in the text."""
    if not may_prefer(WORD.findall(remarks.folded)):
        return
    for match in _MENTION.finditer(remarks.folded):
        if match.lastgroup != "other":
            yield match
