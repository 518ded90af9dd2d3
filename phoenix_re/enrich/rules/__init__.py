"""Facts from listing remarks by rule: the default extractor, precise first, complete second.

One file per topic, each a compiled alternation whose first alternatives swallow the phrases that
only look like a statement ("pool table"); `text.py` keeps every match's place. What each topic
does with negation and contradiction is said in its own file. No model, no network, no market's
words: those come as `terminology`. Nothing about people is read (see `facts.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from phoenix_re.enrich.facts import CASITA_CLASSES, FIELDS, NOT_STATED, Fact
from phoenix_re.enrich.rules.accessibility import accessibility
from phoenix_re.enrich.rules.as_is import WORDS as AS_IS_WORDS
from phoenix_re.enrich.rules.as_is import as_is
from phoenix_re.enrich.rules.carport import carport
from phoenix_re.enrich.rules.casita import casita
from phoenix_re.enrich.rules.condition import WORDS as CONDITION_WORDS
from phoenix_re.enrich.rules.condition import condition
from phoenix_re.enrich.rules.garage import garage
from phoenix_re.enrich.rules.hoa import hoa
from phoenix_re.enrich.rules.investor import WORDS as INVESTOR_WORDS
from phoenix_re.enrich.rules.investor import investor
from phoenix_re.enrich.rules.lease_end import lease_end
from phoenix_re.enrich.rules.motivation import WORDS as MOTIVATION_WORDS
from phoenix_re.enrich.rules.motivation import motivation
from phoenix_re.enrich.rules.occupancy import WORDS as OCCUPANCY_WORDS
from phoenix_re.enrich.rules.occupancy import occupancy
from phoenix_re.enrich.rules.pool import pool
from phoenix_re.enrich.rules.renovation import renovation
from phoenix_re.enrich.rules.rent import rent
from phoenix_re.enrich.rules.rv_parking import rv_parking
from phoenix_re.enrich.rules.sale_type import SALE_WORDS, sale_type
from phoenix_re.enrich.rules.solar import solar
from phoenix_re.enrich.rules.spa import spa
from phoenix_re.enrich.rules.summary import summary
from phoenix_re.enrich.rules.systems import hvac, plumbing, roof
from phoenix_re.enrich.rules.tenancy import TENANCY
from phoenix_re.enrich.rules.terms import WORDS as TERMS_WORDS
from phoenix_re.enrich.rules.terms import terms
from phoenix_re.enrich.rules.text import Remarks, clean_phrases, first_words
from phoenix_re.enrich.rules.view import view

EXTRACTOR_VERSION: Final = "rules-4"  # raise it with every change that can change an answer

# Topics of `terminology` that the rules understand; others are for other readers.
TOPICS: Final = frozenset({*CASITA_CLASSES, "casita", "hoa"})

# A topic's rules run only where one of its stems occurs.
_STEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "pool": ("pool", "pvt pl", "comm pl"),
    "garage": ("garage", " gar", "grg", "cg"),
    "hoa": ("hoa", "h.o.a", "assoc", "dues", "poa", "common interest", "condo fee", "regime fee"),
    "casita": (
        *("casita", "guest", "law", "adu", "accessory", "granny", "carriage", "apartment", "apt"),
        "next",
    ),
    "solar": ("solar", "solr", "photo", "panels", "array", "slr", "pv "),
}
_TENANCY: Final = " ".join(TENANCY)
_PAYING: Final = (
    "rent rents rental rentals lease leases income revenue gross grosses grossing grossed"
    " bring brings"
    " bringing generates generating produces producing earns earning collect collects collecting"
    " yields yielding receives receiving"
)
# Of the younger topics, whose rules run only where one of these whole words occurs. Whole words
# cost one pass over the text for all topics together, a stem one pass each.
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(words.split())
    for name, words in {
        "spa": "spa spas tub tubs hottub hottubs jacuzzi jacuzzis jacuzi jacuzis",
        "carport": "carport carports port ports cport crprt carprt covered cov covd cp cpt",
        "rv_parking": "rv rvs v motor motorhome motorhomes boat boats camper campers recreational"
        " trailer trailers toy toys atv atvs wheel wheels fifth airstream motorcoach coach hauler"
        " winnebago",
        "view": "window windows glass pane panes visible vu vus view views vista vistas vws"
        " overlook overlooks overlooking look looks looking"
        " ovrlks ovrlk ovlks gaze gazes gazing see sees watch watches survey surveys wake wakes"
        " waking frames framing facing faces captures glimpse",
        "occupancy": " ".join(OCCUPANCY_WORDS),
        "lease_end": f"{_TENANCY} rent",
        "terms": " ".join(TERMS_WORDS),
        "as_is": " ".join(AS_IS_WORDS),
        "investor": f"{_TENANCY} {_PAYING} {' '.join(INVESTOR_WORDS)}",
        "rent": f"{_PAYING} {_TENANCY}",
        "sale_type": " ".join(SALE_WORDS),
        "motivation": " ".join(MOTIVATION_WORDS),
        "accessibility": "wheelchair wheelchairs wheel handicap handicapped handi ada disabled"
        " disability mobility walker walkers ramp ramps roll rollin rollunder grab lift lifts"
        " chairlift stairlift glide glides elevator elevators accessible accessibility wide widened"
        " wider doorway doorways barrier zero curbless step universal lowered 36 elev brs drs "
        "widened",
    }.items()
}
_RULES: Final[Mapping[str, Callable[[Remarks], Fact]]] = {
    "pool": pool,
    "garage": garage,
    "solar": solar,
}
_YOUNGER: Final[Mapping[str, Callable[[Remarks], Fact]]] = {
    "spa": spa,
    "carport": carport,
    "rv_parking": rv_parking,
    "view": view,
    "occupancy": occupancy,
    "lease_end": lease_end,
    "sale_type": sale_type,
    "terms": terms,
    "as_is": as_is,
    "investor": investor,
    "rent": rent,
    "accessibility": accessibility,
    "motivation": motivation,
}
_ON_EVERY_TEXT: Final[Mapping[str, Callable[[Remarks], Fact]]] = {
    "roof": roof,
    "hvac": hvac,
    "plumbing": plumbing,
    "renovation": renovation,
    "summary": summary,
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
    for name, read in _YOUNGER.items():
        if not _WORDS[name].isdisjoint(text.words):
            facts[name] = read(text)
    if facts["as_is"].state == "yes" or not CONDITION_WORDS.isdisjoint(text.words):
        facts["condition"] = condition(text, facts["as_is"])
    for name, read in _ON_EVERY_TEXT.items():
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
    return any(map(text.folded.__contains__, stems))  # no generator: this runs on every text
