"""For which homes a field is due at all (metrics.md §10: the rule table of completeness).

A bedroom count of land or the close date of a home for sale is not missing, it does not exist.
What a source carries, and how complete it is, is measured in `quality.py` and `quality_rows.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.rules import WITHOUT_HOME

_IN_BUILDINGS = frozenset({"Condominium", "Apartment", "Stock Cooperative"})


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides which fields a home or a listing owes; None is unknown."""

    property_type: str | None
    property_sub_type: str | None
    standard_status: str | None
    association_yn: bool | None
    unit: str | None


def traits_of_property(home: Mapping[str, Any]) -> Traits:
    """Of a document of `properties`."""
    fields = home["fields"]

    def value(name: str) -> Any:
        return fields.get(name, {}).get("value")

    return Traits(
        value("property_type"),
        value("property_sub_type"),
        value("standard_status"),
        value("association_yn"),
        home["unit"],
    )


def traits_of_record(record: ListingRecord, unit: str | None) -> Traits:
    """Of a listing in the home of this unit."""
    return Traits(
        record.property_type,
        record.property_sub_type,
        record.standard_status,
        record.association_yn,
        unit,
    )


Due = Callable[[Traits], bool]


def always(traits: Traits) -> bool:
    return True


def has_home(traits: Traits) -> bool:
    return traits.property_type not in WITHOUT_HOME


def has_own_lot(traits: Traits) -> bool:
    """A flat has no lot of its own; neither has a home in a park."""
    in_building = traits.property_sub_type in _IN_BUILDINGS
    return not (traits.unit or in_building or traits.property_type == "Manufactured In Park")


def is_closed(traits: Traits) -> bool:
    return traits.standard_status == "Closed"


def is_open(traits: Traits) -> bool:
    return not is_closed(traits)


def has_association(traits: Traits) -> bool:
    return traits.association_yn is True


_DUE: Mapping[str, Due] = {
    "living_area": has_home,
    "bedrooms_total": has_home,
    "x_bathrooms_decimal": has_home,
    "year_built": has_home,
    "stories_total": has_home,
    "garage_spaces": has_home,
    "pool_private_yn": has_home,
    "lot_size_square_feet": has_own_lot,
    "close_date": is_closed,
    "close_price_cents": is_closed,
    "on_market_date": is_open,
    "listing_contract_date": is_open,
    "x_association_fee_monthly_cents": has_association,
}


def is_due(field: str, traits: Traits) -> bool:
    """Whether a listing or home of these traits owes the field of `ListingRecord`."""
    return _DUE.get(field, always)(traits)
