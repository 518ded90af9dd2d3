"""What follows a system's name: "was replaced in 2019", "is original", "needs replacing".

Of the name itself, or of the list that it is in. What stands before it is `system_lists.py`'s.
"""

from collections.abc import Sequence
from typing import Final

from phoenix_re.enrich.rules.system_times import (
    AND,
    ITEMS,
    NOUNS,
    TIMES,
    Said,
    dated,
    skip,
    times_at,
)
from phoenix_re.enrich.rules.system_words import NEGATIONS, PREPOSITIONS, Word

MOST_ITEMS: Final = 8
_APIECE: Final = ("all", "both", "each", "every", "none", "one", "two", "three", "four")
_DESCRIBES: Final = (  # begin what tells one roof or unit from another
    *("above", "overhead", "itself", "over", "on", "in", "of", "that", "which", "here", "serving"),
    *("upstairs", "downstairs", "for", "at", "from", "leaks", "under", "beneath", "below"),
    *("behind", "inside", "within"),
)
_ANOTHER_CLAUSE: Final = ("but", "while", "whereas", "though", "although", "yet", "so")


def predicate_of(tokens: Sequence[Word], i: int) -> tuple[Said | None, Said | None]:
    """What follows the name itself, and what follows the list that it is in."""
    j = skip(tokens, i + 1, {"mod"}, 2)
    j = _skip_aside(tokens, j)
    own = _predicate(tokens, _past_comma(tokens, j)) or _further(tokens, i, j)
    if own is not None:
        return own, None
    items, link = 0, ""
    while j < len(tokens) and tokens[j].kind in AND and items < MOST_ITEMS:
        while j < len(tokens) and tokens[j].kind in AND:
            link = tokens[j].kind
            j += 1
        k = skip(tokens, j, {"mod", *ITEMS}, 6)
        if not any(token.kind in ITEMS for token in tokens[j:k]):
            k = skip(tokens, k, {"word"}, 2)  # "condenser + air handlr replaced"
            if k == j or k >= len(tokens) or tokens[k].kind not in ("done", "close", *AND):
                return None, None
        items, j = items + 1, _skip_aside(tokens, k)
        said = _predicate(tokens, j) or _of_each(tokens, j)
        if said is not None:
            alone = tokens[j].kind in TIMES  # a time without a verb may be the last item's only
            linked = link != "comma" or (tokens[j].kind == "link" and not alone)
            in_brackets = tokens[j].kind == "open"
            return None, said if linked and not in_brackets else None
    return None, None


def _of_each(tokens: Sequence[Word], j: int) -> Said | None:
    """ "The furnace and the air conditioner, both new in 2019"."""
    if j + 2 < len(tokens) and tokens[j].kind == "comma" and tokens[j + 1].text in _APIECE:
        return _predicate(tokens, j + 2) if tokens[j + 2].kind in ("new", "done", "link") else None
    return None


def _further(tokens: Sequence[Word], i: int, j: int) -> Said | None:
    """A predicate behind what describes the item: "the roof over this row is original", "the
    boiler that heats the building was replaced", "the roof, surprisingly, is newer"."""
    if j >= len(tokens):
        return None
    if tokens[j].kind == "comma":
        aside = {"word", "mod", "and", "amp", "part", "plumbing"}
        likened = tokens[j + 1].text in ("like", "along") if j + 1 < len(tokens) else False
        k = skip(tokens, j + 1 + likened, aside, 6)
        k += k < len(tokens) and tokens[k].text in ("too", "also", "now")
        if k == j + 1 or k >= len(tokens):
            return None
        if tokens[k].kind == "comma" and k + 1 < len(tokens) and tokens[k + 1].kind == "link":
            return _predicate(tokens, k + 1)
        apiece = tokens[j + 1].text in _APIECE
        return (
            _predicate(tokens, k) if apiece and tokens[k].kind in ("done", "link", "new") else None
        )
    j = i + 1 if tokens[i + 1].text in _DESCRIBES else j
    if tokens[j].text not in _DESCRIBES and tokens[j].text[:3] != "on ":
        return None
    k = skip(tokens, j + 1, {"word", "mod", "other"}, 6)
    if k < len(tokens) and tokens[k].kind in ("link", "need", "done", *TIMES):
        is_about_other = any(t.kind == "other" and "roof" not in t.text for t in tokens[j:k])
        return None if is_about_other else _predicate(tokens, k)
    return None


def _past_comma(tokens: Sequence[Word], j: int) -> int:
    """Over the comma of "roof, 5 years old" and the words before the year in "(2 units, 2020)"."""
    if j + 1 < len(tokens) and tokens[j].kind == "comma":
        following = tokens[j + 2] if j + 2 < len(tokens) else None
        alone = following is None or following.kind in ("mark", *AND, *TIMES, "close")
        if tokens[j + 1].kind == "years" or (tokens[j + 1].kind in ("done", "new") and alone):
            return j + 1
        if tokens[j + 1].kind == "year" and (
            following is None or following.text.startswith("repl") or following.kind == "mark"
        ):
            return j + 1  # "two rooftop units, 2019 replacements"
    if j + 1 < len(tokens) and tokens[j].text in ("in", "on") and tokens[j + 1].kind in TIMES:
        return j + 1  # "put a new unit in during 2022"
    if j < len(tokens) and tokens[j].kind == "open":
        for k in range(j + 1, min(len(tokens), j + 6)):
            if tokens[k].kind in TIMES:
                return k
            if tokens[k].kind not in ("mod", "word", "comma", "part", "done", "new"):
                break
    return j


def _skip_aside(tokens: Sequence[Word], j: int) -> int:
    """Over "(including ducts)" or the same without brackets; not over "(2019)"."""
    if j < len(tokens) and tokens[j].text in ("including", "incl", "inc", "includes"):
        return skip(tokens, j + 1, {"mod", "part", "amp"}, 5)
    if j < len(tokens) and tokens[j].kind == "open":
        for k in range(j + 1, min(len(tokens), j + 9)):
            if tokens[k].kind in TIMES:
                return j
            if tokens[k].kind == "close":
                return k + 1
    return j


def _predicate(tokens: Sequence[Word], j: int) -> Said | None:
    """ "was replaced in 2019", "is original", "needs replacing", "(2019)", "- new"."""
    start = j
    while j < len(tokens) and (
        tokens[j].kind in ("link", "open")
        or tokens[j].text
        in (":", "both", "all", "=", "recently", "newly", "the", "itself", "each", "year", "age")
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
        return Said("no", tokens[j + 1].end)
    if token.kind in TIMES:
        times, end = times_at(tokens, j)
        k = next((k for k in range(j, min(len(tokens), j + 5)) if tokens[k].start >= end), j)
        if [t.kind for t in tokens[k : k + 2]] == ["and", "original"]:
            return Said("no", end)  # "thirty years old and original"
        return Said("yes", end, times)
    following = tokens[j + 1] if j + 1 < len(tokens) else None
    follower = following.kind if following and following.text not in PREPOSITIONS else ""
    if token.kind in ("done", "new", "original") and not linked and follower in NOUNS:
        return None  # "metal roof new windows": said of what follows
    if token.kind in ("done", "new"):
        if follower == "done":
            j += 1
        return Said("yes", *dated(tokens, j))
    if token.kind == "original":
        return Said("no", token.end)
    if token.kind == "need":
        for later in tokens[j : j + 4]:
            if later.kind in ("done", "new") or later.text.startswith(("replac", "needed")):
                return Said("no", later.end)
        return Said("unclear", token.end)
    return Said("unclear", token.end) if _is_promise(token) else None


def _is_promise(token: Word) -> bool:
    return token.kind == "promise" and token.text not in ("like", *NEGATIONS)


def needed_later(tokens: Sequence[Word], i: int) -> Said | None:
    """A need in the rest of the clause: "the pipes are polybutylene and should be replaced"."""
    for k in range(i + 1, min(len(tokens), i + 12)):
        token = tokens[k]
        if token.kind == "need":
            if any(t.text in NEGATIONS for t in tokens[max(i + 1, k - 2) : k]):
                return None
            for later in tokens[k : k + 4]:
                if later.kind == "done" or later.text.startswith("replac"):
                    return Said("no", later.end)
            return None
        if (
            token.kind in (*ITEMS, "new", "original", "year", "years")
            or token.text in _ANOTHER_CLAUSE
        ):
            return None
    return None
