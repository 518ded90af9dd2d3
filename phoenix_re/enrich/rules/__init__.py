"""Facts from listing remarks by rule: the default extractor, precise first, complete second.

One file per topic, each a compiled alternation whose first alternatives swallow the phrases that
only look like a statement ("pool table"); `text.py` keeps every match's place. What each topic
does with negation and contradiction is said in its own file. No model, no network, no market's
words: those come as `terminology`. Nothing about people is read (see `facts.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from phoenix_re.enrich.facts import CASITA_CLASSES, FIELDS, NOT_STATED, Fact
from phoenix_re.enrich.rules.casita import casita
from phoenix_re.enrich.rules.garage import garage
from phoenix_re.enrich.rules.hoa import hoa
from phoenix_re.enrich.rules.motivation import motivation
from phoenix_re.enrich.rules.pool import pool
from phoenix_re.enrich.rules.renovation import WORK_STEMS, condition, renovation
from phoenix_re.enrich.rules.solar import solar
from phoenix_re.enrich.rules.text import Remarks, clean_phrases, first_words

EXTRACTOR_VERSION: Final = "rules-1"  # raise it with every change that can change an answer

# Topics of `terminology` that the rules understand; others are for other readers.
TOPICS: Final = frozenset({*CASITA_CLASSES, "casita", "hoa"})

# A topic's rules run only where one of its stems occurs.
_STEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "pool": ("pool",),
    "garage": ("garage", " gar", "grg"),
    "condition": (
        *WORK_STEMS,
        *("as is", "as-is", "fixer", "tear", "tlc"),
        *(
            "handy",
            "needs",
            "need of",
            "needing",
            "need ",
            "construction",
            "original",
            "brand new",
            "newly",
        ),
    ),
    "renovation": WORK_STEMS,
    "hoa": ("hoa", "h.o.a", "association"),
    "casita": (
        *("casita", "guest", "law", "adu", "accessory", "granny", "carriage", "apartment", "apt"),
        "next",
    ),
    "solar": ("solar", "photovoltaic"),
    "motivation": (
        *("motivat", "sale", "sell", "offer", "owned", "foreclos", "relocat", "probate", "reo "),
        *("hurry", "rush"),
    ),
}
_RULES: Final[Mapping[str, Callable[[Remarks], Fact]]] = {
    "pool": pool,
    "garage": garage,
    "condition": condition,
    "renovation": renovation,
    "solar": solar,
    "motivation": motivation,
}


def extract(
    remarks: str, terminology: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Fact]:
    """Every field of `FIELDS`, from the remarks as given.

    `terminology`: the market's own phrases by topic (`TOPICS`): a class of casita, "casita" for
    words of no such class, "hoa" for other names of an association. Plain phrases, not patterns.
    Never raises on any text; empty remarks state nothing.
    """
    text = Remarks(remarks)
    facts = dict.fromkeys(FIELDS, NOT_STATED)
    for name, read in _RULES.items():
        if _mentions(text, _STEMS[name]):
            facts[name] = read(text)
    local = {t: clean_phrases(p) for t, p in (terminology or {}).items() if t in TOPICS}
    names = local.pop("hoa", ())
    if _mentions(text, _STEMS["hoa"]) or _mentions(text, first_words(names)):
        facts["hoa"] = hoa(text, names)
    if _mentions(text, _STEMS["casita"]) or any(
        _mentions(text, first_words(p)) for p in local.values()
    ):
        facts["casita"] = casita(text, local)
    return facts


def _mentions(text: Remarks, stems: Sequence[str]) -> bool:
    return any(stem in text.folded for stem in stems)
