"""One piece of text as the proof of a fact with several words.

No matching of words here, only spans.
"""

from collections.abc import Iterable
from typing import Final

_REACH: Final = 200  # characters; a longer quote is no longer evidence but the whole text


def together(spans: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The shortest span that holds all of `spans`, or only the first where that is too long."""
    ordered = sorted(spans)
    start, end = ordered[0][0], max(end for _, end in ordered)
    return (start, end) if end - start <= _REACH else ordered[0]
