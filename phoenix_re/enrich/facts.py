"""What may be known of a home from its listing remarks, and the proof that each claim carries.

Here live the fields, their legal values, and the shapes `Quote`, `Fact` and `Facts`. A fact can
only be asserted with a `Quote`, and a `Quote` can only be cut out of the remarks themselves, so a
claim without exact evidence cannot exist, whoever makes it: a rule or a language model.

No reading of text here: that is `rules/`. No fact about people, now or later: fair housing law
protects who lives in a home, and no field here may describe, rank or guess at buyers, sellers,
tenants or neighbours. `motivation` holds the terms of a sale as its text states them, never
marriage, age, health or family.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, Self

State = Literal["yes", "no", "not_stated"]


class Quote(str):
    """A piece of the remarks, exactly as given. Made only by cutting it out of them."""

    __slots__ = ()

    def __new__(cls, remarks: str, start: int, end: int) -> Self:
        if not 0 <= start < end <= len(remarks):
            raise ValueError(f"no text at {start}:{end} of remarks of {len(remarks)} characters")
        return super().__new__(cls, remarks[start:end])

    @classmethod
    def of(cls, remarks: str, text: str) -> Self:
        """The first occurrence of `text`, character by character; ValueError if there is none."""
        start = remarks.find(text)
        if start < 0 or not text:
            raise ValueError(f"evidence {text!r} is not in the remarks; the claim must be dropped")
        return cls(remarks, start, start + len(text))

    def __reduce__(self) -> tuple[type[Self], tuple[str, int, int]]:
        return type(self), (str(self), 0, len(self))


@dataclass(frozen=True, slots=True)
class Renovation:
    """Work that the remarks say was done. `year` is the latest one stated."""

    year: int | None
    what: tuple[str, ...]  # sorted, of RENOVATED


@dataclass(frozen=True, slots=True)
class Age:
    """When a part of the home was renewed: the calendar year, or the years since, as stated."""

    year: int | None = None
    years: int | None = None


Value = str | int | tuple[str, ...] | Renovation | Age
"""Of a fact: a word of a lookup, a number or month, several words, or a structure."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One field's state. `value` goes with "yes" only, and may be absent there ("garage")."""

    state: State
    value: Value | None = None
    evidence: Quote | None = None

    def __post_init__(self) -> None:
        if self.state not in ("yes", "no", "not_stated"):
            raise ValueError(f"state must be yes, no or not_stated, not {self.state!r}")
        if (self.state != "not_stated") != isinstance(self.evidence, Quote):
            raise ValueError(f"{self.state}: an asserted fact, and no other, needs a Quote")
        if self.state != "yes" and self.value is not None:
            raise ValueError(f"{self.state}: only an asserted yes has a value: {self.value!r}")

    def to_document(self) -> dict[str, Any]:
        """BSON-ready `{state, value, evidence}`, of an asserted fact."""
        return {
            "state": self.state,
            "value": _plain(self.value),
            "evidence": str(self.evidence),
        }


NOT_STATED: Final = Fact("not_stated")

CASITA_CLASSES: Final = (
    "guest_house",
    "in_law",
    "adu",
    "garage_apartment",
    "basement_apartment",
    "other",  # a local word of the market file that names none of these
)
CONDITIONS: Final = (
    "fixer",
    "as_is",
    "original",
    "updated",
    "remodeled",
    "new",
    "under_construction",
)
RENOVATED: Final = ("bathrooms", "kitchen", "whole_home")
VIEWS: Final = (
    *("city", "desert", "golf", "hills", "mountain", "park", "pool", "trees", "valley", "water"),
)
SALE_TYPES: Final = ("auction", "foreclosure", "probate", "reo", "short_sale")
TERMS: Final = ("assumable", "cash_only", "exchange_1031", "lease_option", "owner_may_carry")
INVESTOR_SIGNALS: Final = ("arv", "fix_up", "rental_income", "tenant_in_place")
MONTH_TO_MONTH: Final = "month_to_month"
SUMMARY_LIMIT: Final = 300  # characters
MOTIVATIONS: Final = ("estate", "distress", "relocation", "urgency", "stated", "offers")


@dataclass(frozen=True, slots=True)
class Field:
    """The contract of one field. `None` is always a legal value of "yes": kind not said."""

    meaning: str
    reso: str  # RESO Data Dictionary 2.0 target; `x_` where RESO has none
    accepts: Callable[[Any], bool]
    values: tuple[str, ...] = ()  # of a lookup
    can_be_denied: bool = True
    kind: Literal["word", "words", "whole", "month", "age", "renovation", "none", "sentence"] = (
        "word"
    )


def _lookup(meaning: str, reso: str, *values: str, can_be_denied: bool = True) -> Field:
    return Field(meaning, reso, values.__contains__, values, can_be_denied)


def _words(meaning: str, reso: str, *values: str, can_be_denied: bool = True) -> Field:
    """Several of a lookup at once, sorted, each once."""

    def accepts(value: Any) -> bool:
        return (
            isinstance(value, tuple)
            and len(value) > 0
            and value == tuple(sorted(set(value)))
            and set(value) <= set(values)
        )

    return Field(meaning, reso, accepts, values, can_be_denied, "words")


def _said(meaning: str, reso: str, *, can_be_denied: bool = True) -> Field:
    """True or not; there is nothing more to say of it."""
    return Field(meaning, reso, lambda value: False, (), can_be_denied, "none")


def _amount(meaning: str, reso: str, low: int, high: int, *, can_be_denied: bool = True) -> Field:
    return Field(meaning, reso, _whole(low, high), (), can_be_denied, "whole")


def _age(meaning: str, reso: str) -> Field:
    return Field(meaning, reso, _is_age, (), True, "age")


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_age(value: Any) -> bool:
    return isinstance(value, Age) and (
        (value.years is None and _whole(1900, 2100)(value.year))
        or (value.year is None and _whole(0, 100)(value.years))
    )


def _is_month(value: Any) -> bool:
    return isinstance(value, str) and (
        value == MONTH_TO_MONTH or re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", value) is not None
    )


def _is_sentence(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= SUMMARY_LIMIT


def _is_renovation(value: Any) -> bool:
    return (
        isinstance(value, Renovation)
        and (value.year is None or _whole(1900, 2100)(value.year))
        and len(value.what) > 0
        and value.what == tuple(sorted(set(value.what)))
        and set(value.what) <= set(RENOVATED)
    )


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "pool": _lookup(
            "A pool: the home's own (private), or only a shared one (community). Denied: none.",
            "pool_private_yn",  # community says nothing of it, and feeds community_features
            "private",
            "community",
        ),
        "spa": _lookup(
            "A spa, hot tub or jacuzzi to sit in: the home's own, or only a shared one.",
            "spa_yn",
            "private",
            "community",
        ),
        "garage": _amount(
            "A garage that still serves cars, and its whole spaces. Carports do not count.",
            "garage_spaces",
            1,
            20,
        ),
        "carport": _amount(
            "A carport or covered parking of the home's own, and its whole spaces.",
            "carport_spaces",
            1,
            20,
        ),
        "rv_parking": _lookup(
            "Room for a recreational vehicle: an RV garage, else parking or a pad, else a gate.",
            "parking_features",
            "garage",
            "parking",
            "gate",
        ),
        "hoa": _amount(
            "A compulsory owners' association, and its fee as integer cents a month.",
            "association_fee",  # with association_yn and association_fee_frequency
            1,
            2_000_000,
        ),
        "condition": _lookup(
            "The condition of the whole home, not of one room.",
            "property_condition",  # as_is and original have no RESO value
            *CONDITIONS,
            can_be_denied=False,
        ),
        "renovation": Field(
            "Renovation done, latest year, and what. Denied: never renovated.",
            "year_built_effective",  # only where `what` holds whole_home
            _is_renovation,
            kind="renovation",
        ),
        "roof": _age(
            "The roof was renewed, and when. Denied: original, or needs to be replaced.",
            "x_roof_age",
        ),
        "hvac": _age(
            "Heating or cooling was renewed, and when. Denied: original, or needs replacing.",
            "x_hvac_age",
        ),
        "plumbing": _age(
            "The plumbing was renewed, and when. Denied: original, or needs replacing.",
            "x_plumbing_age",
        ),
        "solar": _lookup(
            "Solar panels for electricity, and whose they are.",
            "power_production_ownership",
            "owned",
            "leased",
        ),
        "casita": _lookup(
            "A second dwelling or suite that exists, by the class of the phrase used for it.",
            "x_casita",  # guest_house also feeds other_structures
            *CASITA_CLASSES,
        ),
        "view": _words("What the home looks out on, as stated.", "view", *VIEWS),
        "occupancy": _lookup(
            "Who holds the home now.",
            "occupant_type",
            "owner",
            "tenant",
            "vacant",
            can_be_denied=False,
        ),
        "lease_end": Field(
            "A lease in force, and the month it ends: YYYY-MM, or month_to_month.",
            "possession",
            _is_month,
            can_be_denied=False,
            kind="month",
        ),
        "sale_type": _lookup(
            "A sale under special conditions. Denied: a traditional sale.",
            "special_listing_conditions",
            *SALE_TYPES,
        ),
        "terms": _words(
            "Terms the seller offers or demands.",
            "listing_terms",
            *TERMS,
            can_be_denied=False,
        ),
        "as_is": _said("The home is sold as it stands. Denied: repairs are offered.", "x_as_is"),
        "motivation": _lookup(
            "Why or how much the seller wants to sell, as stated. Denied: in no hurry.",
            "x_seller_motivation",
            *MOTIVATIONS,
        ),
        "investor": _words(
            "What the text tells an investor: a value after repair, a home to fix up, income, a"
            " tenant in place.",
            "x_investor_signals",
            *INVESTOR_SIGNALS,
            can_be_denied=False,
        ),
        "rent": _amount(
            "Rent that the home or all its units bring now, as integer cents a month.",
            "total_actual_rent",
            1_00,
            10_000_000,
            can_be_denied=False,
        ),
        "accessibility": _said(
            "Built or altered for access: ramp, roll-in shower, lift, wide doors, ADA.",
            "accessibility_features",
            can_be_denied=False,
        ),
        "summary": Field(
            "The one sentence of the remarks that tells most of the home, word for word.",
            "x_summary",
            _is_sentence,
            can_be_denied=False,
            kind="sentence",
        ),
    }
)
"""In the order in which they are shown."""

SCORED: Final = tuple(name for name in FIELDS if name != "summary")
"""Fields with a right answer: which sentence sums a text up best is a matter of taste."""


def remarks_hash(remarks: str) -> str:
    """Hex SHA-256 of the remarks as given: names the text that the evidence was cut from."""
    return hashlib.sha256(remarks.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Facts:
    """Every field's fact for one text. ValueError where one is missing or breaks its contract."""

    remarks: str
    extractor: str  # name and version of what found them
    facts: Mapping[str, Fact]

    def __post_init__(self) -> None:
        if self.facts.keys() != FIELDS.keys():
            wrong = sorted(self.facts.keys() ^ FIELDS.keys())
            raise ValueError(f"facts must hold each of FIELDS once; missing or unknown: {wrong}")
        for name, fact in self.facts.items():
            field = FIELDS[name]
            if fact.value is not None and not field.accepts(fact.value):
                raise ValueError(f"{name}: {fact.value!r} is not a legal value ({field.meaning})")
            if fact.state == "no" and not field.can_be_denied:
                raise ValueError(f"{name} cannot be denied ({field.meaning})")
            if fact.evidence is not None and fact.evidence not in self.remarks:
                raise ValueError(f"{name}: evidence {fact.evidence!r} is not in these remarks")

    def to_document(self) -> dict[str, Any]:
        """BSON-ready, without the remarks: `{remarks_hash, extractor, facts: {name: {state, …}}}`.

        Fields that are not stated are left out; absent means not stated.
        """
        return {
            "remarks_hash": remarks_hash(self.remarks),
            "extractor": self.extractor,
            "facts": {
                name: fact.to_document()
                for name, fact in self.facts.items()
                if fact.state != "not_stated"
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], remarks: str) -> Self:
        """Read a document back against its remarks; ValueError if they are not the same text."""
        if document["remarks_hash"] != remarks_hash(remarks):
            raise ValueError("the remarks have changed since these facts were found: extract again")
        stored = document["facts"]
        if unknown := stored.keys() - FIELDS.keys():
            raise ValueError(f"unknown fields {sorted(unknown)}: extract again")
        facts = {
            name: _read(name, stored[name], remarks) if name in stored else NOT_STATED
            for name in FIELDS
        }
        return cls(remarks, document["extractor"], facts)


def _plain(value: Value | None) -> Any:
    match value:
        case Renovation(year, what):
            return {"year": year, "what": list(what)}
        case Age(year, years):
            return {"year": year, "years": years}
        case tuple():
            return list(value)
        case _:
            return value


def read_value(name: str, stored: Any) -> Value | None:
    """A value from its plain form in a document, an answer of a model or a labelled file.

    ValueError where it is no legal value of the field.
    """
    value = stored
    kind = FIELDS[name].kind
    try:
        if isinstance(stored, Mapping) and kind == "renovation":
            value = Renovation(stored.get("year"), tuple(sorted(set(stored["what"]))))
        elif isinstance(stored, Mapping) and kind == "age":
            value = Age(stored.get("year"), stored.get("years"))
        elif isinstance(stored, list) and kind == "words":
            value = tuple(sorted(set(stored)))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{name}: {stored!r} is not a legal value") from error
    if value is not None and not FIELDS[name].accepts(value):
        raise ValueError(f"{name}: {stored!r} is not a legal value ({FIELDS[name].meaning})")
    return value


def _read(name: str, stored: Mapping[str, Any], remarks: str) -> Fact:
    value = read_value(name, stored["value"])
    return Fact(stored["state"], value, Quote.of(remarks, stored["evidence"]))
