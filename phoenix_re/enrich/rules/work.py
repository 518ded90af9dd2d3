"""Statements that kitchen, baths or the whole home were remodeled, renovated or updated.

What `renovation.py` and `condition.py` both read. A statement is a phrase of one of the kinds below
that nothing before it in its clause takes back: a proposal ("ready to renovate"), a denial, part of
a home, another home. Years are `renovation.py`'s. No state of a home without work here.

Each word of work is read with what stands before it ("the kitchen was", "fully", "everything in it
has been") and behind it ("throughout", "the whole house", "kitchen and baths").
"""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from phoenix_re.enrich.rules.text import Remarks, near_words, pattern, phrases

_WORDS: Final = (
    "remod updtd updt reno renod remodel remodels remodeled remodelled remodeling remodelling"
    " unremodeled renovated renovation"
    " renovations unrenovated updated upd rehab rehabbed rehabilitated redone redid done gutted"
    " rebuilt"
    " rebuild remade overhaul overhauled modernized modernization makeover revamped"
)
WORDS: Final = frozenset(_WORDS.split())  # without one of them there is no statement
_GUTTED_AND: Final = r"(?:gutted|opened up|expanded|taken apart),? (?:and|&)"
_BIG: Final = r"(?:remod(?:ell?ed)?|renovated|reno'?d|rehabbed|rehabilitated)"
_BIGGER: Final = (
    rf"(?:{_GUTTED_AND} (?:remodell?ed|renovated|rebuilt|redone)|re(?:modell?ed|novated|built|done"
    rf"|made"
    r"|~done|vamped|habbed|habilitated)|gutted|overhauled|modernized)"
)
_DONE: Final = rf"(?:upd(?:a?ted|td|t)?|{_BIGGER})"
_HOW: Final = (
    r"(?:(?:complete|ful|total|extensive|beautiful|tasteful|new|recent|fresh|heavi|meticulous"
    r"|thoughtful|professional|stunning|gorgeous|loving|entire|sharp|stylish|wonderful|artful"
    r"|magnificent|impeccab|nice|smart|painstaking|careful|handsome|elegant|gent|expert|thorough"
    r"|comprehensive|pristine|masterful|charming|skil+ful|high|most recent)l?y|just|all|last"
    r"|compl?)"
)
_HOME: Final = (
    r"(?:ho(?:me|use)|bungalow|cottage|rancher|ranch|condo|town~?ho(?:me|use)|duplex|property|unit"
    r"|residence|dwelling|gem|beauty|charmer|place|villa|interior"
    r"(?! (?:paint|door|light|trim|includ|wall|floor|color|finish)))"
)
_THE_HOME: Final = (
    rf"(?:(?:the|this|our|my|their|entire|whole|complete|full|all of(?: the)?|main) ){{1,3}}{_HOME}"
)
_BETWEEN: Final = (  # adjectives only: "updated flooring this home" is not an updated home
    r"(?:(?!floor|kitchen|bath|roof|light|applian|and|with|by|in|w/|throughout|guest|pool|park"
    r"|ac\b|a/c|hvac|air|heat|window|electr|plumb)[\w/]{1,12} ){0,3}?"
)
_EVERYWHERE: Final = (
    r"(?:throughout|t/o|top to bottom|inside (?:and|&) out|inside out|in (?:and|&) out"
    r"|from the ground"
    r" up|in (?:its|their) entirety|front to back|room by room|through and through|every room"
    r"|head to"
    r" toe|(?:from|down to|to) the studs(?: out| up)?|from (?:the )?(?!road|street|this|here|its"
    r"|our|a\b|19|20)[a-z]{3,12}(?: [a-z]{3,12})? to (?:the )?(?!the|road|a\b|19|20)[a-z]{3,12})"
)
_ADJECTIVE: Final = (
    r"(?:(?:(?:the |all |of |its |our |my )(?:two|three|four|2|3|4)|two of|the|both|all|every|each"
    r"|its|our|my|their|an?|master|primary|guest|hall|hallway|main|half|full|owner'?s'?|upstairs"
    r"|downstairs|upper|lower|gourmet|chef'?s|spacious|large|modern|eat in|white|country|open"
    r"|second|secondary|other|big|bright|beautiful|galley|en~suite|suite|jack and jill"
    r"|ground floor) ){0,4}"
)
_ROOM: Final = (
    r"(?:kitchens?|kit|bath(?:room)?s?|ba|powder (?:room|bath)s?|en~suites?)(?![a-z])"
    r"(?! (?:cabinet|counter|applian|fixture|faucet|floor|light|hardware|vanit|sink|tile|island"
    r"|window|paint|wall|backsplash|fan|door|table|garden|house|plumb|mirror))"
)
_OTHER_ITEM: Final = (
    r"(?:floor(?:s|ing)?|paint|lights?|lighting|windows?|doors?|cabinets?|counters?|countertops?"
    r"|appliances|fixtures?|roof|hvac|a/?c|plumbing|electrical|wiring|carpets?|tile|landscaping"
    r"|siding"
    r"|laundry(?: room)?|living room|family room|den|office|patio|deck|yard|closets?|stairs?|walls)"
)
_SEPARATOR: Final = r"(?:~(?:,~and|,|and|&|/|\+|plus|as well as)~)"
_ITEM: Final = rf"{_ADJECTIVE}(?:{_ROOM}|{_OTHER_ITEM})"
ROOMS: Final = (  # a list with a kitchen or bath in it
    rf"(?:{_ADJECTIVE}{_OTHER_ITEM}{_SEPARATOR}){{0,3}}{_ADJECTIVE}{_ROOM}"
    rf"(?:{_SEPARATOR}{_ITEM}){{0,4}}"
)
_ITEMS_BEFORE: Final = pattern(rf"(?<![a-z0-9])(?:{_ITEM}{_SEPARATOR}){{1,4}}{_ADJECTIVE}$")
_UNCOUNTED: Final = (  # "2 bath, updated throughout" is no bath that was updated
    r"(?<!\b\d\s)(?<!\b\d-)(?<!\b\d/)(?<!one\s)(?<!two\s)(?<!three\s)(?<!four\s)(?<!half\s)(?<!f"
    r"ive\s)"
)
_WERE: Final = (
    r"(?: (?:was|were|is|are|(?:has|have|had) (?:(?:now|just|also|all|both|recently|each) )?been"
    r"|both|all|each|just|also|then|that|which|now)){0,4}"
)
_DATED: Final = (  # "remodeled in 2015", not "remodeled (2015) kitchen"
    r"(?=~[(:]?~(?:in )?(?:'\d\d|20\d\d|19[89]\d)\)?+(?!~(?:[\w/']{2,10} ){0,3}(?:kitchen|bath"
    r"|powder)))"
)
_TOTAL: Final = (
    r"(?:complete|full|total|whole (?:home|house)|entire|extensive|(?:down )?to the studs|studs|gut"
    r"|top to bottom|major|thorough|comprehensive|massive|stunning|gorgeous|modern|beautiful"
    r"|exquisite|amazing|designer|incredible|luxury) (?:modern |interior |designer |home |house )?"
)
_REMODEL: Final = r"(?:re(?:model(?:l?ing)?|novations?|hab|build)|overhaul|makeover|modernization)"
_NO_PLAN: Final = (
    r"(?! (?:opportunity|project|of (?!the|this|our)|potential|ready|options?|plans?|permit|loan"
    r"|candidate))"
)
_OUTBUILDING: Final = (
    r"(?:casita|guest house|garage|barn|shed|studio|clubhouse|adu|lobby|pool|carriage house|cabana)"
)

_VERB: Final = phrases(
    [
        ("big", rf"{_GUTTED_AND} (?:remodell?ed|renovated|rebuilt|redone)|{_BIG}"),
        ("done", rf"{_BIGGER}|redid|done(?= (?:in )?(?:'\d|20))"),
        ("updated", "upd(?:a?ted|td|t)?"),
        ("noun", _REMODEL + "|remodels"),
    ]
)
_BEFORE: Final = 95  # characters that are read before a word of work


def _ending(source: str) -> re.Pattern[str]:
    return pattern(rf"(?<![a-z0-9])(?:{source})$")


_NEVER: Final = _ending(
    r"(?:never|nothing|not one thing|no room)(?: (?:has|have|was|were|had|here|in (?:it|here)))?"
    r"(?: (?:ever|yet))?(?: been| was)?(?: touched or)? "
)
_NOT: Final = _ending(r"(?:hasn't|haven't|has not|have not) (?:ever )?been ")
_NO: Final = _ending(r"no ")
_EVER: Final = pattern(r",? (?:ever|have been (?:made|done)|has been done|whatsoever)\b")
_OTHERS: Final = _ending(
    r"(?:homes|houses|properties|neighbou?rs|buildings|condos|villas) <gap>(?:been |being )?"
    rf"|(?:{_OUTBUILDING}|outdoor|summer|basement|apartment|carport)(?:'s)?"
    rf"(?: (?:kitchen|bath\w{{0,4}}))?{_SEPARATOR}?(?:~(?:was|were|has been|is|are|with|has|just"
    rf"|an?)){{0,3}} (?:{_HOW} )?"
    rf"|(?:patio|exterior|yard|building|elevators?|lobby|hallways?|corridors?|common areas?|grounds"
    rf"|amenities) (?:was |were |has been |is |are )?(?:{_HOW} )?"
)
_NOT_THE_HOME: Final = pattern(
    r" (?:park|school|clubhouse|community|library|elementary|mall|trail|shopping|amenit\w{1,4}"
    r"|lobby|pool|gym|hotel|downtown|center|common|exterior|grounds|photos?|pictures?|listing|price"
    r"|survey|information|disclosures?|report|daily)\b"
)
_ROOM_STEMS: Final = re.compile(r"kit|ba|powder|en.?suite")
_ROOMS_AFTER: Final = pattern(
    rf" (?:and [a-z]{{4,10}} )?(?!<n>~(?:bed|bd|br|story))(?:new )?{ROOMS}|~\({ROOMS}\)"
)
_OF_ROOMS: Final = pattern(rf"(?: of |~:~){ROOMS}")
_ROOM_IN_CLAUSE: Final = pattern(
    rf"(?<![a-z0-9]){_UNCOUNTED}{_ROOM}(?:{_SEPARATOR}{_ITEM}){{0,4}}(?P<verb>"
    rf"(?: (?:off|on|in|at|of|upstairs|downstairs|above|below|by|beside|next"
    rf"|for)(?: [\w']{{1,12}}){{0,5}}?)?"
    rf" (?:was|were|has been|have been)(?: {_HOW})? "
    r"| (?:received|got|had|has had|have had|underwent|saw|enjoyed"
    r"|was given)(?: [\w\-]{1,12}){0,3} )?[^.,;:!?]{0,60}$"
)
_ROOMS_BEFORE: Final = _ending(
    rf"(?:(?:of the|the|all|its|our) (?:two|three|four|2|3|4) |{_UNCOUNTED}){_ROOM}"
    rf"(?:{_SEPARATOR}{_ITEM}){{0,4}}(?:(?P<clause>{_WERE}(?: {_HOW}){{0,2}} )"
    rf"|~(?:,|:|-|\()~(?:(?:both|all|each|{_HOW}) ){{0,2}})"
)
_ENDS: Final = pattern(r"~(?:[.,;)(]|$|'\d| in | by | with | for |20\d\d| last | this )")
_ALL_OF_IT: Final = pattern(rf"(?: {_THE_HOME})?,? {_EVERYWHERE}\b")
_HOME_AFTER: Final = pattern(rf" {_THE_HOME}\b(?! of)")
_SUCH_HOME: Final = pattern(rf" {_BETWEEN}{_HOME}\b")
_CLOSES: Final = pattern(
    rf"(?:(?=~[.!;,]| (?:and|&) (?:move|ready|turn)| (?:with|in|by) (?:an? )?(?!kitchen|bath))"
    rf"|{_DATED}"
    r"|(?= (?:<n>(?:~(?:bed|br|bd|story|bath|/)|, ?\d)|from top|top to bottom|inside|throughout)))"
)
_DATED_ALONE: Final = pattern(_DATED)
_IN_A_YEAR: Final = pattern(r" in (?:19|20)\d\d")
_HOME_BEFORE: Final = _ending(
    rf"{_HOME} (?:was |has been |is |were |that was |which was )(?:{_HOW} )?"
)
_ALL_BEFORE: Final = _ending(
    rf"(?:everything|all of it|every (?:room|surface|inch|corner)|(?:whole"
    rf"|entire) {_HOME})(?: (?!but|except"
    r"|else)[\w\-]{1,12})"
    rf"{{0,5}}? (?:was |were |has been |is )(?:{_HOW} )?"
)
_HOW_BEFORE: Final = _ending(rf"{_HOW} (?:{_DONE} (?:and|&) )?")
_WAS_BEFORE: Final = _ending(rf"(?:was|is|has been) (?:{_HOW} )?")
_A_PART: Final = re.compile(  # what "it was remodeled" may speak of instead
    r"kitch|bath|powder|suite|casita|guest|garage|pool|basement|patio|barn|shed|studio|building"
    r"|clubhouse|lobby|elevator|school|park\b|library|shop"
)
_FROM_STUDS: Final = _ending(
    r"(?:taken|stripped|gutted) (?:back |down )?to the studs (?:and|then) "
)
_TOTAL_BEFORE: Final = _ending(_TOTAL)
_OPENS: Final = re.compile(r"(?:^|[.!*;])\s{0,3}(?:year )?$")
_YEAR_BEFORE: Final = _ending(r"(?:'\d\d|(?:19|20)\d\d) ")
_NO_PLAN_AFTER: Final = pattern(_NO_PLAN)
_OF_HOME: Final = pattern(
    rf" of (?:the|this|our) (?:(?:entire |whole ){_HOME}|dwelling|residence|home|house)\b"
)
_AFTER_YEAR: Final = pattern(r" (?:in|on|near|tucked|with|by|includ\w{2,3})\b|[.!,:]")
_TAKEN_BACK: Final = pattern(  # by a word before it in the same clause
    r"\b(?:not|never|isn't|aren't|wasn't|weren't|hasn't|haven't|nor|neither|ready (?:for|to)|needs?"
    r"|needing|need of|(?:could|can|should|would|will|may|might|must)(?! (?:tell|see|find|notice"
    r"|love"
    r"|enjoy))|to be|waiting|awaiting|awaits?|wants?(?! to miss)|potential|opportunity|being|if"
    r"|once"
    r"|until|before|yet to|plan(?:s|ned)? (?:to|for|on)|dream\w{0,3}|someday|partially|partly|half"
    r"|neighbou?r(?:s|ing|'s)?|similar|other (?:homes|units|houses)|next door|no|without|bring"
    r"|imagine"
    r"|ideas?|budget|quotes?|bids?|estimates?|credit|allowance|permits?|proposed|future|ask for"
    r"|like to"
    r"|than|have sold after|recommend\w{0,2}|hoping|hope|instead of|prior|next year|except(?: for)?"
    r"|great for|perfect for|rendering\w{0,1}|requires?|requiring|deserves?|begs?|calls? for"
    r"|due for"
    r"|candidates?|asks? for|ripe|primed|suited|suitable|consider\w{0,3}|intend\w{0,2}|thinking"
    r"|started|began|begun|unfinished|mid(?! century)|halfway|underway|invites?)\b[^.!?;:]{0,45}$"
)
_TAKEN_BACK_AFTER: Final = pattern(
    r",?(?: (?:is|was|were|are|has|have|had|been|still|currently|now|only)){0,3} (?:in progress"
    r"|under~way"
    r"|needed|required|not (?:finished|complete)|unfinished|never (?:finished|completed)|started"
    r"|begun|half (?:done|finished)|awaits|to come|next year|soon|pending|planned|possible|optional"
    r"|being (?:done|finished)|partially|partly)\b"
)
_HARDLY: Final = pattern(  # within the statement itself
    r"\b(?:partially|partly|half(?! bath)|not|never|being|to be|will|would|could|should|can|needs?"
    r"|waiting|ready|until|before|if|almost|nearly|soon|without)\b"
)
_ASSERTS: Final = pattern(  # begins a new clause after one of those words
    r"(?:, (?:and |but |yet |though |although )?(?:the|it|this|both|all|was|were|has|in|fully"
    r"|completely|totally)| but| however| yet| except)\b[^,]{0,45}$|, $"
)
_OF_ALL: Final = phrases([("x", rf"{_EVERYWHERE}|every\w{{0,5}}|all of it")])


class Work(NamedTuple):
    """One statement, where it stands, and its words."""

    kind: Literal["never", "rooms", "remodeled", "updated"]
    start: int
    end: int
    text: str

    @property
    def is_of_all(self) -> bool:
        """It says that all of the home was worked on: not just "updated home"."""
        return self.kind == "remodeled" or _OF_ALL.search(self.text) is not None


@lru_cache(maxsize=1)  # renovation and condition read the same text one after the other
def work(remarks: Remarks) -> tuple[Work, ...]:
    """Statements in the order of the text."""
    if WORDS.isdisjoint(remarks.words):
        return ()
    folded = remarks.folded
    found = [_read(folded, verb) for verb in near_words(WORDS, _VERB, remarks, 40, 60)]
    return tuple(w for w in found if w and (w.kind == "never" or not _is_taken_back(remarks, w)))


def _read(folded: str, verb: re.Match[str]) -> Work | None:
    """What one word of work says with the words next to it."""
    begin, end = max(0, verb.start() - _BEFORE), verb.end()
    left = folded[begin : verb.start()]
    never = _never(folded, verb, left)
    if never is not None:
        return Work("never", begin + never, end, folded[begin + never : end])
    if _OTHERS.search(left) or _NOT_THE_HOME.match(folded, end):
        return None
    span = _of_rooms(folded, verb, left)
    if span is not None:
        kind: Literal["rooms", "remodeled", "updated"] = "rooms"
    else:
        if _ROOM_STEMS.search(left) and _ROOM_IN_CLAUSE.search(left):
            left = "room "  # of a room after all: only what follows may tell more
        read = _of_noun if verb.lastgroup == "noun" else _of_home
        span = read(folded, verb, left)
        kind = "updated" if verb.lastgroup == "updated" else "remodeled"
    if span is None:
        return None
    start, close = begin + span[0] if span[0] >= 0 else verb.start(), span[1]
    return Work(kind, start, close, folded[start:close])


_Span = tuple[int, int]  # from a place of the text before (-1: from the word itself) to one after


def _never(folded: str, verb: re.Match[str], left: str) -> int | None:
    if verb.lastgroup == "noun":
        found = _NO.search(left) if _EVER.match(folded, verb.end()) else None
    else:
        found = _NEVER.search(left) or (verb.lastgroup == "big" and _NOT.search(left)) or None
    return found.start() if found else None


def _of_rooms(folded: str, verb: re.Match[str], left: str) -> _Span | None:
    end = verb.end()
    if verb.lastgroup == "noun":
        after = _OF_ROOMS.match(folded, end)
    else:
        after = _ROOMS_AFTER.match(folded, end)
    if after is not None:
        how = _HOW_BEFORE.search(left)
        return how.start() if how else -1, after.end()
    if not _ROOM_STEMS.search(left):
        return None
    before = _ROOMS_BEFORE.search(left)
    if before is None:
        before = _ROOM_IN_CLAUSE.search(left)
        return (before.start(), end) if before and before["verb"] else None
    if before["clause"] is None and _ENDS.match(folded, end) is None:
        return None
    if verb.lastgroup == "noun" and _NO_PLAN_AFTER.match(folded, end) is None:
        return None
    items = _ITEMS_BEFORE.search(left, 0, before.start())
    return (items or before).start(), end


def _of_home(folded: str, verb: re.Match[str], left: str) -> _Span | None:
    end, is_updated = verb.end(), verb.lastgroup == "updated"
    how = _HOW_BEFORE.search(left)
    start = how.start() if how else -1
    after = _ALL_OF_IT.match(folded, end)
    if after is not None and verb.group() == "gutted":
        return None  # and not rebuilt
    if after is None and not is_updated:
        after = _HOME_AFTER.match(folded, end)
    if after is None and verb.lastgroup != "done":
        after = _SUCH_HOME.match(folded, end)
    if after is not None:
        return start, after.end()
    before = _ALL_BEFORE.search(left) or _FROM_STUDS.search(left)
    if before is None and verb.lastgroup != "done":
        before = _HOME_BEFORE.search(left)
        if before is None and _IN_A_YEAR.match(folded, end):
            before = None if _A_PART.search(left) else _WAS_BEFORE.search(left)
    if before is None and verb.lastgroup == "big":
        if how is not None and _CLOSES.match(folded, end):
            before = how
        elif _DATED_ALONE.match(folded, end) and _OPENS.search(left):
            return -1, end
    return (before.start(), end) if before else None


def _of_noun(folded: str, verb: re.Match[str], left: str) -> _Span | None:
    end = verb.end()
    of_home = _OF_HOME.match(folded, end)
    if of_home is not None:
        return -1, of_home.end()
    if _NO_PLAN_AFTER.match(folded, end) is None:
        return None
    before = _TOTAL_BEFORE.search(left)
    if before is None and _AFTER_YEAR.match(folded, end):
        before = _YEAR_BEFORE.search(left)
    return (before.start(), end) if before else None


def _is_taken_back(remarks: Remarks, said: Work) -> bool:
    folded, start = remarks.folded, said.start
    begin, end = remarks.sentence(start)
    if folded[end - 1] == "?" or _TAKEN_BACK_AFTER.match(folded, said.end):
        return True
    if _HARDLY.search(said.text):
        return True
    before = folded[max(begin, start - 60) : start]
    taken = _TAKEN_BACK.search(before)
    return taken is not None and _ASSERTS.search(before, taken.start()) is None
