"""Remarks made easy to match without losing the place of a single character.

`Remarks` folds case, quotes, dashes, HTML entities and tags one character for one character, so
that a match in the folded text has the same span in the text as given; what states nothing of the
home is blank in it (`elsewhere.py`). `phrases` compiles a topic's alternation. No topic's words
here.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Final

from phoenix_re.enrich.facts import Fact, Quote, State, Value
from phoenix_re.enrich.rules.elsewhere import blanked

_ONE_FOR_ONE: Final = str.maketrans("‘’ʼ′“”–—‐‑_\u00a0\t", "''''\"\"----   ")
_ENTITY: Final = re.compile(r"&#?[a-z0-9]{1,8};")
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,80}>")
_WORD: Final = re.compile(r"[a-z]+|\d+")
_SENTENCE_END: Final = re.compile(
    r"[.](?!\d|com)(?<!approx\.)(?<!comm\.)(?<!est\.)(?<!sq\.)(?<!ft\.)"
    r"|[!?;*~•|\n\r]|-(?<=\s-) ?(?=[a-z])"
)

NUMBERS: Final = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "single": 1,
    "double": 2,
    "dual": 2,
    "triple": 3,
}
NUMBER: Final = (
    r"(?:\d{1,2}(?:\.\d|[\s\-]{0,8}(?:1/2|½))?\+?"
    rf"|(?:{'|'.join(NUMBERS)})(?:[\s\-]{{1,8}}and[\s\-]{{1,8}}a[\s\-]{{1,8}}half)?)"
)


def phrases(alternatives: Iterable[tuple[str, str]]) -> re.Pattern[str]:
    """One alternation of named groups, tried in order at each place of the folded text.

    In a pattern, a blank stands for blanks or hyphens, `~` for the same or nothing, `<gap>` for up
    to three words of the same clause, `<n>` for a number. Word boundaries are put at both ends.
    Every repetition in a pattern must have an upper bound: then the work is linear in the text.
    """
    groups = (f"(?P<{name}>{_expand(pattern)})" for name, pattern in alternatives)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(groups)})(?![a-z0-9])")


def pattern(source: str) -> re.Pattern[str]:
    """`source` with the shorthand of `phrases`, but no boundaries. No blanks in a lookbehind."""
    return re.compile(_expand(source))


_SHORTHAND: Final = re.compile(r"\[(?:\\.|[^\]\\])*\]|<gap>|<n>|[ ~]")
_GAP: Final = r"(?:[^\s.!?;*~•|]{1,20}\s{1,6}){0,3}?"
_MEANS: Final = {" ": r"[\s\-]{1,8}", "~": r"[\s\-]{0,8}", "<gap>": _GAP, "<n>": NUMBER}


def _expand(pattern: str) -> str:
    return _SHORTHAND.sub(_in_full, pattern)


def _in_full(match: re.Match[str]) -> str:
    token = match.group()
    if token[0] == "[":  # in a character class both are one blank or hyphen
        return token.replace(" ", r"\s\-").replace("~", r"\s\-")
    return _MEANS[token]


def word_set(listed: str) -> frozenset[str]:
    """The words of a list set apart by blanks."""
    return frozenset(listed.split())


def near(
    anchor: re.Pattern[str], mention: re.Pattern[str], text: str, lead: int, trail: int
) -> Iterator[re.Match[str]]:
    """Matches of `mention`, looked for only from `lead` before to `trail` after an `anchor`.

    For patterns that cannot match without the anchor's word: most of a text has none near.
    """
    start = end = 0
    for found in anchor.finditer(text):
        if found.start() - lead > end:
            yield from mention.finditer(text, start, end)
            start = found.start() - lead
        end = min(len(text), found.end() + trail)
    yield from mention.finditer(text, start, end)


def near_words(
    words: frozenset[str], mention: re.Pattern[str], remarks: "Remarks", lead: int, trail: int
) -> Iterator[re.Match[str]]:
    """As `near`, with the whole words `words` as anchors; nothing where the text has none of them.

    Cheaper than a pattern of many words: which of them occur is known from `Remarks.words`.
    """
    folded = remarks.folded
    start = end = 0
    for at, length in sorted(_places(words & remarks.words, folded)):
        if at - lead > end:
            yield from mention.finditer(folded, start, end)
            start = at - lead
        end = min(len(folded), at + length + trail)
    yield from mention.finditer(folded, start, end)


def _places(words: Iterable[str], folded: str) -> Iterator[tuple[int, int]]:
    for word in words:
        at = folded.find(word)
        while at >= 0:
            yield at, len(word)
            at = folded.find(word, at + len(word))


def whole_number(text: str) -> int | None:
    """`2`, `two`, `2.5`, `two and a half` → 2; None where the text is no number from 1 up."""
    start = re.match(r"\d+|[a-z]+", text)
    said = start.group() if start else ""
    return (int(said) if said.isdecimal() else NUMBERS.get(said, 0)) or None


def clean_phrases(given: Iterable[str]) -> tuple[str, ...]:
    """A market's phrases, folded as the text is, hyphens as blanks, blank ones dropped."""
    folded = (" ".join(re.split(r"[\s\-]+", p.lower().translate(_ONE_FOR_ONE))) for p in given)
    return tuple(p.strip() for p in folded if p.strip())


def first_words(cleaned: Iterable[str]) -> tuple[str, ...]:
    return tuple(p.split(" ", 1)[0] for p in cleaned)


def literal(phrase: str) -> str:
    """A cleaned phrase as a pattern of `phrases`: only its blanks have a meaning."""
    return " ".join(re.escape(word).replace("~", r"\x7e") for word in phrase.split(" "))


class Remarks:
    """A text as given, its folded twin of equal length, the words in that, and its sentences."""

    __slots__ = ("_ends", "folded", "given", "words")

    def __init__(self, given: str) -> None:
        self.given = given
        folded = given.lower()
        if len(folded) != len(given):
            folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in given)
        folded = folded.translate(_ONE_FOR_ONE)
        if "&" in folded:
            folded = _ENTITY.sub(_same_length_entity, folded)
        if "<" in folded:
            folded = _TAG.sub(_same_length_tag, folded)
        words = frozenset(_WORD.findall(folded))
        self.folded = blanked(folded, words)
        self.words = words if self.folded is folded else frozenset(_WORD.findall(self.folded))
        self._ends: list[int] | None = None

    def sentence(self, at: int) -> tuple[int, int]:
        """Span of the sentence, or list item, around a position of the text."""
        if self._ends is None:
            self._ends = [m.end() for m in _SENTENCE_END.finditer(self.folded)]
        i = bisect_right(self._ends, at)
        start = self._ends[i - 1] if i else 0
        return start, self._ends[i] if i < len(self._ends) else len(self.folded)

    def fact(self, state: State, span: tuple[int, int], value: Value | None = None) -> Fact:
        """The fact whose evidence is the text as given at `span`."""
        return Fact(state, value, Quote(self.given, *span))


def _same_length_entity(match: re.Match[str]) -> str:
    meant = unescape(match.group()).lower().translate(_ONE_FOR_ONE)
    meant = meant if len(meant) == 1 else " "
    return meant.ljust(len(match.group()))


def _same_length_tag(match: re.Match[str]) -> str:
    breaks = match.group().strip("</> ").split(" ")[0] in {"br", "p", "li", "div", "ul"}
    return ("\n" if breaks else " ").ljust(len(match.group()))
