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
from typing import Final, Literal

from phoenix_re.enrich.facts import NOT_STATED, Age, Fact
from phoenix_re.enrich.rules.system_clauses import needed_later, predicate_of
from phoenix_re.enrich.rules.system_lists import as_the_other, before_name, refused
from phoenix_re.enrich.rules.system_times import ITEMS, TIMES, Said, age_of, dated, leading_year
from phoenix_re.enrich.rules.system_words import OUTBUILDINGS, Word, may_name, mentions_of, words_of
from phoenix_re.enrich.rules.text import Remarks

_TELLING: Final = re.compile(  # a sentence without any of these says nothing of a system
    r"new|recent|replac|updat|upgrad|instal|redo|re-d|renew|re-?[rps]|overhaul|rebuilt|changed"
    r"|put on|improve|remodel|renovat|rehab|studs|investment|enhance|items|components|original"
    r"|need|requir|use|due|year|yr|month|week|'\d\d|\d\d\d\d|/\d\d|nds|repl|orig|builder|as old as"
    r"|end of|last legs|shot|worn|beyond|laid|made new|put in|went (?:on|in)|swapped|added|upd"
    r"|fitted"
    r"|bought new|\dyo|seasons?|(?:last|this|past) (?:s|f|w)|came out|gone|gave way|given way|torn"
    r"|ripped|pulled|removed|retired"
)
_TO_GO: Final = re.compile(
    r"[\s,]{1,3}(?:and |but )?(?:it |they )?(?:needs?|due) (?:to (?:go|be)|for repl|repl)"
)
_YEARS: Final = re.compile(r"\b(?:19|20)\d\d\s?[-/]\s?(?:19|20)\d\d\b")  # "replaced 2018-2021"
_ABBREVIATED: Final = re.compile(r"(?:jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.")


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
    read_to, is_range = -1, False
    for mention in mentions_of(remarks, name):
        if mention.start() < read_to:
            continue
        read_from = read_to
        start, read_to = _sentence(remarks, mention)
        if remarks.folded[read_to - 1] == "?":
            continue  # a question states nothing
        if not _TELLING.search(remarks.folded, start, read_to):
            continue
        is_range = is_range or _YEARS.search(remarks.folded, start, read_to) is not None
        tokens = words_of(remarks.folded, start, read_to)
        for i, token in enumerate(tokens):
            named = token.kind in (name, f"self_{name}") and token.start >= read_from
            said = _judge(tokens, i) if named else None
            if said is not None:
                state, span, times = said
                if state == "yes" and _TO_GO.match(remarks.folded, span[1]):
                    continue  # "HVAC is from 1999 and needs to go"
                ages.update(age for age in times if age is not None)
                found.setdefault(state if state == "no" or not times else "timed", span)
    renewed = found.get("timed") or found.get("yes")
    if "no" in found:
        return NOT_STATED if renewed else remarks.fact("no", found["no"])
    if renewed is None:
        return NOT_STATED
    return remarks.fact("yes", renewed, ages.pop() if len(ages) == 1 and not is_range else None)


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
    right, after = predicate_of(tokens, i)
    if here.kind.startswith("self_"):
        left = refused(tokens, i) or Said("yes", *dated(tokens, i))
        if right is not None and right.state == "unclear":
            return ("no", (here.start, right.place), ()) if _is_needed(tokens, i) else None
        is_noun = here.text.endswith(("pipe", "plumb", "roof"))
        if is_noun and right is None and i + 1 < len(tokens) and tokens[i + 1].kind == "link":
            return None  # "a re-pipe is on the list"
    else:
        left = before_name(tokens, i) or as_the_other(tokens, i)
        if _is_wished(tokens, i) or _is_excepted(tokens, i):
            return None
        is_timed = i + 1 < len(tokens) and tokens[i + 1].kind in TIMES
        if left is None and is_timed and _is_done_to(tokens, i):
            return None
    if left is None and (right is None or right.state == "unclear"):
        right = needed_later(tokens, i) or right
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
        led = leading_year(tokens, first)
        if led is not None:
            times, places = (age_of(led),), [*places, led.start]
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
        if token.text in OUTBUILDINGS or (
            token.text == "kitchen" and tokens[k - 1].text == "outdoor"
        ):
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
        if token.kind in ("comma", "mark", "and", *ITEMS):
            return False
    return False


def _is_excepted(tokens: Sequence[Word], i: int) -> bool:
    """ "Everything but the roof"."""
    k = i - 1
    while k > 0 and tokens[k].kind == "mod":
        k -= 1
    excepted = tokens[k].text in ("but", "except", "excluding", "besides", "than", "minus")
    return k > 0 and excepted and tokens[k - 1].text in ("everything", "anything", "all", "other")


def _is_done_to(tokens: Sequence[Word], i: int) -> bool:
    """A verb that renews nothing before the name: "took the roof in 2019", "will replace the roof
    in 2027"; a time alone behind the name is then the verb's."""
    k = i - 1
    while k > 0 and tokens[k].kind == "mod":
        k -= 1
    if k >= 0 and tokens[k].kind == "word":
        verb = tokens[k].text
        if verb.endswith("ed") or verb in ("took", "lost", "hit", "replace", "saw", "did"):
            return True
    return any(token.kind == "promise" for token in tokens[max(0, k - 3) : k + 1])


def _is_needed(tokens: Sequence[Word], i: int) -> bool:
    """ "Full re-plumb required"."""
    return any(token.kind == "need" for token in tokens[i + 1 : i + 4])
