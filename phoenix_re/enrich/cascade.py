"""Rules first, the model for what they leave open, and the gate over both.

A rule that speaks is believed; a model that contradicts it is recorded, not followed. What the gate
does not let through is kept aside with its reason, so that it can be looked at and evaluated later,
but nobody downstream reads it. Who asks the model, and when, is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phoenix_re.enrich.facts import FIELDS, NOT_STATED, Fact, Facts
from phoenix_re.enrich.gate import Gate


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact with who says it."""

    fact: Fact
    extractor: str

    def to_document(self) -> dict[str, Any]:
        return self.fact.to_document() | {"extractor": self.extractor}


@dataclass(frozen=True, slots=True)
class Combined:
    """What is known of one text. `facts` are served; `withheld` did not pass the gate; in
    `disagreements` the rule's claim stands first and holds, the model's is second."""

    facts: Mapping[str, Claim]
    withheld: Mapping[str, Claim]
    disagreements: Mapping[str, tuple[Claim, Claim]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one extractor found in a text."""

    extractor: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def claims(self) -> dict[str, Claim]:
        return {
            name: Claim(fact, self.extractor)
            for name, fact in self.facts.items()
            if fact.state != "not_stated"
        }


def combine(rules: Finding, model: Finding | None, gate: Gate) -> Combined:
    """Every field of which anybody says anything, served or withheld.

    Of two who may serve a field the rule is believed; where the gate withholds the rule's claim,
    the model's stands for itself.
    """
    said = rules.claims()
    asked = model.claims() if model else {}
    served: dict[str, Claim] = {}
    withheld: dict[str, Claim] = {}
    for name in FIELDS:
        claims = [found[name] for found in (said, asked) if name in found]
        passing = [claim for claim in claims if gate.serves(claim.extractor, name)]
        if passing:
            served[name] = passing[0]
        elif claims:
            withheld[name] = claims[0]
    both = [n for n in FIELDS if n in said and n in asked and FIELDS[n].kind != "sentence"]
    differing = [n for n in both if differ(said[n].fact, asked[n].fact)]
    return Combined(served, withheld, {n: (said[n], asked[n]) for n in differing})


def differ(one: Fact, other: Fact) -> bool:
    """Another state, or another value where both give one."""
    if one.state != other.state:
        return True
    return one.value is not None and other.value is not None and one.value != other.value


def open_fields(rules: Mapping[str, Fact]) -> list[str]:
    """What the rules leave to a model."""
    return [name for name in FIELDS if rules.get(name, NOT_STATED).state == "not_stated"]


def served(remarks: str, combined: Combined, extractor: str) -> Facts:
    """The served facts as `Facts`, which checks every contract once more."""
    facts = {name: claim.fact for name, claim in combined.facts.items()}
    return Facts(remarks, extractor, dict.fromkeys(FIELDS, NOT_STATED) | facts)
