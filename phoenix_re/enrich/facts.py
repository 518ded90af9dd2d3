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
class Fact:
    """One field's state. `value` goes with "yes" only, and may be absent there ("garage")."""

    state: State
    value: str | int | Renovation | None = None
    evidence: Quote | None = None

    def __post_init__(self) -> None:
        if self.state not in ("yes", "no", "not_stated"):
            raise ValueError(f"state must be yes, no or not_stated, not {self.state!r}")
        if (self.state != "not_stated") != isinstance(self.evidence, Quote):
            raise ValueError(f"{self.state}: an asserted fact, and no other, needs a Quote")
        if self.state != "yes" and self.value is not None:
            raise ValueError(f"{self.state}: only an asserted yes has a value: {self.value!r}")


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
MOTIVATIONS: Final = ("estate", "distress", "relocation", "urgency", "stated", "offers")


@dataclass(frozen=True, slots=True)
class Field:
    """The contract of one field. `None` is always a legal value of "yes": kind not said."""

    meaning: str
    reso: str  # RESO Data Dictionary 2.0 target; `x_` where RESO has none
    accepts: Callable[[Any], bool]
    values: tuple[str, ...] = ()  # of a lookup
    can_be_denied: bool = True


def _lookup(meaning: str, reso: str, *values: str, can_be_denied: bool = True) -> Field:
    return Field(meaning, reso, values.__contains__, values, can_be_denied)


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


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
        "garage": Field(
            "A garage that still serves cars, and its whole spaces. Carports do not count.",
            "garage_spaces",
            _whole(1, 20),
        ),
        "hoa": Field(
            "A compulsory owners' association, and its fee as integer cents a month.",
            "association_fee",  # with association_yn and association_fee_frequency
            _whole(1, 2_000_000),
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
        "motivation": _lookup(
            "Why or how much the seller wants to sell, as stated. Denied: in no hurry.",
            "x_seller_motivation",
            *MOTIVATIONS,
        ),
    }
)


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
                name: {
                    "state": fact.state,
                    "value": _plain(fact.value),
                    "evidence": str(fact.evidence),
                }
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
            name: _read(stored[name], remarks) if name in stored else NOT_STATED for name in FIELDS
        }
        return cls(remarks, document["extractor"], facts)


def _plain(value: str | int | Renovation | None) -> Any:
    if isinstance(value, Renovation):
        return {"year": value.year, "what": list(value.what)}
    return value


def _read(stored: Mapping[str, Any], remarks: str) -> Fact:
    value = stored["value"]
    if isinstance(value, Mapping):
        value = Renovation(value["year"], tuple(value["what"]))
    return Fact(stored["state"], value, Quote.of(remarks, stored["evidence"]))
