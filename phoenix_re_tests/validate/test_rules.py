"""Every rule has one record that breaks it, and the ordinary listing breaks none."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.rules import (
    RULES,
    Case,
    Rule,
    Severity,
    breaches,
    surroundings,
    without_placeholders,
)

from .breaking import ARIZONA, BREAKING, DAY, NEIGHBOURS
from .listings import ZIP, a_record


def broken(record: ListingRecord, market: Market = ARIZONA) -> list[str]:
    return [breach.rule.id for breach in breaches(record, Case(market, ZIP, DAY))]


def test_every_rule_has_a_breaking_record_and_its_own_id() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted(ids) == sorted(set(ids))
    assert set(ids) == set(BREAKING)


@pytest.mark.parametrize("rule_id", list(BREAKING))
def test_the_breaking_record_breaks_this_rule_only(rule_id: str) -> None:
    example = BREAKING[rule_id]
    found = breaches(example.record(), example.case())
    assert [breach.rule.id for breach in found] == [rule_id]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_tells_the_operator_what_it_demands(rule: Rule) -> None:
    assert rule.sentence.endswith(".")
    example = BREAKING[rule.id]
    reason = rule.check(example.record(), example.case())
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


# ── the ZIP's other listings ────────────────────────────────────────────────────────────────────

ZIPS_HOMES = [a_record(**stated) for stated in NEIGHBOURS]


def around(*records: ListingRecord) -> Case:
    return Case(ARIZONA, ZIP, DAY, around=surroundings(records, ARIZONA))


def marks(record: ListingRecord, case: Case) -> list[str]:
    return [breach.rule.id for breach in breaches(record, case)]


def test_a_few_wrong_neighbours_do_not_move_what_is_usual() -> None:
    wrong = [
        replace(home, list_price_cents=(home.list_price_cents or 0) * 10) for home in ZIPS_HOMES[:6]
    ]
    case = around(*ZIPS_HOMES[6:], *wrong)
    for home in ZIPS_HOMES[6:]:
        assert marks(home, case) == []
    for home in wrong:
        assert marks(home, case) == ["price_per_square_foot.unlikely"]


def test_with_few_neighbours_only_the_markets_range_judges() -> None:
    dear = replace(ZIPS_HOMES[0], list_price_cents=300_000_000)
    assert marks(dear, around(*ZIPS_HOMES[:18])) == []
    assert marks(dear, around(*ZIPS_HOMES)) == ["price_per_square_foot.unlikely"]
    tiny = replace(ZIPS_HOMES[0], living_area=100.0, list_price_cents=100_000_000)
    assert marks(tiny, around()) == ["price_per_square_foot.range"]


def test_a_lease_is_compared_with_leases() -> None:
    lease = replace(ZIPS_HOMES[0], property_type="Residential Lease", list_price_cents=185_000)
    assert marks(lease, around(*ZIPS_HOMES, lease)) == []


def test_a_zip_of_two_towns_has_no_outsiders() -> None:
    second = [replace(h, latitude=(h.latitude or 0) + 0.2) for h in ZIPS_HOMES[:6]]
    case = around(*ZIPS_HOMES, *second)
    assert all(marks(home, case) == [] for home in (*ZIPS_HOMES, *second))
    alone = around(*ZIPS_HOMES, *second[:2])
    assert marks(second[0], alone) == ["coordinates.outside_zip"]


@given(st.permutations(range(len(ZIPS_HOMES))))
def test_surroundings_do_not_depend_on_the_order(order: list[int]) -> None:
    shuffled = surroundings([ZIPS_HOMES[at] for at in order], ARIZONA)
    usual = surroundings(ZIPS_HOMES, ARIZONA)
    assert (shuffled.rates, shuffled.prices) == (usual.rates, usual.prices)
    assert shuffled.centre == usual.centre
    assert shuffled.radius_metres == usual.radius_metres


# ── older versions ──────────────────────────────────────────────────────────────────────────────


def test_which_of_two_prices_is_the_slip_the_zip_can_tell() -> None:
    right = ZIPS_HOMES[0]
    slip = replace(right, list_price_cents=(right.list_price_cents or 0) // 10)
    case = around(*ZIPS_HOMES)
    assert marks(right, replace(case, earlier=[slip])) == []
    assert "price.tenfold" in marks(slip, replace(case, earlier=[right]))
    few = around(*ZIPS_HOMES[:15])
    assert marks(right, replace(few, earlier=[slip])) == ["price.jump"]
    assert "price.jump" in marks(slip, replace(few, earlier=[right]))


def test_a_home_sold_and_then_let_has_not_lost_its_digits() -> None:
    lease = a_record(property_type="Residential Lease", list_price_cents=185_000)
    sale = a_record(property_type="Residential", list_price_cents=31_500_000)
    assert marks(lease, Case(ARIZONA, ZIP, DAY, earlier=[sale])) == []


def test_a_version_that_is_silent_hides_no_change() -> None:
    before = [a_record(), a_record(list_price_cents=None, close_price_cents=31_000_000)]
    tenth = a_record(list_price_cents=3_150_000)
    assert marks(tenth, Case(ARIZONA, ZIP, DAY, earlier=before)) == ["price.jump"]


def test_a_licence_is_judged_where_a_version_carries_one() -> None:
    assert marks(a_record(), Case(ARIZONA, ZIP, DAY, "public_record")) == []
    assert marks(a_record(), Case(ARIZONA, ZIP, DAY, "")) == ["licence.unknown"]
