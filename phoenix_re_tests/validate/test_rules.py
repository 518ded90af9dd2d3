"""Every rule has one record that breaks it, and the ordinary listing breaks none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.rules import RULES, Case, Severity, breaches, without_placeholders

from .listings import ZIP, a_market, a_record

DAY = date(2025, 11, 3)
ARIZONA = a_market()
TEXAS = a_market("TX", disclosed=False)

BREAKING: dict[str, tuple[ListingRecord, Market]] = {
    "key.missing": (a_record(source_key=" "), ARIZONA),
    "zip.unreadable": (a_record(postal_code="8503"), ARIZONA),
    "zip.other": (a_record(postal_code="85033"), ARIZONA),
    "mls.unknown": (a_record(unread={"x_mls": "Atlantis"}), ARIZONA),
    "price.unreadable": (
        a_record(list_price_cents=None, unread={"list_price_cents": "call"}),
        ARIZONA,
    ),
    "price.missing": (a_record(list_price_cents=None), ARIZONA),
    "price.below_range": (a_record(list_price_cents=100), ARIZONA),
    "price.above_range": (a_record(list_price_cents=10_000_000_001), ARIZONA),
    "status.unknown": (a_record(standard_status="Cancelled"), ARIZONA),
    "property_type.unknown": (a_record(property_type="Castle"), ARIZONA),
    "living_area.range": (a_record(living_area=99.0), ARIZONA),
    "lot_size.range": (a_record(lot_size_square_feet=43_560_001.0), ARIZONA),
    "year_built.range": (a_record(year_built=2028), ARIZONA),
    "bedrooms.range": (a_record(bedrooms_total=33), ARIZONA),
    "bathrooms.range": (a_record(x_bathrooms_decimal=20.5), ARIZONA),
    "association_fee.range": (a_record(x_association_fee_monthly_cents=-1), ARIZONA),
    "coordinates.range": (a_record(latitude=33.4, longitude=112.1), ARIZONA),
    "state.other": (a_record(state_or_province="MX"), ARIZONA),
    "dates.close_before_contract": (
        a_record(purchase_contract_date=date(2025, 9, 2), close_date=date(2025, 9, 1)),
        ARIZONA,
    ),
    "dates.contract_before_on_market": (
        a_record(on_market_date=date(2025, 9, 2), purchase_contract_date=date(2025, 9, 1)),
        ARIZONA,
    ),
    "dates.close_before_on_market": (
        a_record(on_market_date=date(2025, 9, 2), close_date=date(2025, 9, 1)),
        ARIZONA,
    ),
    "dates.future": (a_record(x_changed_on=DAY + timedelta(days=2)), ARIZONA),
    "field.unreadable": (a_record(unread={"year_built": "old"}), ARIZONA),
    "coordinates.half": (a_record(latitude=33.4), ARIZONA),
    "address.no_key": (a_record(unparsed_address="Lot 5"), ARIZONA),
    "close_price.undisclosed": (a_record(close_price_cents=30_000_000), TEXAS),
    "close_price.far_from_list": (a_record(close_price_cents=15_000_000), ARIZONA),
    "rent.interval": (
        a_record(x_rent_low_cents=-90_000, x_rent_estimate_cents=150_000),
        ARIZONA,
    ),
    "association_fee.without_association": (
        a_record(association_yn=False, x_association_fee_monthly_cents=9_500),
        ARIZONA,
    ),
}


def broken(record: ListingRecord, market: Market = ARIZONA) -> list[str]:
    return [breach.rule.id for breach in breaches(record, Case(market, ZIP, DAY))]


def test_every_rule_has_a_breaking_record_and_its_own_id() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(ids) == sorted(set(ids))
    assert set(ids) == set(BREAKING)


@pytest.mark.parametrize("rule_id", list(BREAKING))
def test_the_breaking_record_breaks_this_rule_only(rule_id: str) -> None:
    assert broken(*BREAKING[rule_id]) == [rule_id]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_tells_the_operator_what_it_demands(rule) -> None:
    assert rule.sentence.endswith(".")
    record, market = BREAKING[rule.id]
    reason = rule.check(record, Case(market, ZIP, DAY))
    assert reason is not None
    assert len(reason) > 10


def test_an_ordinary_listing_and_a_bare_one_break_nothing() -> None:
    full = a_record(
        unparsed_address="4812 W Osborn Rd",
        state_or_province="AZ",
        property_type="Residential",
        latitude=33.48,
        longitude=-112.16,
        living_area=1_450.0,
        lot_size_square_feet=6_100.0,
        year_built=2027,
        bedrooms_total=20,
        on_market_date=date(2025, 9, 1),
        purchase_contract_date=date(2025, 9, 1),
        close_date=date(2025, 9, 1),
        close_price_cents=31_500_000,
    )
    assert broken(full) == []
    assert broken(ListingRecord("feed", "K", list_price_cents=20_000_000)) == []


def test_a_sale_needs_no_list_price_and_a_lease_has_its_own_range() -> None:
    assert broken(a_record(list_price_cents=None, close_price_cents=25_000_000)) == []
    lease = a_record(property_type="Residential Lease", list_price_cents=185_000)
    assert broken(lease) == []
    assert broken(a_record(list_price_cents=185_000)) == ["price.below_range"]


def test_ends_of_a_range_are_allowed() -> None:
    low, high = ARIZONA.validation.list_price_cents.min, ARIZONA.validation.list_price_cents.max
    assert broken(a_record(list_price_cents=low)) == []
    assert broken(a_record(list_price_cents=high)) == []
    assert broken(a_record(list_price_cents=low - 1)) == ["price.below_range"]


def test_an_unknown_word_is_not_also_a_missing_price() -> None:
    record = a_record(list_price_cents=None, unread={"close_price_cents": "n/a"})
    assert broken(record) == ["price.unreadable"]


def test_placeholders_say_nothing() -> None:
    record = without_placeholders(
        a_record(
            property_type="Land",
            living_area=0.0,
            lot_size_square_feet=0.0,
            year_built=0,
            bedrooms_total=0,
            x_bathrooms_decimal=0.0,
            latitude=0.0,
            longitude=0.0,
        )
    )
    assert record == a_record(property_type="Land")
    assert broken(record) == []


def test_a_studio_keeps_its_zero_bedrooms_and_zero_dollars_is_wrong() -> None:
    studio = a_record(property_type="Residential", bedrooms_total=0)
    assert without_placeholders(studio).bedrooms_total == 0
    free = without_placeholders(a_record(list_price_cents=0))
    assert broken(free) == ["price.below_range"]


@given(
    st.builds(
        ListingRecord,
        source=st.just("feed"),
        source_key=st.text(max_size=5),
        postal_code=st.none() | st.text(max_size=6),
        unparsed_address=st.none() | st.text(max_size=20),
        list_price_cents=st.none() | st.integers(),
        close_price_cents=st.none() | st.integers(),
        living_area=st.none() | st.floats(allow_nan=True),
        year_built=st.none() | st.integers(),
        on_market_date=st.none() | st.dates(),
        close_date=st.none() | st.dates(),
    )
)
def test_rules_judge_anything_without_raising(record: ListingRecord) -> None:
    found = breaches(record, Case(ARIZONA, ZIP, DAY))
    assert all(breach.reason and breach.rule.severity in Severity for breach in found)
