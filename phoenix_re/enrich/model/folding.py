"""Text made comparable: for the cache, for finding what a model quoted, and for finding topics.

`normalised` names a text whatever its spacing and Unicode form; `Folded` finds a piece of text
regardless of case, spacing and form, and says where it stands in the text as given; `words` is
what stems are looked for in. No topic and no rule here.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_LONGEST_WORD: Final = 60  # characters
_PLAIN: Final = str.maketrans("‘’ʼ′“”–—‐‑‒", "''''\"\"-----")
_HALF: Final = str.maketrans({"½": " 1/2"})  # NFKC would make "21⁄2" of "2½"
_BOUNDARY: Final = re.compile(r"[,.;:!?](?=\s|$)|[\n\r•|()*~]")
_NO_WORD: Final = re.compile(r"[^\w,]+|_+|(?<=\d),(?=\d)")
_GLUED: Final = re.compile(r"(?<=\d)(?=[a-z])")  # "2car"
_COMMA: Final = re.compile(r"\s*,[\s,]*")


def normalised(text: str) -> str:
    """The text by which an answer is kept: NFKC, without invisible characters, single blanks.

    Two copies of a listing that differ only in non-breaking blanks, ligatures or line ends are one
    question. Evidence is looked for in each copy's own text all the same.
    """
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def words(text: str) -> str:
    """Lower-case words between single blanks, one blank at each end, " , " where a clause ends.

    `" pool" in words(text)` says whether a word begins with "pool".
    """
    plain = unicodedata.normalize("NFKC", text.translate(_PLAIN).translate(_HALF)).lower()
    apart = _GLUED.sub(" ", _NO_WORD.sub(" ", _BOUNDARY.sub(" , ", plain)))
    return f" {' '.join(_COMMA.sub(' , ', apart).split())} "


class Folded:
    """A text without case, spacing and Unicode form, that knows where each character came from."""

    __slots__ = ("_ends", "_starts", "given", "text")

    def __init__(self, given: str) -> None:
        """Linear in the text; no text is refused."""
        self.given = given
        characters: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        for at, character in enumerate(given):
            if unicodedata.category(character) == "Cf":  # zero width, soft hyphen, direction marks
                continue
            # decomposed, since a character alone cannot tell what a mark behind it would make of it
            plain = unicodedata.normalize("NFKD", character.translate(_PLAIN)).lower()
            for piece in plain:
                blank = piece.isspace()
                if blank and characters and characters[-1] == " ":
                    self._ends[-1] = at + 1
                    continue
                characters.append(" " if blank else piece)
                self._starts.append(at)
                self._ends.append(at + 1)
        self.text = "".join(characters)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of the folded text stands in the text as given."""
        return self._starts[start], self._ends[end - 1]

    def places(self, piece: str) -> Iterator[tuple[int, int]]:
        """Spans of the text as given that are `piece` but for case, spacing and form."""
        wanted = Folded(piece).text.strip()
        at = self.text.find(wanted) if wanted else -1
        while at >= 0:
            yield self.span(at, at + len(wanted))
            at = self.text.find(wanted, at + 1)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, widened so that it cuts no word and no number in two; nothing longer is a word."""
    first, last = max(0, start - _LONGEST_WORD), min(len(text), end + _LONGEST_WORD)
    while start > first and _joined(text, start):
        start -= 1
    while end < last and _joined(text, end):
        end += 1
    return start, end


def _joined(text: str, at: int) -> bool:
    """Do the characters on both sides of a place belong to one word or number?"""
    before, after = text[at - 1], text[at]
    if before.isalnum() and after.isalnum():
        return True
    in_number = at + 1 < len(text) and before.isdigit() and text[at + 1].isdigit()
    behind_point = at >= 2 and text[at - 2].isdigit() and after.isdigit()
    return (in_number and after in ".,") or (behind_point and before in ".,")
