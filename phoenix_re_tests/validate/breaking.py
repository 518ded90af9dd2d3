"""For each rule of the code one listing that breaks it and no other; all made up.

A new rule without its listing here fails the tests that walk over `RULES`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.rules import Case, surroundings

from .listings import START, ZIP, a_market, a_record

DAY = date(2025, 11, 3)  # of START, in Phoenix
ARIZONA = a_market()
TEXAS = a_market("TX", disclosed=False)
assert START.date() == DAY

# 25 homes of a quiet ZIP: alike in price per square foot, within a few hundred metres.
NEIGHBOURS: Sequence[Mapping[str, Any]] = tuple(
    {
        "source_key": f"N{at}",
        "property_type": "Residential",
        "property_sub_type": "Single Family Residence",
        "living_area": 1_400.0 + 10 * at,
        "list_price_cents": 30_000_000 + 400_000 * at,
        "latitude": round(33.49 + 0.0005 * at, 4),
        "longitude": round(-112.17 + 0.0005 * (at % 7), 4),
    }
    for at in range(25)
)


@dataclass(frozen=True)
class Breaking:
    """What the newest version states, and what it takes for the rule to be able to tell."""

    stated: Mapping[str, Any]
    market: Market = ARIZONA
    earlier: Mapping[str, Any] | None = None
    neighbours: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    licence_class: str = "mls_licensed"

    def record(self) -> ListingRecord:
        return a_record(**self.stated)

    def case(self) -> Case:
        records = [self.record(), *(a_record(**n) for n in self.neighbours)]
        return Case(
            self.market,
            ZIP,
            DAY,
            self.licence_class,
            surroundings(records, self.market),
            [] if self.earlier is None else [a_record(**self.earlier)],
        )


_HOME = NEIGHBOURS[3]

BREAKING: dict[str, Breaking] = {
    "key.missing": Breaking({"source_key": " "}),
    "licence.unknown": Breaking({}, licence_class="found_on_the_web"),
    "zip.unreadable": Breaking({"postal_code": "8503"}),
    "zip.other": Breaking({"postal_code": "85033"}),
    "mls.unknown": Breaking({"unread": {"x_mls": "Atlantis"}}),
    "price.unreadable": Breaking(
        {"list_price_cents": None, "unread": {"list_price_cents": "call"}}
    ),
    "price.missing": Breaking({"list_price_cents": None}),
    "price.below_range": Breaking({"list_price_cents": 100}),
    "price.above_range": Breaking({"list_price_cents": 10_000_000_001}),
    "status.unknown": Breaking({"standard_status": "Cancelled"}),
    "property_type.unknown": Breaking({"property_type": "Castle"}),
    "property_sub_type.unknown": Breaking({"property_sub_type": "Castle"}),
    "living_area.range": Breaking({"living_area": 99.0}),
    "lot_size.range": Breaking({"lot_size_square_feet": 43_560_001.0}),
    "year_built.range": Breaking({"year_built": 2028}),
    "bedrooms.range": Breaking({"bedrooms_total": 33}),
    "bathrooms.range": Breaking({"x_bathrooms_decimal": 20.5}),
    "association_fee.range": Breaking({"x_association_fee_monthly_cents": -1}),
    "coordinates.range": Breaking({"latitude": 33.4, "longitude": 112.1}),
    "state.other": Breaking({"state_or_province": "MX"}),
    "price_per_square_foot.range": Breaking({"list_price_cents": 1_000_000, "living_area": 5e3}),
    "dates.close_before_contract": Breaking(
        {"purchase_contract_date": date(2025, 9, 2), "close_date": date(2025, 9, 1)}
    ),
    "dates.contract_before_on_market": Breaking(
        {"on_market_date": date(2025, 9, 2), "purchase_contract_date": date(2025, 9, 1)}
    ),
    "dates.close_before_on_market": Breaking(
        {"on_market_date": date(2025, 9, 2), "close_date": date(2025, 9, 1)}
    ),
    "price.tenfold": Breaking(
        {"property_type": "Residential", "list_price_cents": 315_000_000},
        earlier={"property_type": "Residential"},
        neighbours=NEIGHBOURS,
    ),
    "price.jump": Breaking({"list_price_cents": 315_000_000}, earlier={}),
    "dates.future": Breaking({"x_changed_on": date(2025, 11, 5)}),
    "field.unreadable": Breaking({"unread": {"year_built": "old"}}),
    "coordinates.half": Breaking({"latitude": 33.4}),
    "coordinates.outside_zip": Breaking(
        {"latitude": 33.75, "longitude": -112.17}, neighbours=NEIGHBOURS
    ),
    "address.no_key": Breaking({"unparsed_address": "Lot 5"}),
    "price_per_square_foot.unlikely": Breaking(
        {**_HOME, "source_key": "K1", "list_price_cents": 160_000_000}, neighbours=NEIGHBOURS
    ),
    "close_price.undisclosed": Breaking({"close_price_cents": 30_000_000}, TEXAS),
    "close_price.far_from_list": Breaking({"close_price_cents": 15_000_000}),
    "rent.interval": Breaking({"x_rent_low_cents": -90_000, "x_rent_estimate_cents": 150_000}),
    "living_area.larger_than_lot": Breaking(
        {
            "property_sub_type": "Single Family Residence",
            "living_area": 7_000.0,
            "lot_size_square_feet": 1_450.0,
        }
    ),
    "living_area.changed": Breaking({"living_area": 3_000.0}, earlier={"living_area": 1_450.0}),
    "status.reopened": Breaking({}, earlier={"standard_status": "Closed"}),
    "association_fee.without_association": Breaking(
        {"association_yn": False, "x_association_fee_monthly_cents": 9_500}
    ),
}
