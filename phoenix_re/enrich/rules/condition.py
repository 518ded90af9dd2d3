"""Condition: the state of the whole home, by what was done to it and by what it is called.

When a text says several: remodeled before updated, fixer before original; "as is" is a term of sale
and counts only where nothing else is said. Signs from two of the groups {fixer, original},
{remodeled, updated}, {new, under construction} contradict each other: not stated. One room's state
is none of the home's.
"""

import re
from collections.abc import Iterator
from re import Match
from typing import Final

from phoenix_re.enrich.facts import NOT_STATED, Fact
from phoenix_re.enrich.rules.as_is import as_is
from phoenix_re.enrich.rules.text import Remarks, pattern, phrases
from phoenix_re.enrich.rules.work import WORDS as WORK_WORDS
from phoenix_re.enrich.rules.work import work

_HOME: Final = r"(?:home|house|property|place|residence|condo|townhome|unit|interior)"
_NEEDED: Final = (
    r"(?:(?:some|a|a little|a bit of|lots of|a lot of|your|full|complete|total|significant"
    r"|extensive|major|foundation|serious|cosmetic|and|top to bottom|considerable|real) ){0,4}"
)
_WORK: Final = (
    r"(?:tlc|updating|repairs?|rehab(?:bing|ilitation)?|renovat(?:ions?|ing)|remodel(?:l?ing)?)"
)

_STATE: Final = phrases(
    [
        (
            "other",
            r"(?:casita|kitchen|garage|yard|bath(?:room)?s?|pool|landscap\w{2,4}|shed|roof|patio"
            r"|deck|barn|carpet|paint) <gap>needs?"
            r" (?:some |a little )?(?:tlc|work|updating|repairs?)|or tear~down"
            r"|(?:from|formerly an?|no longer an?|no|not an?|isn't an?|never an?|nor an?"
            r"|neither an?|was an?|were|former|once an?|used to be"
            r" an?) (?:fixer(?:~upper)?s?|tear~down|handy~man\w{0,2} special|new (?:build"
            r"|construction))|(?:better|newer) than new(?: construction)?|(?:like|as good as"
            r"|feels) (?:a )?(?:brand )?new"
            r"(?: (?:construction|build|home))?"
            r"|(?:new construction|newly built|newly constructed|brand new|new builds?)(?: (?:homes"
            r"|houses"
            r"|properties|townhomes|development|prices?|phase)| nearby| next door| down the| behind"
            r"| all around| around| next| across| in the area| going| on the|~/| pool| roof"
            r"| school)|(?:by|of|with|near|or|for|and|many|lots of|is|than|a|to|among"
            r"|all) new (?:construction|builds?)",
        ),
        (
            "fixer",
            r"fixer(?:~upper)?s?|handy~(?:man|person)'?s?'? (?:special|dream)|tear~down"
            rf"|(?:needs?|need of|use|needing|requires?|requiring|wants?|nds) {_NEEDED}(?:{_WORK}"
            rf"|work(?! (?:on|permit)))"
            r"|(?:needs|wants|requires) (?:everything|a gut|gutting|it all)"
            r"|(?:house|home|place) (?:needs|wants) everything"
            r"|(?:rehab|renovation|updating|tlc) (?:is )?(?:needed|required)"
            r"|gutted (?:down )?to (?:the )?studs(?! (?:and|then) (?!waiting|ready|open|clean)| in"
            r"| by|,)"
            r"|rehab project|uninhabitable|not habitable",
        ),
        (
            "original",
            r"(?:in |its |totally |completely )?original (?:(?:19"
            r"|20)\d\d )?condition(?: throughout)?"
            r"|original in every (?:detail|way|respect)"
            r"|all original(?= [a-z]{0,12}~(?:home|house|ranch|condition))"
            r"|original (?:(?:19|20)\d\d )?(?:(?:finishes|interior|everything|and unrestored"
            r"|fixtures and finishes"
            r"|kitchen and baths?) )?(?:throughout|inside and out|top to bottom)"
            rf"|(?:whole|entire) {_HOME} is (?:all |still |completely )?orig(?:inal)?"
            rf"|(?:everything|ev\w{{0,2}}rything)(?: (?:else|inside|here|in (?:it|(?:(?:the"
            rf"|this) )?{_HOME})|about it)){{0,2}}"
            r" (?:is|are) (?:all |still )?orig(?:inal)?"
            r"|(?:house|home|interior) is (?:all |completely |entirely |totally "
            r"|still )?original(?! (?:to|own))"
            r"|(?:untouched|unchanged|unaltered) since (?:it was (?:built|new)|(?:19|20)\d\d|new"
            r"|the day)",
        ),
        (
            "under_construction",
            r"(?:(?:home|house|property|this one|residence|villa) (?:is )?(?:still )?(?:currently "
            r"|now |presently )?"
            r"|currently |now |still )(?:under construction|being built|being framed)"
            r"(?! (?:next|near|down|across|around|behind|all|on (?:the|our)))"
            r"|(?:^|(?<=[.!*:]\s))under construction(?! (?:nearby|next|across))"
            r"|(?:home|house|residence) (?:is to be|will be|to be|should be) (?:completed|finished"
            r"|done|ready) (?:in|by|this|next|around|late|early)"
            r"|(?:est(?:imated|\.)?|expected|projected|anticipated) completion(?! of)"
            r"|completion (?:is |date )?(?:is )?(?:expected|scheduled|slated|set|estimated|planned"
            r"|due|anticipated)",
        ),
        (
            "new",
            r"brand new construction|(?:^|(?<=[.!*:]\s)|(?<=this\s))(?:stunning |beautiful "
            r"|gorgeous |modern )?"
            r"(?:new construction(?! (?:homes|is|and|on))|new build(?! (?:homes|quality)))"
            r"|(?:brand new|newly (?:built|constructed|completed)|just (?:built|completed)) "
            r"(?:(?!remodel|renov|updat|roof|hvac|kitchen|window|floor|carpet|applian|throughout"
            r"|paint"
            r"|(?:in|on|for|with|and|to|at|of)\b)[\w/\-]{1,12} ){0,3}?(?:home|house|build|townhome"
            r"|condo|duplex|residence|villa|modern)"
            r"|new (?:construction|build) (?:home|house|duplex|townhome|condo)"
            r"|an? new home (?:by|from|built|ready)|an? new build(?! (?:homes|quality|feel))"
            r"|this is an? (?:brand )?new (?:home|house)(?! (?:for|to))"
            r"|(?:^|(?<=[.!*:]\s))newly (?:built|constructed)(?= (?:in|by|and|with))"
            r"|new in every (?:sense|way|respect)"
            r"|never (?:yet )?(?:been )?lived in(?= (?:and|since|by)|~[.,;!\-]|~$)"
            r"|never (?:yet )?(?:been )?occupied(?=~[.,;!]|~$)|ready for (?:its"
            r"|the) (?:very )?first owners?|first to (?:live|move) in(?! (?!it\b|this|the )[a-z])",
        ),
    ]
)
_ENOUGH: Final = (
    "fixer fixers tlc handyman handymans handy handyperson need needs needing wants requires"
    " requiring nds original orig untouched unchanged unaltered gutted rehab uninhabitable"
    " habitable completion occupied teardown tear"
)
_STEMS: Final = {  # a word → what is looked for where it occurs; "" where the word is enough
    **dict.fromkeys(_ENOUGH.split(), ("",)),
    "use": ("d use ", "n use "),
    "under": ("under con",),
    "new": ("new con", "brand new", "brand-new", "new build", "new-build", "new home", "new house"),
    "every": ("new in every",),
    "newly": ("newly b", "newly-b", "newly c"),
    "gut": ("a gut",),
    "updating": ("updating ",),
    "renovation": ("renovation ",),
    "being": ("being built", "being framed"),
    "lived": ("lived in",),
    "first": ("first owner", "first to "),
    "just": ("just built", "just completed"),
    "completed": ("to be completed",),
    "finished": ("to be finished",),
    "ready": ("be ready",),
}
WORDS: Final = WORK_WORDS | _STEMS.keys()
_GROUPS: Final = (("fixer", "original"), ("remodeled", "updated"), ("under_construction", "new"))
_DENIED: Final = pattern(
    r"\b(?:[a-z]{2,6}n't|not|no|never|isn't|nor|neither|without|if|unless|instead of|unlike|than"
    r"|next door"
    r"|neighbou?r\w{0,4}|nothing|other|nearby)\b[^.!?,;:]{0,28}$"
)
_PART: Final = (
    r"kitchen|bath\w{0,5}|garage|casita|pool|barn|roof|hvac|adu|guest house|plumbing|yard|deck"
    r"|patio"
    r"|carpet|fence|shed|windows?|paint|exterior|sellers?|owners?|bank|lender|estate|trustee|heirs"
    r"|representative|administrator|nobody|landscaping"
)
_TAKEN_BACK_AFTER: Final = pattern(
    r",? (?:is |are )?(?:no more|no longer|next door|nearby|across the|down the|loans?|financing"
    r"|two doors"
    r"|behind us|on either side)\b"
)
_OF_A_PART: Final = pattern(rf"\b(?:{_PART})(?: [\w']{{1,12}}){{0,2}} $")
_OF_THE_PLACE: Final = pattern(
    rf"\b(?:{_PART}|street|school|community|road|park|clubhouse|across|amenit\w{{1,4}}|phase)"
    r"(?: [\w']{1,12}){0,3} $"
)
_ORIGINAL: Final = re.compile(
    r"\ball original(?=\s{0,2}(?:[.,;!\n]|w/|with\b|\Z))"
    r"|\bnever (?:been )?(?:remodeled|renovated)\b"
)
_A_FIXER: Final = ("fixer", "handy", "tear")
_OF_ANYTHING: Final = frozenset({"fixer", "original", "under_construction", "new"})


def condition(remarks: Remarks, sale: Fact | None = None) -> Fact:
    """`sale`: what `as_is` says of the same remarks, where it was asked already."""
    found: dict[str, tuple[int, int]] = {}
    for said in work(remarks):
        if said.kind in ("remodeled", "updated"):
            found.setdefault(said.kind, (said.start, said.end))
        elif said.kind == "never" and _is_of_the_home(remarks, said.start):
            found.setdefault("original", (said.start, said.end))
    for match in _states(remarks):
        if match.lastgroup in _OF_ANYTHING and not _is_taken_back(remarks, match):
            found.setdefault(match.lastgroup, match.span())
    groups = [group for group in _GROUPS if found.keys() & set(group)]
    if len(groups) > 1:
        return NOT_STATED
    if not groups:
        sale = as_is(remarks) if sale is None else sale
        if sale.state != "yes" or _ORIGINAL.search(remarks.folded):
            return NOT_STATED  # more is said of its condition than that it is sold as it is
        return Fact("yes", "as_is", sale.evidence)
    value = next(value for value in groups[0] if value in found)
    return remarks.fact("yes", found[value], value)


def _states(remarks: Remarks) -> Iterator[Match[str]]:
    """Names of a state, looked for only around the stems: one pass for each is cheaper than one
    for their alternation."""
    folded = remarks.folded
    places: list[int] = []
    for word in _STEMS.keys() & remarks.words:
        for stem in _STEMS[word]:
            at = folded.find(stem or word)
            while at >= 0:
                places.append(at)
                at = folded.find(stem or word, at + 1)
    start = end = 0
    for at in sorted(places):
        if at - 60 > end:
            yield from _STATE.finditer(folded, start, end)
            start = at - 60
        end = at + 80
    if places:
        yield from _STATE.finditer(folded, start, end)


def _before(remarks: Remarks, at: int) -> str:
    return remarks.folded[max(remarks.sentence(at)[0], at - 45) : at]


def _is_taken_back(remarks: Remarks, match: Match[str]) -> bool:
    before = _before(remarks, match.start())
    if _DENIED.search(before) or _TAKEN_BACK_AFTER.match(remarks.folded, match.end()):
        return True
    if match.lastgroup in ("new", "under_construction"):
        return _OF_THE_PLACE.search(before) is not None
    return not match.group().startswith(_A_FIXER) and _OF_A_PART.search(before) is not None


_HOME_BEFORE: Final = pattern(
    rf"^\W{{0,3}}$|\b(?:it|it's|{_HOME})(?: (?:was|has|is|had|itself))?(?: been)?,? ?$"
)


def _is_of_the_home(remarks: Remarks, at: int) -> bool:
    """ "Never remodeled" at the beginning of a sentence, or after "it was", "the house has"."""
    return _HOME_BEFORE.search(_before(remarks, at)) is not None
