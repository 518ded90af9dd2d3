"""When a system was renewed: the times around a word of renewal, and whose they are.

What the sides of a name say in common, too. Which words renew is in `system_clauses.py` and
`system_lists.py`.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from phoenix_re.enrich.facts import Age
from phoenix_re.enrich.rules.system_words import COUNTS, OFF_TOPIC, Word

SYSTEMS: Final = frozenset({"roof", "hvac", "plumbing"})
ITEMS: Final = SYSTEMS | {"part"}
AND: Final = frozenset({"and", "amp", "comma"})
TIMES: Final = frozenset({"year", "years", "vague"})
NOUNS: Final = ITEMS | {"mod", "word", "new", "other"}
_THE_OTHER: Final = (
    "other",
    "one",
    "second",
    "rest",
    "half",
    "front",
    "back",
    "upstairs",
    "another",
)
_ANOTHER_TIME: Final = ("after", "before", "following", "because", "until", "than", "when")


class Said(NamedTuple):
    """What the words on one side of a name say of it, up to which place, and its times."""

    state: Literal["yes", "no", "unclear"]
    place: int
    times: tuple[Age | None, ...] = ()  # None: a time that is not exact


def skip(tokens: Sequence[Word], j: int, kinds: set[str], most: int) -> int:
    end = min(len(tokens), j + most)
    while j < end and tokens[j].kind in kinds:
        j += 1
    return j


def dated(tokens: Sequence[Word], i: int) -> tuple[int, tuple[Age | None, ...]]:
    """Where a verb and the time said of it end, and that time."""
    begin = i + 1
    if tokens[i].kind.startswith("self_"):  # "rewired, repiped and reroofed in 2019"
        while begin < min(len(tokens), i + 6) and (
            tokens[begin].kind in AND or tokens[begin].kind.startswith("self_")
        ):
            begin += 1
    begin = to_time(tokens, begin)
    times, end = times_at(tokens, begin)
    if times:
        times += _of_the_other(tokens, begin, end)
    return max(end, tokens[i].end), times


def _of_the_other(tokens: Sequence[Word], k: int, end: int) -> tuple[Age | None, ...]:
    """The second time of "one in 2018, the other in 2021"."""
    while k < len(tokens) and tokens[k].start < end:
        k += 1
    following = tokens[k : k + 7]
    told = [n for n, token in enumerate(following) if token.text in _THE_OTHER]
    if not told or any(t.kind in ITEMS for t in following[: told[0]]):
        return ()
    return tuple(age_of(t) for t in following[told[0] :] if t.kind in TIMES)[:1]


def leading_year(tokens: Sequence[Word], i: int) -> Word | None:
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
        if token.kind == "part" and k + 1 < i and tokens[k + 1].kind in (*AND, *TIMES):
            return None
    return None


def year_of_line(tokens: Sequence[Word], k: int) -> tuple[Age | None, ...]:
    """ "2021: new roof", "2021 - new roof"; in "windows 2021, new roof" it is the windows'."""
    j = k - 2 if k > 1 and tokens[k - 1].text == ":" else k - 1
    if j < 0 or tokens[j].kind != "year" or (j and tokens[j - 1].kind != "mark"):
        return ()
    return (age_of(tokens[j]),)


def to_time(tokens: Sequence[Word], j: int) -> int:
    """Over "by the owner", "with 30 year shingles", to a time in the same breath."""
    for k in range(j, min(len(tokens), j + 6)):
        token = tokens[k]
        if token.kind in TIMES:
            return k
        if token.kind not in ("word", "mod", "open", "link", "amp", "new") or (
            token.text in OFF_TOPIC or token.text in _ANOTHER_TIME
        ):
            break
    return j


def times_at(tokens: Sequence[Word], j: int) -> tuple[tuple[Age | None, ...], int]:
    """All times from token `j` on ("2014 & 2020"), and where they end."""
    times: list[Age | None] = []
    end = 0
    while j < len(tokens) and tokens[j].kind in TIMES:
        times.append(age_of(tokens[j]))
        end = tokens[j].end
        more = skip(tokens, j + 1, set(AND), 2)
        following = tokens[more + 1].kind if more + 1 < len(tokens) else ""
        if more == j + 1 or following in NOUNS:  # "roof 2014, 2020 windows"
            break
        j = more
    return tuple(times), end


def age_of(token: Word) -> Age | None:
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
