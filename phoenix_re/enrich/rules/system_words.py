"""The words of a sentence about a home's systems, each of one kind: what `systems.py` parses.

Kinds: the three systems; `other`, which only looks like one, is another building's or a part that
is no system; `self_…`, a verb that names its system; times (`year`, `years`, `vague`); what renews
(`new`, `done`, `header`) and what does not (`need`, `promise`, `original`); other `part`s of a home
and `mod`ifiers, which fill lists; `link`s and separators; and any other `word`. No grammar here.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from phoenix_re.enrich.rules.system_lookalikes import LOOKALIKES
from phoenix_re.enrich.rules.text import NUMBERS, Remarks, near_words, phrases

_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|fall|winter|late"
    r"|early|mid|end of)"
)
_FULL: Final = r"(?:(?:19[89]|20[0-4])\d|'(?:[0-4]|[89])\d)"
YEAR: Final = (
    rf"(?:{_FULL}|{_MONTH}[\s.,\-]{{1,3}}(?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(?:of )?{_FULL}"
    rf"|\d{{1,2}}/(?:\d{{1,2}}/)?{_FULL}|\d{{1,2}}/\d{{1,2}}/\d\d|\d{{1,2}}/[0-4]\d(?!/))"
)
COUNTS: Final = {word: count for word, count in NUMBERS.items() if word[0] in "otfse"} | {
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
}
_COUNT: Final = rf"(?:\d{{1,2}}|{'|'.join(COUNTS)}|an?)"
_YEARS: Final = r"(?:years?|yrs?)"
_AGO: Final = r"(?:old|young|ago|back)"
_SHORT: Final = r"(?:months?|mos?|weeks?)"

_ROOF: Final = (
    r"(?:(?:asphalt|comp(?:osition)?|architectural|dimensional|concrete|clay|tile|metal|foam|flat"
    r"|shingle|slate) ){0,2}roof(?:s|ing)?"
    r"(?: (?:shingles?|systems?|tiles?|underlayment|coverings?))?|(?:comp )?shingles|underlayment"
    r"|rf"
)
_UNITS: Final = r"(?: (?:units?|systems?|compressors?|condensers?|units? and furnace))?"
_MAKER: Final = (
    r"(?:trane|lennox|carrier|goodman|daikin|american standard|bryant|amana|york|rheem|ruud)"
)
_HVAC: Final = (
    r"roof~top (?:units?|package units?|a/?cs?|hvac|heat pumps?|condensers?)"
    r"|(?:gas |electric |dual )?(?:pack|package|packaged|pkg)d?~(?:units?|a/?cs?|hvac|heat pumps?)"
    r"|gas~packs?|refrigerated (?:air|cooling|ac)|master~cool|ductless (?:units?|systems?"
    r"|heat pumps?)"
    r"|(?<!air\s)compressors?|split systems?|geothermal (?:heat\w{0,3}|systems?|units?|hvac)"
    r"|(?:heating|cooling|hvac|heat) equipment|(?:heating|cooling|heat)(?=~:)"
    rf"|(?:hvac|hv/ac|h/vac|h\.v\.a\.c\.?)(?:'?s)?{_UNITS}|a\.?/c\.?(?:'?s)?{_UNITS}|a\.c\."
    rf"|acs? (?:units?|systems?|compressors?|condensers?)|(?<!\d\s)(?<![\d.])ac(?:'?s)?"
    r"|air~condition(?:ers?|ing)(?: (?:units?|systems?))?"
    r"|central (?:air|heat\w{0,3})(?: (?:and|&) (?:air|heat\w{0,3}))?(?: (?:units?|systems?))?"
    r"|furnaces?|heat~pumps?|air handlers?|boilers?|condens(?:er|ing) units?|condensers?"
    r"|(?:heating|heat)~(?:and|&|/|\+)~(?:air(?: conditioning)?|cooling|ac|a/c)"
    r"(?: (?:units?|systems?|equipment))?|(?:cooling|air|ac|a/c)~(?:and|&|/)~heat(?:ing|er)?"
    r"(?: (?:units?|systems?))?"
    r"|(?:heating|cooling) (?:units?|systems?)|mini~splits?|(?:evap(?:orative)?|swamp) coolers?"
    rf"|{_MAKER}(?: (?:heat pump|hvac|a/c|ac|furnace|air conditioner))? (?:units?|systems?)"
    rf"|\d(?:\.\d)?~tons? (?:{_MAKER}|units?)"
)
_LINES: Final = (
    r"(?:(?:water|supply|copper|pex|plumbing|sewer|drain|waste|galvanized|polybutylene)"
    r"(?:~(?:and|&|/)~(?:supply|sewer|drain|waste))?)"
)
_PIPE: Final = (
    r"(?:pex|copper|pvc|water|galvanized|cast iron|polybutylene|poly|supply|all|sewer|drain|waste)"
)
_PLUMBING: Final = (
    rf"(?:{_PIPE} )?(?:plumbing|piping|plmbg|plumb)(?: (?:systems?|lines?|pipes?))?|{_LINES} lines?"
    rf"|{_PIPE} pipes?|pipes|(?:main|cast iron|sewer|under~slab) drains?|sewer (?:laterals?|mains?)"
    r"|cast iron(?! (?:tub|stove|sink|claw|bath|radiator|range|pan|fire|rail|fenc|gate|column"
    r"|balcon|stair|bed|boiler|furnace|soak|skillet|grat))|every pipe|water mains?"
    r"|sewer(?= (?:was|is|has|replaced|redone|original|needs|and|'\d|20\d\d))|water mains?"
    r"|galvanized(?! (?:steel|metal|fenc\w{1,3}|tub|bucket|iron))|polybutylene"
)

_PARTS: Final = (
    r"(?:(?:hot|tankless|gas|electric|instant) ){0,2}(?:water|h2?o|h20) (?:heaters?|htrs?"
    r"|softeners?|tanks?)|hot water|hwh|wh|windows?|doors?|siding|gutters?|downspouts?|insulation"
    r"|soffits?"
    r"|fascia|stucco|trim|(?:(?:exterior|interior|int|ext|inside|outside)(?:~(?:/|&|and|\+)~"
    r"(?:exterior|interior|int|ext|out|outside))? )?paint(?:ed|ing)?|floor(?:s|ing)?"
    r"|carpet(?:s|ing)?|tiles?|hardwoods?|laminate|appliances?|elec(?:tric(?:al)?)?(?: (?:panels?"
    r"|service|wiring|systems?))?|wiring|re~?wir\w{1,3}|panels?|breakers?(?: box)?|foundation"
    r"|fenc(?:e|es|ing)|decks?|driveways?|kitchens?|bath(?:s|rooms?)?|cabinet(?:s|ry)"
    r"|counter~?tops?|counters?|backsplash|granite|quartz|lighting|lights?|(?:light |lighting "
    r"|plumbing )?fixtures?|fans?|drywall|sheetrock|walls|duct(?:s|work|ing)?|duct work"
    r"|thermostats?|landscap(?:e|ing)|xeriscap\w{1,3}|irrigation|sprinklers?(?: system)?"
    r"|sewer(?: lines?)?|septic|garage door(?: opener)?s?|openers?|toilets?|vanit(?:y|ies)|sinks?"
    r"|faucets?|showers?|tubs?|blinds|shutters|pool(?: (?:pump|equipment|heater|plaster))?"
    r"|heaters?|heat|heating|cooling|dishwasher|disposal|stove|range|oven|cooktop|microwave"
    r"|refrigerator|fridge|washer|dryer|pavers|well|pumps?|skylights?|screens?|sod|hardware"
    r"|solar(?: panels?)?|gas lines?|radiant barrier|baseboards?|drains?|mechanicals?|systems?"
    r"|exterior|interior|concrete|electricity|patio"
)
_MODIFIERS: Final = (
    r"\d{1,2}(?:\.\d)?~(?:seer2?|tons?)|1[89]\d\d|the|our|its|a|an|all|both|two|three|dual|double"
    r"|\d|entire|whole|complete|completely|full|every|four|five|six|single|second|respective"
    r"|total|metal|tile|shingled?|comp|composition|composite|asphalt|architectural|dimensional"
    r"|standing|seam|foam|slate|flat|copper|pex|pvc|cast|iron|galvanized|lifetime|class|impact"
    rf"|resistant|\d\d~{_YEARS}|\d\dyr|{_MAKER}|seer|whirlpool|rinnai|central"
    r"|upstairs|downstairs|main|upper|lower|energy|efficient|high|efficiency|hi|low|e|pane"
    r"|zoned?|gas|electric|inverter|variable|speed|stage|split|ductless|outside|outdoor|inside|unit"
    r"|custom|quality|premium|beautiful|major|big|ticket|items?|galvalume|rear|front|master|large"
    r"|wood|vinyl|ceramic|hard|stainless|steel|ss|under|ground|underground|above|below|grade"
    r"|spray|blown|#\d|hardi\w{0,9}|plank|anderson|andersen|pella|cedar|privacy|bath|ceiling|led"
    r"|recessed|tankless|barrel|clay|seamless|vented|tin|membrane|smart"
)
_HEADED: Final = (
    r"(?:updates?|upgrades?|improvements?|renovations?|replacements?|remodel(?:ed|ing)?|renovated"
    r"|rehab|what'?s new|work done|investments?|enhancements?|updated|upgraded|replaced|newer|new"
    r"|done|recent|(?:recent|new|newer) (?:major )?(?:items|components|additions)"
    r"|(?:taken )?(?:down )?(?:to|from) the studs)"
)

_WORD: Final = re.compile(
    phrases(
        [
            (
                "same",
                r"(?:(?:in|during|at|all) )?(?:that|the) (?:very )?same (?:year|campaign|time"
                r"|project"
                r"|season|summer|winter|spring|round|go)|that year",
            ),
            (
                "so",
                r"(?:so|as) (?:is|are|was|were|has|have)(?= (?:the|its|our|both|all|two|each))",
            ),
            (
                "vague",
                rf"(?:less than|under|within|over|more than) {_COUNT}~{_YEARS}(?:~{_AGO})?"
                rf"|{_COUNT}~(?:-|to|or|/)~{_COUNT}~{_YEARS}(?:~{_AGO})?|(?:less than |under "
                rf"|only )?"
                rf"{_COUNT}~{_SHORT}(?:~{_AGO})?|(?:(?:in|within|over) )?(?:the )?(?:last|past)"
                rf" (?:(?:{_COUNT}|few|couple(?: of)?|several) (?:{_YEARS}|{_SHORT})|years"
                rf"|{_SHORT})"
                rf"|(?:an? few|several|an? couple(?: of)?|few|recent) (?:years|yrs|months|weeks)"
                rf"(?: {_AGO})?|(?:last|this|past) (?:spring|summer|fall|autumn|winter|month|week)"
                rf"|{_COUNT} (?:summers?|winters?|springs?|falls?|seasons?) {_AGO}"
                rf"|some (?:years|time) {_AGO}|(?:last|this) year(?=')",
            ),
            (
                "years",
                rf"(?:(?:about|only|just|approx(?:imately)?|around|roughly|barely) )?{_COUNT}\+?~"
                rf"{_YEARS}~{_AGO}|{_COUNT}~(?:yo|y/o)|(?:last|this) (?:year|yr)",
            ),
            (
                "year",
                rf"(?:{_COUNT}~{_YEARS} (?:earlier|before|later),? )?(?:(?:in|on|from|of|as of"
                rf"|since"
                r"|circa|approx|around|back in|during|late|year) )?"
                rf"{YEAR}(?![s%])",
            ),
            (
                "self_roof",
                r"(?:just |recently |newly )?(?:re~roof(?:ed|ing)?|re~shingled)",
            ),
            (
                "self_plumbing",
                r"(?:(?:completely|just|recently|newly|fully|whole house|pex|full|new) ){0,2}"
                r"(?:re~pip(?:ed?|ing)|re~plumb(?:ed|ing)?)"
                r"|(?:galvanized|polybutylene|cast iron)(?: (?:supply|water|drain|lines?|pipes?"
                r"|piping"
                r"|plumbing)){0,2} (?:(?:has|have|had|was|were|is|are|all|long|since|been|recently"
                r"|finally|just|then) ){0,4}(?:came out|come out|gave way|given way|gone|removed"
                r"|ripped out|torn out|pulled(?: out)?|taken out|retired)"
                r"(?: (?:of|from) (?:this|the|our) (?:unit|house|home|building|walls|place|slab))?"
                r"(?: to (?:copper|pex))?",
            ),
            (
                "header",
                rf"{_HEADED}(?: (?:to (?:the |this )?(?:home|house|property)|made|done|completed"
                rf"|over the years|throughout|features|systems?|items|things|also|have|been|major"
                r"|finished|(?:down )?(?:to|from) the studs"
                rf"|(?:in |from |since )?{YEAR})){{0,3}}(?:~:|,? (?:(?:which|that"
                rf"|also) )?(?:such as"
                r"|like|include[sd]?|including|incl|consist of|to the|to all|on the)(?: the)?~:?)"
                r"|(?:replacements?|install(?:ation)?|overhaul) of|(?:updates|upgrades"
                r"|improvements)"
                r" to",
            ),
            ("other", LOOKALIKES),
            ("roof", _ROOF),
            ("hvac", _HVAC),
            ("plumbing", _PLUMBING),
            (
                "need",
                r"(?:(?:will )?needs?|needed|needing|need of|nds|requires?|required|requiring"
                r"|req'?d|(?:could|can|will) use|due for|calls? for|begs? for|wants?"
                r"|(?:must|should|ha(?:s|ve) to|will have to|ought to)(?= (?:all |both "
                r"|each )?(?:be|get)"
                r" (?:replaced|redone|rebuilt|re~piped))|replace (?:it|them)(?! (?:with|in|all"
                r"|last)))"
                r"(?! (?:nothing|for nothing|only|no))(?: to be)?",
            ),
            (
                "promise",
                r"will (?:be|have|get|install|replace|provide|put|give|credit|pay|add|offer)|to be"
                r"|being|plans?|planned|could|would|should|credits?|allowances?|towards?|getting"
                r"|to (?:install|replace|put|add|get|redo|update)|once|nothing|none|neither|nor"
                r"|in the works"
                r"|in progress|under~way|on the way|options?|if|quotes?|estimates?|bids?|offering"
                r"|future|soon|coming|pending|no|not(?! (?:only|just))"
                r"|never|without|insurance|claim|escrow|concessions?|like|before|prior|potential"
                r"|neighbou?rs?|neighbou?r's|neighbou?ring|other homes|quoted|estimated|priced"
                r"|proposed"
                r"|discussed|scheduled|ordered|promised|recommended|advised|suggested|on order"
                r"|approved"
                r"|budgeted|missing|not included|excluded|the only thing|all (?:it|that is"
                r"|that's) (?:needs|missing)",
            ),
            (
                "original",
                r"(?:all |still |the )?(?:original|orig\.?|builder's(?! (?:warranty|grade|upgrade))"
                r"|builder original)|as old as the (?:house|home|building|place)|(?:the )?(?:one"
                r"|ones) the builder (?:put in|installed|left)|(?:(?:at|near|nearing|past"
                r"|reached) )?(?:or near"
                r" )?(?:the )?end of (?:(?:its|their)(?: useful| service)? )?li(?:fe|ves)"
                r"|(?:on )?(?:its|their)"
                r" last legs?|beyond repair|worn out|shot",
            ),
            (
                "done",
                r"(?:torn|stripped|taken) off (?:and|then) (?:replaced|redone|rebuilt)"
                r"|(?:replaced|installed|put (?:on|in)|laid|fitted|went (?:in|on))(?: new)?"
                r"(?! for)|redone|re~done|renewed|overhauled|replacements?|repl(?:'d)?|updated"
                r"|upgraded|rebuilt|change~out|redid|followed(?= in )|re~laid|rplcd|replcd"
                r"|changed(?: out)?"
                r"|swapped(?: out)?|added|upd|done(?! by)|(?:came|made|bought) new",
            ),
            ("new", r"(?:brand |all )?new(?:er|ly)?(?! than)|recent(?:ly)?"),
            (
                "link",
                r"(?:that|which) (?=(?:was|were|is|are|has|have) )|was|were|is|are|has|have|had"
                r"|been|also|just|only|fully|totally|professionally"
                r"|about|already|entirely|too|each|now|approximately|approx|almost|basically|nearly"
                r"|relatively|very|mostly|largely|partially|partly",
            ),
            ("and", r"and|plus|as well as"),
            ("part", _PARTS),
            ("mod", _MODIFIERS),
            ("word", r"[a-z0-9'.]{1,24}"),
        ]
    ).pattern
    + r"|(?P<amp>[/&+])|(?P<comma>,)|(?P<open>\()|(?P<close>\))|(?P<mark>[^\s\w/&+,()'\-])"
)
NAMES: Final = {
    "roof": phrases([("x", rf"{_ROOF}|re~roof(?:ed|ing)?|re~shingled")]),
    "hvac": phrases([("x", _HVAC)]),
    "plumbing": phrases([("x", rf"{_PLUMBING}|re~pip(?:ed?|ing)|re~plumb(?:ed|ing)?")]),
}
_NAMING: Final = {
    "roof": "roof roofs roofing roofed reroof reroofed reroofing rooftop shingle shingles"
    " reshingled shingled underlayment rf",
    "hvac": "hvac hv ac acs c air furnace furnaces heat heating cooling cooler coolers conditioner"
    " conditioners conditioning handler handlers condenser condensers condensing split splits pump"
    " pumps central boiler boilers compressor compressors pack packs package packaged pkg"
    " geothermal"
    " refrigerated mastercool cool ductless rooftop ton tons trane lennox carrier goodman daikin"
    " bryant amana york rheem ruud american h",
    "plumbing": "plumbing plumb plumbed plmbg replumbed replumb replumbing pipe pipes piping piped"
    " repipe repiped repiping pex line lines drain drains sewer iron galvanized polybutylene main"
    " mains",
}
_NAMED_BY: Final = {name: frozenset(words.split()) for name, words in _NAMING.items()}
MATERIAL: Final = re.compile(
    r"\b(?:an?|metal|tile|slate|foam|standing|shingled?|flat|central|copper|pex|pvc|clay|barrel"
    r"|galvalume|lifetime|\d\d)\b"
)

OFF_TOPIC: Final = frozenset(
    (
        *("features", "feature", "boasts", "offers", "located", "close", "near", "walk", "walking"),
        *("minutes", "schools", "community", "neighborhood", "great", "huge", "spacious", "enjoy"),
        *("backyard", "yard", "lot", "bedroom", "bedrooms", "floorplan", "plan", "living"),
        *("covered", "built", "nestled", "backs"),
    )
)
PREPOSITIONS: Final = frozenset(
    (
        *(
            "with",
            "w",
            "by",
            "in",
            "within",
            "at",
            "to",
            "as",
            "under",
            "when",
            "prior",
            "per",
            "since",
        ),
        *("after", "following", "before", "because", "during", "over", "back", "around", "twice"),
        *("throughout", "everywhere", "here", "too", "then", "only", "once", "for", "from"),
    )
)
OUTBUILDINGS: Final = frozenset(
    (
        *("garage", "casita", "barn", "workshop", "shed", "shop", "studio", "adu", "guesthouse"),
        *("cottage", "apartment", "cabana", "greenhouse", "clubhouse", "building", "basement"),
    )
)
NEGATIONS: Final = ("no", "not", "never", "without")


def may_name(remarks: Remarks, name: str) -> bool:
    """Whether remarks could hold the system's name: a quick look, before a slow one."""
    return not _NAMED_BY[name].isdisjoint(remarks.words)


def mentions_of(remarks: Remarks, name: str) -> Iterator[re.Match[str]]:
    """The places where a system's name may stand."""
    words = _NAMED_BY[name] & remarks.words
    if min(map(len, words)) < 3:  # too short to be looked for by itself: "a/c"
        return NAMES[name].finditer(remarks.folded)
    return near_words(words, NAMES[name], remarks, 40, 40)


class Word(NamedTuple):
    kind: str
    start: int
    end: int
    text: str


@lru_cache(maxsize=8)  # roof, hvac and plumbing often stand in one sentence
def words_of(text: str, start: int, end: int) -> tuple[Word, ...]:
    """The words and marks of folded text between two places, in order; blanks and hyphens none."""
    words = [
        Word(m.lastgroup or "", m.start(), m.end(), m.group())
        for m in _WORD.finditer(text, start, end)
    ]
    year = ""
    for i, word in enumerate(words):
        if word.kind == "year":
            year = word.text
        elif word.kind == "same":
            year = year or _named_last(text[max(0, start - _BACK) : start])
            words[i] = word._replace(kind="year" if year else "vague", text=year or word.text)
    return tuple(words)


_BACK: Final = 200  # characters before the sentence in which "that same year" may be named
_YEAR_ALONE: Final = re.compile(rf"(?<![a-z0-9]){YEAR}(?![a-z0-9%])")


def _named_last(before: str) -> str:
    found = [match.group() for match in _YEAR_ALONE.finditer(before)]
    return found[-1] if found else ""
