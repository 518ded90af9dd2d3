"""What a rule is, what it looks at, and what it says when it is broken. The rules themselves are in
`catalogue.py`, how a market tunes them in `tuning.py`.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.rules.surroundings import NOWHERE, Surroundings

Check = Callable[..., str | None]


class Severity(StrEnum):
    WARN = "WARN"  # marks the property
    ERROR = "ERROR"  # quarantines the listing


@dataclass(frozen=True, slots=True)
class Case:
    """Where and when a record is judged, and what stands around and before it.

    `licence_class` is None where a record is judged alone, without the version that carries it.
    """

    market: Market
    zip: str  # under which the record is filed
    day: date  # local, on which it was read
    licence_class: str | None = None
    around: Surroundings = NOWHERE  # the ZIP's listings
    earlier: Sequence[ListingRecord] = ()  # older versions of the listing that hold, oldest first


@dataclass(frozen=True, slots=True)
class Rule:
    """`check(record, case)` gives the reason, with the value, why a record breaks the rule; None if
    it holds. Its keyword arguments are the rule's parameters, which a market's file may set."""

    id: str
    severity: Severity
    sentence: str
    check: Check = field(compare=False)
    fixed: bool = False  # neither a market nor an operator may overrule it

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters with the values that hold."""
        arguments = inspect.signature(self.check).parameters.values()
        return {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule and why."""

    rule: Rule
    reason: str

    @property
    def is_error(self) -> bool:
        return self.rule.severity is Severity.ERROR


def broken(record: ListingRecord, case: Case, rules: Iterable[Rule]) -> list[Breach]:
    """Every one of `rules` that the record breaks, in their order."""
    found = ((rule, rule.check(record, case)) for rule in rules)
    return [Breach(rule, reason) for rule, reason in found if reason is not None]
