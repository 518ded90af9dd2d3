"""What stands before a system's name: "new", "replaced the", and the head of the list it is in.

What follows it is `system_clauses.py`'s.
"""

import re
from collections.abc import Sequence

from phoenix_re.enrich.rules.system_clauses import MOST_ITEMS, predicate_of
from phoenix_re.enrich.rules.system_times import (
    AND,
    ITEMS,
    SYSTEMS,
    TIMES,
    Said,
    age_of,
    skip,
    year_of_line,
)
from phoenix_re.enrich.rules.system_words import MATERIAL, NEGATIONS, OFF_TOPIC, YEAR, Word


def refused(tokens: Sequence[Word], k: int) -> Said | None:
    """A need or a promise in the few words before a word of renewal: "needs a new roof"."""
    for token in reversed(tokens[max(0, k - 4) : k]):
        if token.kind in ("comma", "mark", *SYSTEMS):
            return None
        if token.kind == "need":
            return _renewing(tokens, tokens.index(token, max(0, k - 4)))
        if token.kind == "promise":
            return Said("unclear", token.start)
    return None


def before_name(tokens: Sequence[Word], i: int) -> Said | None:
    """What the words before the name say of it."""
    k, times = i - 1, ()
    while (
        k >= 0
        and i - k < 8
        and (
            tokens[k].kind in ("mod", "link", *TIMES, "open", "close")
            or tokens[k].text in ("tile", "electric", "exterior")
        )
    ):
        if tokens[k].kind == "link" and tokens[k].text not in ("each", "just", "also", "fully"):
            return None
        if tokens[k].kind in ("year", "years"):
            if k and (tokens[k - 1].kind in (*ITEMS, "done") or tokens[k - 1].text == "built"):
                return None  # "windows 2016 roof": the windows'
            times = (age_of(tokens[k]),)
        k -= 1
    dated = Said("yes", tokens[k + 1].start, times) if times else None
    if k < 0:
        return dated
    if tokens[k].text[:4] == "incl" and k and tokens[k - 1].kind == "original":
        return Said("no", tokens[k - 1].start)
    said = _renewing(tokens, k)
    if said is not None:
        return said._replace(times=said.times or times)
    if tokens[k].kind not in AND:
        return dated
    if tokens[k].kind == "comma" and (
        MATERIAL.search(_described(tokens, k + 1, i)) or not _ends_item(tokens, i)
    ):
        return dated  # "new floors, a metal roof"; "new sewer line, HVAC in great shape"
    return dated or _from_list(tokens, k)


def _ends_item(tokens: Sequence[Word], i: int) -> bool:
    j = skip(tokens, i + 1, {"mod"}, 2)
    follower = tokens[j] if j < len(tokens) else None
    return (
        follower is None
        or follower.kind in (*AND, *TIMES, "mark", "open", "close", "done", "link", "new")
        or follower.text in ("with", "w", "etc", "including", "under")
    )


def _described(tokens: Sequence[Word], k: int, i: int) -> str:
    """The words before the name, with those in it: "a" and "metal" of "a metal roof"."""
    words = " ".join(token.text for token in tokens[k:i])
    before, found, _ = tokens[i].text.partition("roof")
    return f"{words} {before}" if found else words


def _renewing(tokens: Sequence[Word], k: int) -> Said | None:
    """What a word of renewal, need or age at token `k` says of what follows it."""
    token = tokens[k]
    if token.kind in ("need", "original"):
        denied = k > 0 and tokens[k - 1].text in NEGATIONS
        return Said("unclear" if denied else "no", token.start)
    if token.kind == "header":
        year = re.search(YEAR, token.text)
        times = (age_of(Word("year", 0, 0, year.group())),) if year else ()
        return refused(tokens, k) or Said("yes", token.start, times)
    if token.kind in ("new", "done"):
        if token.kind == "done" and k and tokens[k - 1].kind in ITEMS:
            return None  # "windows replaced roof": the windows'
        return refused(tokens, k) or Said("yes", token.start, year_of_line(tokens, k))
    return None


def _from_list(tokens: Sequence[Word], k: int) -> Said | None:
    """What the head of the list that ends in the separator at token `k` says of its last item."""
    words = items = 0
    noun = verb = False  # of the item being read, from its end
    loose = False  # an item that is no known part: only a heading covers it
    low = max(-1, k - 40)
    while k > low:
        token = tokens[k]
        if token.kind in AND:
            if tokens[k + 1].kind not in AND:  # not the second of ", and"
                loose = loose or (items > 0 and not noun)
                items += 1
            words, noun, verb = 0, False, False
        elif token.kind in ITEMS:
            noun = True
        elif token.kind == "header":
            return _renewing(tokens, k)
        elif token.kind in ("new", "done", "need"):
            leads = noun and not verb and k + 1 < len(tokens) and tokens[k + 1].kind not in AND
            if leads and not loose and items <= MOST_ITEMS:
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
            return Said("no", token.start)
        elif token.kind in ("mark", "original", "promise", "other"):
            return None
        k -= 1
    return None


def as_the_other(tokens: Sequence[Word], i: int) -> Said | None:
    """What is said of the item before: "the plumbing is original, and so is the roof"."""
    k = i - 1
    while k > 0 and tokens[k].kind == "mod":
        k -= 1
    if k < 1 or tokens[k].kind != "so":
        return None
    for j in range(k - 1, max(-1, k - 14), -1):
        if tokens[j].kind in ITEMS:
            said = predicate_of(tokens, j)[0] or before_name(tokens, j)
            return said._replace(place=tokens[k].start, times=()) if said else None
    return None
