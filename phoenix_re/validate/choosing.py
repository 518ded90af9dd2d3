"""Which source's word becomes the value of a property's field, and by which rule.

Facts of the marketing come whole from one listing, so that price and status belong together. Facts
of the home come from whoever deserves it, field by field: trust × recency × agreement, with the
numbers of the market's file (`choosing:`). Who leads and who is one home is decided elsewhere.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from phoenix_re.collect.crosscheck import TOLERANCES
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Choosing

# Facts of the marketing, which must all come from one listing; everything else is the home's.
LISTING_FIELDS = frozenset(
    {
        "x_mls",
        "listing_id",
        "standard_status",
        "list_price_cents",
        "original_list_price_cents",
        "close_price_cents",
        "concessions_amount_cents",
        "listing_contract_date",
        "on_market_date",
        "purchase_contract_date",
        "close_date",
        "x_changed_on",
        "x_days_on_market_reported",
        "public_remarks",
        "modification_timestamp",
        "url",
    }
)
# What is for sale may change (a house, then its lease), but hardly ever does.
EITHER_FIELDS = frozenset({"property_type"})
HOME_FIELDS = (
    frozenset(f.name for f in fields(ListingRecord))
    - LISTING_FIELDS
    - EITHER_FIELDS
    - {"source", "source_key", "unread"}
)
LEAD_LISTING = "lead_listing"
MOST_WEIGHT = "most_weight"
LEAD_ELSE_MOST_WEIGHT = "lead_listing_else_most_weight"

# Chosen together: half a point, or one end of an interval, of another source would be a new claim.
_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "coordinates": ("latitude", "longitude"),
    "rent": ("x_rent_low_cents", "x_rent_estimate_cents", "x_rent_high_cents"),
}
_WHOLE = frozenset({"coordinates"})  # all parts or nothing
_ALONE = HOME_FIELDS.difference(*_TOGETHER.values())
CHOSEN = _ALONE | EITHER_FIELDS | _TOGETHER.keys()
"""What a market's file may say more of under `choosing.fields`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A listing as a witness of its home. `voice`: what several listings share that repeat one
    report, the MLS number, else the source; a voice counts once however often it speaks."""

    at: int  # its place in the property's sources
    listing_id: str
    record: ListingRecord
    licence_class: str
    voice: str
    address_key: str | None  # of its line, in which spellings are alike
    observed_at: datetime  # UTC, when its newest version was first seen
    last_observed_at: datetime


def chosen_fields(
    of_lead: Sequence[Statement],
    all_of_home: Sequence[Statement],
    policy: Choosing,
    *,
    withheld: Iterable[str] = (),
) -> dict[str, dict[str, Any]]:
    """field → `{value, from, rule}`; of facts of the home that several voices state also
    `stating` and `agreeing`, how many they are and how many of them agree with the value.

    `of_lead`: the lead and the other reports of its listing, best first. The result does not depend
    on the order of `all_of_home`.
    """
    chosen: dict[str, dict[str, Any]] = {}
    for name in LISTING_FIELDS.difference(withheld):
        chosen |= _first(of_lead, name, LEAD_LISTING)
    for name in _ALONE:
        chosen |= _weightiest(all_of_home, name, (name,), policy, MOST_WEIGHT)
    for name, parts in _TOGETHER.items():
        chosen |= _weightiest(all_of_home, name, parts, policy, MOST_WEIGHT)
    for name in EITHER_FIELDS:
        chosen |= _first(of_lead, name, LEAD_ELSE_MOST_WEIGHT) or _weightiest(
            all_of_home, name, (name,), policy, LEAD_ELSE_MOST_WEIGHT
        )
    return dict(sorted(chosen.items()))


def weight(statement: Statement, field: str, newest: date, policy: Choosing) -> float:
    """Trust × ½^(age / half-life); the age in days before the `newest` look at the home, so that
    it follows from the data and not from the day of the run."""
    trust = policy.trust_of(statement.record.source, statement.licence_class, field)
    age = (newest - statement.last_observed_at.date()).days
    return trust * 0.5 ** (age / policy.half_life_of(field))


def _first(statements: Sequence[Statement], name: str, rule: str) -> dict[str, dict[str, Any]]:
    for statement in statements:
        value = getattr(statement.record, name)
        if value is not None:
            return {name: {"value": _storable(value), "from": statement.at, "rule": rule}}
    return {}


def _weightiest(
    statements: Sequence[Statement],
    name: str,
    parts: tuple[str, ...],
    policy: Choosing,
    rule: str,
) -> dict[str, dict[str, Any]]:
    """The statement with the most support: its own weight, and of each other voice that agrees the
    weight of its best agreeing statement, times `agreement`."""
    said = [(s, v) for s in statements if (v := _said(s.record, name, parts)) is not None]
    if not said:
        return {}
    newest = max(s.last_observed_at for s, _ in said).date()
    weights = {s.at: weight(s, name, newest, policy) for s, _ in said}
    share = policy.agreement_of(name)

    def support(statement: Statement, value: Any) -> tuple[float, int]:
        others: dict[str, float] = defaultdict(float)
        for other, its in said:
            if other.voice != statement.voice and _agree(name, statement, other, value, its):
                others[other.voice] = max(others[other.voice], weights[other.at])
        return weights[statement.at] + share * math.fsum(others.values()), len(others)

    def rank(pair: tuple[Statement, Any]) -> tuple[float, float, float, str]:
        statement, value = pair
        # Nine digits: the last ones of a sum of floats must not decide.
        return (
            -round(support(statement, value)[0], 9),
            -round(weights[statement.at], 9),
            -statement.observed_at.timestamp(),
            statement.listing_id,
        )

    best, value = min(said, key=rank) if len(said) > 1 else said[0]
    counted: dict[str, Any] = {"from": best.at, "rule": rule}
    if (voices := len({s.voice for s, _ in said})) > 1:
        counted |= {"stating": voices, "agreeing": 1 + support(best, value)[1]}
    return {
        part: {"value": _storable(own), **counted}
        for part, own in zip(parts, _parts(value, parts), strict=True)
        if own is not None
    }


def _said(record: ListingRecord, name: str, parts: tuple[str, ...]) -> Any:
    """The field's value, or the values of its parts; None: nothing is stated."""
    if len(parts) == 1:
        return getattr(record, parts[0])
    values = tuple(getattr(record, part) for part in parts)
    missing = None in values if name in _WHOLE else set(values) == {None}
    return None if missing else values


def _parts(value: Any, parts: tuple[str, ...]) -> tuple[Any, ...]:
    return (value,) if len(parts) == 1 else value


def _agree(name: str, first: Statement, second: Statement, one: Any, other: Any) -> bool:
    if name == "unparsed_address" and first.address_key and second.address_key:
        return first.address_key == second.address_key
    if isinstance(one, str) and isinstance(other, str):
        return _letters(one) == _letters(other)
    tolerance = TOLERANCES.get(name)
    return one == other if tolerance is None else tolerance.distance(one, other) <= tolerance.most


def _letters(value: str) -> str:
    return "".join(c for c in value.casefold() if c.isalnum())


def _storable(value: Any) -> Any:
    """Dates as ISO strings (BSON has none); moments stay moments."""
    return (
        value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
    )
