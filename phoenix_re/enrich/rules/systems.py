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
    MATERIAL,
    NAMES,
    NEGATIONS,
    OFF_TOPIC,
    PREPOSITIONS,
    YEAR,
    Word,
    may_name,
    words_of,
)
from phoenix_re.enrich.rules.text import Remarks, whole_number

_SYSTEMS: Final = frozenset({"roof", "hvac", "plumbing"})
_ITEMS: Final = _SYSTEMS | {"part"}
_AND: Final = frozenset({"and", "amp", "comma"})
_TIMES: Final = frozenset({"year", "years", "vague"})
_NOUNS: Final = _ITEMS | {"mod", "word", "new", "other"}
_TELLING: Final = re.compile(  # a sentence without any of these says nothing of a system
    r"new|recent|replac|updat|upgrad|instal|redo|re-d|renew|re-?[rps]|overhaul|rebuilt|changed"
    r"|put on|improve|remodel|renovat|rehab|studs|investment|enhance|items|components|original"
    r"|need|requir|use|due|year|yr|month|week|'\d\d|\d\d\d\d|/\d\d"
)
_ABBREVIATED: Final = re.compile(r"(?:jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.")
_MOST_ITEMS: Final = 8


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
    if not may_name(remarks.folded, name):
        return NOT_STATED
    found: dict[str, tuple[int, int]] = {}
    ages: set[Age] = set()
    read_to = -1
    for mention in NAMES[name].finditer(remarks.folded):
        if mention.start() < read_to:
            continue
        read_from = read_to
        start, read_to = _sentence(remarks, mention)
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
    else:
        left = _before(tokens, i)
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
    return state, (min(places), max(places)), times


def _dated(tokens: Sequence[Word], i: int) -> tuple[int, tuple[Age | None, ...]]:
    """Where a verb and the time said of it end, and that time."""
    times, end = _times(tokens, _to_time(tokens, i + 1))
    return max(end, tokens[i].end), times


def _predicate_of(tokens: Sequence[Word], i: int) -> tuple[_Said | None, _Said | None]:
    """What follows the name itself, and what follows the list that it is in."""
    j = _skip(tokens, i + 1, {"mod"}, 2)
    j = _skip_aside(tokens, j)
    own = _predicate(tokens, _past_comma(tokens, j))
    if own is not None:
        return own, None
    items, link = 0, ""
    while j < len(tokens) and tokens[j].kind in _AND and items < _MOST_ITEMS:
        while j < len(tokens) and tokens[j].kind in _AND:
            link = tokens[j].kind
            j += 1
        k = _skip(tokens, j, {"mod", *_ITEMS}, 6)
        if not any(token.kind in _ITEMS for token in tokens[j:k]):
            return None, None
        items, j = items + 1, _skip_aside(tokens, k)
        said = _predicate(tokens, j)
        if said is not None:
            alone = tokens[j].kind in _TIMES  # a time without a verb may be the last item's only
            linked = link != "comma" or (tokens[j].kind == "link" and not alone)
            in_brackets = tokens[j].kind == "open"
            return None, said if linked and not in_brackets else None
    return None, None


def _skip(tokens: Sequence[Word], j: int, kinds: set[str], most: int) -> int:
    end = min(len(tokens), j + most)
    while j < end and tokens[j].kind in kinds:
        j += 1
    return j


def _past_comma(tokens: Sequence[Word], j: int) -> int:
    """Over the comma of "roof, 5 years old" and the words before the year in "(2 units, 2020)"."""
    if j + 1 < len(tokens) and tokens[j].kind == "comma" and tokens[j + 1].kind == "years":
        return j + 1
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
        or tokens[j].text in (":", "both", "all", "=", "recently", "newly")
        or (tokens[j].text == "/" and j + 1 < len(tokens) and tokens[j + 1].kind == "year")
    ):
        j += 1
        if j - start > 5:
            return None
    if j >= len(tokens):
        return None
    token, linked = tokens[j], j > start
    if token.kind in _TIMES:
        times, end = _times(tokens, j)
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
        if token.kind not in ("word", "mod", "open", "link", "amp") or token.text in OFF_TOPIC:
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
        years = 1 if said in ("a", "an") else whole_number(said)
        return Age(years=years) if years is not None else None
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
        elif token.kind in ("mark", "original", "promise", "other"):
            return None
        k -= 1
    return None
