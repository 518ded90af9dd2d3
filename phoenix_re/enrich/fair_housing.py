"""Fair housing: phrases of the remarks that a person must look at before they go on.

A flag says that the words prefer or discourage people of a protected class, or that the home is
restricted to an age. Flags are for whoever publishes or sends the text. **Nothing may rank, score,
filter or value on them**, no model may be trained on them, and no fact is made of them: they say
something of a text, never of a home or of the people in it. "55+" is lawful where the exemption
holds, and flagged all the same.

The words themselves are in `rules/protected.py`.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast

from phoenix_re.enrich.facts import Quote
from phoenix_re.enrich.rules.protected import preferences
from phoenix_re.enrich.rules.text import Remarks

ProtectedClass = Literal[
    "age_restricted",
    "disability",
    "familial_status",
    "race_or_national_origin",
    "religion",
    "sex",
]
CLASSES: Final[tuple[ProtectedClass, ...]] = (
    "age_restricted",
    "disability",
    "familial_status",
    "race_or_national_origin",
    "religion",
    "sex",
)


@dataclass(frozen=True, slots=True)
class Flag:
    """One phrase, word for word, and the class of people that it concerns."""

    protected_class: ProtectedClass
    evidence: Quote


def flags(remarks: str) -> list[Flag]:
    """Every such phrase, in the order of the text. Never raises; linear in the text."""
    return [
        Flag(cast(ProtectedClass, match.lastgroup), Quote(remarks, *match.span()))
        for match in preferences(Remarks(remarks))
    ]
