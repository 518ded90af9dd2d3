"""Roof, heating and cooling, plumbing: renewed or not, and since when.

A sentence that names a system is cut into words of a few kinds (`system_words.py`), and the words
around the name are read like a list: "new roof, HVAC and windows", "roof and A/C replaced in 2019",
"updates include plumbing", "roof '21". What is said of one item holds for the others only as far as
the list's grammar carries it. Materials, services, coatings, fixtures and ducts are not the system;
a promise, a credit or an estimate is no renewal; nor is work on a shed or casita.

Original, or in need of replacement, is a denial. Renewal and denial in one text contradict each
other: not stated. Two times in one text leave the time unsaid.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from phoenix_re.enrich.facts import NOT_STATED, Age, Fact
from phoenix_re.enrich.rules.system_words import (
    COUNTS,
    MATERIAL,
    NAMES,
    NEGATIONS,
    OFF_TOPIC,
    OUTBUILDINGS,
    PREPOSITIONS,
    YEAR,
    Word,
    may_name,
    words_of,
)
from phoenix_re.enrich.rules.text import Remarks

_SYSTEMS: Final = frozenset({"roof", "hvac", "plumbing"})
_ITEMS: Final = _SYSTEMS | {"part"}
_AND: Final = frozenset({"and", "amp", "comma"})
_TIMES: Final = frozenset({"year", "years", "vague"})
_NOUNS: Final = _ITEMS | {"mod", "word", "new", "other"}
_TELLING: Final = re.compile(  # a sentence without any of these says nothing of a system
    r"new|recent|replac|updat|upgrad|instal|redo|re-d|renew|re-?[rps]|overhaul|rebuilt|changed"
    r"|put on|improve|remodel|renovat|rehab|studs|investment|enhance|items|components|original"
    r"|need|requir|use|due|year|yr|month|week|'\d\d|\d\d\d\d|/\d\d|nds|repl|orig|builder|as old as"
    r"|end of|last legs|shot|worn|beyond|laid|made new|put in|went (?:on|in)|swapped|added|upd|fitted"
    r"|bought new|\dyo|seasons?|(?:last|this|past) (?:s|f|w)|came out|gone|gave way|given way|torn"
    r"|ripped|pulled|removed|retired"
)
_ABBREVIATED: Final = re.compile(r"(?:jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.")
_MOST_ITEMS: Final = 8
_APIECE: Final = ("all", "both", "each", "every", "none", "one", "two", "three", "four")
_DESCRIBES: Final = (  # begin what tells one roof or unit from another
    *("above", "overhead", "itself", "over", "on", "in", "of", "that", "which", "here", "serving"),
    *("upstairs", "downstairs", "for", "at", "from", "leaks"),
)
_THE_OTHER: Final = ("other", "one", "second", "rest", "half", "front", "back", "upstairs", "another")
_ANOTHER_CLAUSE: Final = ("but", "while", "whereas", "though", "although", "yet", "so")
_ANOTHER_TIME: Final = ("after", "before", "following", "because", "until", "than", "when")


class _Said(NamedTuple):
    """What the words on one side of a name say of it, up to which place, and its times."""

    state: Literal["yes", "no", "unclear"]
    place: int
    times: tuple[Age | None, ...] = ()  # None: a time that is not exact


def roof(remarks: Remarks) -> Fact:
    return _system(remarks, "roof")


def hvac(remarks: Remarks) -> Fact:
    return _system(remarks, "hvac")


def plumbing(remarks: Remarks) -> Fact:
    return _system(remarks, "plumbing")


def _system(remarks: Remarks, name: str) -> Fact:
    if not may_name(remarks, name):
        return NOT_STATED
    found: dict[str, tuple[int, int]] = {}
    ages: set[Age] = set()
    read_to = -1
    for mention in NAMES[name].finditer(remarks.folded):
        if mention.start() < read_to:
            continue
        read_from = read_to
        start, read_to = _sentence(remarks, mention)
        if remarks.folded[read_to - 1] == "?":
            continue  # a question states nothing
        if not _TELLING.search(remarks.folded, start, read_to):
            continue
        tokens = words_of(remarks.folded, start, read_to)
        for i, token in enumerate(tokens):
            named = token.kind in (name, f"self_{name}") and token.start >= read_from
            said = _judge(tokens, i) if named else None
            if said is not None:
                state, span, times = said
                ages.update(age for age in times if age is not None)
                found.setdefault(state if state == "no" or not times else "timed", span)
    renewed = found.get("timed") or found.get("yes")
    if "no" in found:
        return NOT_STATED if renewed else remarks.fact("no", found["no"])
    if renewed is None:
        return NOT_STATED
    return remarks.fact("yes", renewed, ages.pop() if len(ages) == 1 else None)


def _sentence(remarks: Remarks, mention: re.Match[str]) -> tuple[int, int]:
    """The mention's sentence; over a "Dec." or a lone dash after the name, with the next one."""
    start, end = remarks.sentence(mention.start())
    text = remarks.folded
    if start > 2 and text[start - 2 : start] == "- ":
        begin = remarks.sentence(start - 2)[0]
        start = begin if start - begin < 30 else start
    if end < len(text) and (
        _ABBREVIATED.fullmatch(text, max(start, end - 4), end)
        or _ABBREVIATED.fullmatch(text, max(start, end - 5), end)
        or not text[mention.end() : end].strip(" -")
    ):
        end = remarks.sentence(end)[1]
    return start, end


def _judge(
    tokens: Sequence[Word], i: int
) -> tuple[Literal["yes", "no"], tuple[int, int], tuple[Age | None, ...]] | None:
    """State, span of the evidence, and times of the system named at token `i`."""
    here = tokens[i]
    right, after = _predicate_of(tokens, i)
    if here.kind.startswith("self_"):
        left = _refused(tokens, i) or _Said("yes", *_dated(tokens, i))
        if right is not None and right.state == "unclear":
            return ("no", (here.start, right.place), ()) if _is_needed(tokens, i) else None
        is_noun = here.text.endswith(("pipe", "plumb", "roof"))
        if is_noun and right is None and i + 1 < len(tokens) and tokens[i + 1].kind == "link":
            return None  # "a re-pipe is on the list"
    else:
        left = _before(tokens, i) or _as_the_other(tokens, i)
        if _is_wished(tokens, i):
            return None
    if left is None and (right is None or right.state == "unclear"):
        right = _needed_later(tokens, i) or right
    sides = [said for said in (right, left, after) if said is not None]
    if not sides or any(said.state == "unclear" for said in (right, left) if said):
        return None
    state = sides[0].state if not (left and left.state == "no") else "no"
    if state == "unclear":
        return None
    if state == "no":
        sides = [said for said in sides if said.state == "no"]
    places = [here.start, here.end, *(s.place for s in sides if s.state == state)]
    times = next((s.times for s in sides if s.times), ()) if state == "yes" else ()
    first = i
    while first and tokens[first - 1].start >= min(places):
        first -= 1
    if _is_of_outbuilding(tokens, first):
        return None
    if state == "yes" and not times:
        led = _leading_year(tokens, first)
        if led is not None:
            times, places = (_age(led),), [*places, led.start]
    return state, (min(places), max(places)), times


def _is_of_outbuilding(tokens: Sequence[Word], first: int) -> bool:
    """ "The garage has …", "casita with its own …" before the token `first`."""
    has = False
    for k in range(first - 1, max(-1, first - 7), -1):
        token = tokens[k]
        if token.text.startswith(("neighbor", "neighbour")) or (
            token.text == "next" and tokens[k + 1].kind == "part"
        ):
            return True
        if token.text in OUTBUILDINGS or (token.text == "kitchen" and tokens[k - 1].text == "outdoor"):
            return has
        if token.kind in ("mark", "comma"):
            return False
        has = has or token.text in ("has", "have", "with", "w", "got", "gets", "includes", "had")
    return False


def _is_wished(tokens: Sequence[Word], i: int) -> bool:
    """ "With a new roof this could be a gem"."""
    for token in tokens[i + 1 : i + 5]:
        if token.text in ("could", "would", "should") and token.kind != "need":
            return True
        if token.kind in ("comma", "mark", "and", *_ITEMS):
            return False
    return False


def _is_needed(tokens: Sequence[Word], i: int) -> bool:
    """ "Full re-plumb required"."""
    return any(token.kind == "need" for token in tokens[i + 1 : i + 4])


def _leading_year(tokens: Sequence[Word], i: int) -> Word | None:
    """The year that opens the clause of the token `i`: "in 2022 the association replaced …"."""
    for k in range(i - 1, max(-1, i - 9), -1):
        token = tokens[k]
        if token.kind == "year":
            opens = k == 0 or tokens[k - 1].kind in ("comma", "and", "mark")
            return token if opens and (k == 0 or token.text[:1] in "bdi") else None
        if token.kind == "done" and all(t.kind in ("mod", "new") for t in tokens[k + 1 : i]):
            continue  # "in 2017 the owners installed a new heat pump"
        if token.kind not in ("word", "mod", "link", "comma", "new", "part"):
            return None
        if token.kind == "part" and k + 1 < i and tokens[k + 1].kind in (*_AND, *_TIMES):
            return None
    return None


def _as_the_other(tokens: Sequence[Word], i: int) -> _Said | None:
    """What is said of the item before: "the plumbing is original, and so is the roof"."""
    k = i - 1
    while k > 0 and tokens[k].kind == "mod":
        k -= 1
    if k < 1 or tokens[k].kind != "so":
        return None
    for j in range(k - 1, max(-1, k - 14), -1):
        if tokens[j].kind in _ITEMS:
            said = _predicate_of(tokens, j)[0] or _before(tokens, j)
            return said._replace(place=tokens[k].start, times=()) if said else None
    return None


def _needed_later(tokens: Sequence[Word], i: int) -> _Said | None:
    """A need in the rest of the clause: "the pipes are polybutylene and should be replaced"."""
    for k in range(i + 1, min(len(tokens), i + 12)):
        token = tokens[k]
        if token.kind == "need":
            if any(t.text in NEGATIONS for t in tokens[max(i + 1, k - 2) : k]):
                return None
            for later in tokens[k : k + 4]:
                if later.kind == "done" or later.text.startswith("replac"):
                    return _Said("no", later.end)
            return None
        if token.kind in (*_ITEMS, "new", "original", "year", "years") or token.text in _ANOTHER_CLAUSE:
            return None
    return None


def _dated(tokens: Sequence[Word], i: int) -> tuple[int, tuple[Age | None, ...]]:
    """Where a verb and the time said of it end, and that time."""
    begin = i + 1
    if tokens[i].kind.startswith("self_"):  # "rewired, repiped and reroofed in 2019"
        while begin < min(len(tokens), i + 6) and (
            tokens[begin].kind in _AND or tokens[begin].kind.startswith("self_")
        ):
            begin += 1
    times, end = _times(tokens, _to_time(tokens, begin))
    if times:
        times += _of_the_other(tokens, end)
    return max(end, tokens[i].end), times


def _of_the_other(tokens: Sequence[Word], end: int) -> tuple[Age | None, ...]:
    """The second time of "one in 2018, the other in 2021"."""
    k = next((k for k, token in enumerate(tokens) if token.start >= end), len(tokens))
    following = tokens[k : k + 7]
    told = [n for n, token in enumerate(following) if token.text in _THE_OTHER]
    if not told or any(t.kind in _ITEMS for t in following[: told[0]]):
        return ()
    return tuple(_age(t) for t in following[told[0] :] if t.kind in _TIMES)[:1]


def _predicate_of(tokens: Sequence[Word], i: int) -> tuple[_Said | None, _Said | None]:
    """What follows the name itself, and what follows the list that it is in."""
    j = _skip(tokens, i + 1, {"mod"}, 2)
    j = _skip_aside(tokens, j)
    own = _predicate(tokens, _past_comma(tokens, j)) or _further(tokens, i, j)
    if own is not None:
        return own, None
    items, link = 0, ""
    while j < len(tokens) and tokens[j].kind in _AND and items < _MOST_ITEMS:
        while j < len(tokens) and tokens[j].kind in _AND:
            link = tokens[j].kind
            j += 1
        k = _skip(tokens, j, {"mod", *_ITEMS}, 6)
        if not any(token.kind in _ITEMS for token in tokens[j:k]):
            k = _skip(tokens, k, {"word"}, 2)  # "condenser + air handlr replaced"
            if k == j or k >= len(tokens) or tokens[k].kind not in ("done", "close", *_AND):
                return None, None
        items, j = items + 1, _skip_aside(tokens, k)
        said = _predicate(tokens, j) or _of_each(tokens, j)
        if said is not None:
            alone = tokens[j].kind in _TIMES  # a time without a verb may be the last item's only
            linked = link != "comma" or (tokens[j].kind == "link" and not alone)
            in_brackets = tokens[j].kind == "open"
            return None, said if linked and not in_brackets else None
    return None, None


def _of_each(tokens: Sequence[Word], j: int) -> _Said | None:
    """ "The furnace and the air conditioner, both new in 2019"."""
    if j + 2 < len(tokens) and tokens[j].kind == "comma" and tokens[j + 1].text in _APIECE:
        said = _predicate(tokens, j + 2) if tokens[j + 2].kind in ("new", "done", "link") else None
        return said
    return None


def _further(tokens: Sequence[Word], i: int, j: int) -> _Said | None:
    """A predicate behind what describes the item: "the roof over this row is original", "the
    boiler that heats the building was replaced", "the roof, surprisingly, is newer"."""
    if j >= len(tokens):
        return None
    if tokens[j].kind == "comma":
        aside = {"word", "mod", "and", "amp", "part", "plumbing"}
        likened = tokens[j + 1].text in ("like", "along") if j + 1 < len(tokens) else False
        k = _skip(tokens, j + 1 + likened, aside, 6)
        k += k < len(tokens) and tokens[k].text in ("too", "also")
        if k == j + 1 or k >= len(tokens):
            return None
        if tokens[k].kind == "comma" and k + 1 < len(tokens) and tokens[k + 1].kind == "link":
            return _predicate(tokens, k + 1)
        apiece = tokens[j + 1].text in _APIECE
        return _predicate(tokens, k) if apiece and tokens[k].kind in ("done", "link", "new") else None
    j = i + 1 if tokens[i + 1].text in _DESCRIBES else j
    if tokens[j].text not in _DESCRIBES and tokens[j].text[:3] != "on ":
        return None
    k = _skip(tokens, j + 1, {"word", "mod", "other"}, 6)
    if k < len(tokens) and tokens[k].kind in ("link", "need", "done", *_TIMES):
        is_about_other = any(t.kind == "other" and "roof" not in t.text for t in tokens[j:k])
        return None if is_about_other else _predicate(tokens, k)
    return None


def _skip(tokens: Sequence[Word], j: int, kinds: set[str], most: int) -> int:
    end = min(len(tokens), j + most)
    while j < end and tokens[j].kind in kinds:
        j += 1
    return j


def _past_comma(tokens: Sequence[Word], j: int) -> int:
    """Over the comma of "roof, 5 years old" and the words before the year in "(2 units, 2020)"."""
    if j + 1 < len(tokens) and tokens[j].kind == "comma":
        following = tokens[j + 2] if j + 2 < len(tokens) else None
        alone = following is None or following.kind in ("mark", *_AND, *_TIMES, "close")
        if tokens[j + 1].kind == "years" or (tokens[j + 1].kind in ("done", "new") and alone):
            return j + 1
        if tokens[j + 1].kind == "year" and (
            following is None or following.text.startswith("repl") or following.kind == "mark"
        ):
            return j + 1  # "two rooftop units, 2019 replacements"
    if j + 1 < len(tokens) and tokens[j].text in ("in", "on") and tokens[j + 1].kind in _TIMES:
        return j + 1  # "put a new unit in during 2022"
    if j < len(tokens) and tokens[j].kind == "open":
        for k in range(j + 1, min(len(tokens), j + 6)):
            if tokens[k].kind in _TIMES:
                return k
            if tokens[k].kind not in ("mod", "word", "comma", "part", "done", "new"):
                break
    return j


def _skip_aside(tokens: Sequence[Word], j: int) -> int:
    """Over "(including ducts)" or the same without brackets; not over "(2019)"."""
    if j < len(tokens) and tokens[j].text in ("including", "incl", "inc", "includes"):
        return _skip(tokens, j + 1, {"mod", "part", "amp"}, 5)
    if j < len(tokens) and tokens[j].kind == "open":
        for k in range(j + 1, min(len(tokens), j + 9)):
            if tokens[k].kind in _TIMES:
                return j
            if tokens[k].kind == "close":
                return k + 1
    return j


def _predicate(tokens: Sequence[Word], j: int) -> _Said | None:
    """ "was replaced in 2019", "is original", "needs replacing", "(2019)", "- new"."""
    start = j
    while j < len(tokens) and (
        tokens[j].kind in ("link", "open")
        or tokens[j].text in (":", "both", "all", "=", "recently", "newly", "the", "itself", "each", "year", "age")
        or (tokens[j].kind == "mod" and tokens[j].text.isdecimal())
        or (tokens[j].text == "/" and j + 1 < len(tokens) and tokens[j + 1].kind == "year")
    ):
        j += 1
        if j - start > 5:
            return None
    if j >= len(tokens):
        return None
    token, linked = tokens[j], j > start
    if token.text == "never" and any(t.kind == "done" for t in tokens[j + 1 : j + 3]):
        return _Said("no", tokens[j + 1].end)
    if token.kind in _TIMES:
        times, end = _times(tokens, j)
        k = next((k for k in range(j, min(len(tokens), j + 5)) if tokens[k].start >= end), j)
        if [t.kind for t in tokens[k : k + 2]] == ["and", "original"]:
            return _Said("no", end)  # "thirty years old and original"
        return _Said("yes", end, times)
    following = tokens[j + 1] if j + 1 < len(tokens) else None
    follower = following.kind if following and following.text not in PREPOSITIONS else ""
    if token.kind in ("done", "new", "original") and not linked and follower in _NOUNS:
        return None  # "metal roof new windows": said of what follows
    if token.kind in ("done", "new"):
        if follower == "done":
            j += 1
        return _Said("yes", *_dated(tokens, j))
    if token.kind == "original":
        return _Said("no", token.end)
    if token.kind == "need":
        for later in tokens[j : j + 4]:
            if later.kind in ("done", "new") or later.text.startswith(("replac", "needed")):
                return _Said("no", later.end)
        return _Said("unclear", token.end)
    return _Said("unclear", token.end) if _is_promise(token) else None


def _is_promise(token: Word) -> bool:
    return token.kind == "promise" and token.text not in ("like", *NEGATIONS)


def _to_time(tokens: Sequence[Word], j: int) -> int:
    """Over "by the owner", "with 30 year shingles", to a time in the same breath."""
    for k in range(j, min(len(tokens), j + 6)):
        token = tokens[k]
        if token.kind in _TIMES:
            return k
        if token.kind not in ("word", "mod", "open", "link", "amp", "new") or (
            token.text in OFF_TOPIC or token.text in _ANOTHER_TIME
        ):
            break
    return j


def _times(tokens: Sequence[Word], j: int) -> tuple[tuple[Age | None, ...], int]:
    """All times from token `j` on ("2014 & 2020"), and where they end."""
    times: list[Age | None] = []
    end = 0
    while j < len(tokens) and tokens[j].kind in _TIMES:
        times.append(_age(tokens[j]))
        end = tokens[j].end
        more = _skip(tokens, j + 1, set(_AND), 2)
        following = tokens[more + 1].kind if more + 1 < len(tokens) else ""
        if more == j + 1 or following in _NOUNS:  # "roof 2014, 2020 windows"
            break
        j = more
    return tuple(times), end


def _age(token: Word) -> Age | None:
    if token.kind == "vague":
        return None
    if token.kind == "years":
        if token.text.endswith("year"):
            return Age(years=1 if "last" in token.text else 0)
        count = re.search(r"\d{1,2}|\b[a-z]{3,6}(?=[\s\-]{1,8}y)|\ban?\b", token.text)
        said = count.group() if count else ""
        years = int(said) if said.isdecimal() else COUNTS.get(said, 1 if said in ("a", "an") else 0)
        return Age(years=years) if years else None
    digits = re.findall(r"\d+", token.text)[-1]
    year = int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 60 else 1900)
    return Age(year=year)


def _refused(tokens: Sequence[Word], k: int) -> _Said | None:
    """A need or a promise in the few words before a word of renewal: "needs a new roof"."""
    for token in reversed(tokens[max(0, k - 4) : k]):
        if token.kind in ("comma", "mark", *_SYSTEMS):
            return None
        if token.kind == "need":
            return _renewing(tokens, tokens.index(token, max(0, k - 4)))
        if token.kind == "promise":
            return _Said("unclear", token.start)
    return None


def _before(tokens: Sequence[Word], i: int) -> _Said | None:
    """What the words before the name say of it."""
    k, times = i - 1, ()
    while (
        k >= 0
        and i - k < 8
        and (
            tokens[k].kind in ("mod", "link", *_TIMES, "open", "close")
            or tokens[k].text in ("tile", "electric", "exterior")
        )
    ):
        if tokens[k].kind == "link" and tokens[k].text not in ("each", "just", "also", "fully"):
            return None
        if tokens[k].kind in ("year", "years"):
            if k and (tokens[k - 1].kind in (*_ITEMS, "done") or tokens[k - 1].text == "built"):
                return None  # "windows 2016 roof": the windows'
            times = (_age(tokens[k]),)
        k -= 1
    dated = _Said("yes", tokens[k + 1].start, times) if times else None
    if k < 0:
        return dated
    if tokens[k].text[:4] == "incl" and k and tokens[k - 1].kind == "original":
        return _Said("no", tokens[k - 1].start)
    said = _renewing(tokens, k)
    if said is not None:
        return said._replace(times=said.times or times)
    if tokens[k].kind not in _AND:
        return dated
    if tokens[k].kind == "comma" and (
        MATERIAL.search(_described(tokens, k + 1, i)) or not _ends_item(tokens, i)
    ):
        return dated  # "new floors, a metal roof"; "new sewer line, HVAC in great shape"
    return dated or _from_list(tokens, k)


def _ends_item(tokens: Sequence[Word], i: int) -> bool:
    j = _skip(tokens, i + 1, {"mod"}, 2)
    follower = tokens[j] if j < len(tokens) else None
    return (
        follower is None
        or follower.kind in (*_AND, *_TIMES, "mark", "open", "close", "done", "link", "new")
        or follower.text in ("with", "w", "etc", "including", "under")
    )


def _described(tokens: Sequence[Word], k: int, i: int) -> str:
    """The words before the name, with those in it: "a" and "metal" of "a metal roof"."""
    words = " ".join(token.text for token in tokens[k:i])
    before, found, _ = tokens[i].text.partition("roof")
    return f"{words} {before}" if found else words


def _renewing(tokens: Sequence[Word], k: int) -> _Said | None:
    """What a word of renewal, need or age at token `k` says of what follows it."""
    token = tokens[k]
    if token.kind in ("need", "original"):
        denied = k > 0 and tokens[k - 1].text in NEGATIONS
        return _Said("unclear" if denied else "no", token.start)
    if token.kind == "header":
        year = re.search(YEAR, token.text)
        times = (_age(Word("year", 0, 0, year.group())),) if year else ()
        return _refused(tokens, k) or _Said("yes", token.start, times)
    if token.kind in ("new", "done"):
        if token.kind == "done" and k and tokens[k - 1].kind in _ITEMS:
            return None  # "windows replaced roof": the windows'
        return _refused(tokens, k) or _Said("yes", token.start, _year_of_line(tokens, k))
    return None


def _year_of_line(tokens: Sequence[Word], k: int) -> tuple[Age | None, ...]:
    """ "2021: new roof", "2021 - new roof"; in "windows 2021, new roof" it is the windows'."""
    j = k - 2 if k > 1 and tokens[k - 1].text == ":" else k - 1
    if j < 0 or tokens[j].kind != "year" or (j and tokens[j - 1].kind != "mark"):
        return ()
    return (_age(tokens[j]),)


def _from_list(tokens: Sequence[Word], k: int) -> _Said | None:
    """What the head of the list that ends in the separator at token `k` says of its last item."""
    words = items = 0
    noun = verb = False  # of the item being read, from its end
    loose = False  # an item that is no known part: only a heading covers it
    low = max(-1, k - 40)
    while k > low:
        token = tokens[k]
        if token.kind in _AND:
            if tokens[k + 1].kind not in _AND:  # not the second of ", and"
                loose = loose or (items > 0 and not noun)
                items += 1
            words, noun, verb = 0, False, False
        elif token.kind in _ITEMS:
            noun = True
        elif token.kind == "header":
            return _renewing(tokens, k)
        elif token.kind in ("new", "done", "need"):
            leads = noun and not verb and k + 1 < len(tokens) and tokens[k + 1].kind not in _AND
            if leads and not loose and items <= _MOST_ITEMS:
                said = _renewing(tokens, k)
                if said is not None:
                    return said
            verb = True
        elif token.kind == "word":
            words += 1
            loose = loose or words > 2
            if token.text in OFF_TOPIC or words > 6:
                return None
        elif token.kind == "original" and k + 1 < len(tokens) and tokens[k + 1].text[:4] == "incl":
            return _Said("no", token.start)
        elif token.kind in ("mark", "original", "promise", "other"):
            return None
        k -= 1
    return None
