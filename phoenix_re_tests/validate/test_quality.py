"""KPIs: hand-made ZIPs with known counts, thresholds on both sides, and the interval's formula."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re import keys
from phoenix_re.markets import AtMost, Kpis
from phoenix_re.proportions import wilson
from phoenix_re.validate.properties import ZipProperties, build_properties
from phoenix_re.validate.quality import KpiResult, zip_quality

from .listings import START, ZIP, a_market, read, stored, version

MARKET = a_market()


def quality(*raw: dict[str, Any], market=MARKET) -> dict[str, KpiResult]:
    result = build_properties(list(raw), {}, market, ZIP, read_record=read)
    for home in result.properties:
        home["served_at"] = START + timedelta(hours=1)
    return zip_quality(result, market)


def homes(n: int, **stated: Any) -> list[dict[str, Any]]:
    return [
        stored(f"K{at}", version(0, unparsed_address=f"{at} Elm St", **stated))
        for at in range(1, n + 1)
    ]


def test_the_kpis_of_a_zip_in_their_order() -> None:
    of_zips = [name for name in keys.KPI_CHECKS if name not in keys.OF_THE_MARKET]
    assert list(quality(*homes(3))) == of_zips


def test_a_field_that_no_source_carries_is_not_due() -> None:
    kpi = quality(*homes(3))["completeness"]
    assert (kpi.value, kpi.n, kpi.k, kpi.passed, kpi.held_back) == (1.0, 3, 3, True, False)
    assert "living_area" in kpi.detail["not_carried"]
    assert "living_area" not in kpi.detail["fields"]


def test_completeness_is_its_worst_field() -> None:
    raw = [*homes(3, living_area=1_400.0), stored("X", version(0, unparsed_address="9 Elm St"))]
    kpi = quality(*raw)["completeness"]
    assert (kpi.value, kpi.n, kpi.k) == (0.75, 4, 3)
    assert kpi.detail["worst"] == "living_area"
    assert kpi.detail["fields"]["price"]["value"] == 1.0
    assert kpi.detail["record_p10"] == 0.75  # address, price and status, without living area
    assert not kpi.passed


def test_a_field_is_due_only_from_sources_that_carry_it() -> None:
    other = stored("X", version(0, unparsed_address="9 Elm St"), source="status_feed")
    kpi = quality(*homes(3, living_area=1_400.0), other)["completeness"]
    assert kpi.detail["fields"]["living_area"] == {"k": 3, "n": 3, "value": 1.0}


def test_a_source_that_dates_only_its_sales_owes_no_start() -> None:
    closed = {
        "standard_status": "Closed",
        "list_price_cents": None,
        "close_price_cents": 30_000_000,
    }
    raw = [
        *homes(3),  # for sale, without a date, as in a download of Redfin's
        stored("S", version(0, unparsed_address="8 Elm St", close_date=date(2025, 4, 1), **closed)),
        stored("T", version(0, unparsed_address="9 Elm St", **closed)),
    ]
    detail = quality(*raw)["completeness"].detail
    assert detail["fields"]["close_date"] == {"k": 1, "n": 2, "value": 0.5}
    assert "start_date" in detail["not_carried"]


def test_land_needs_no_home_and_a_flat_no_lot() -> None:
    raw = [
        *homes(2, property_type="Residential", living_area=1_400.0, lot_size_square_feet=6_000.0),
        stored("L", version(0, unparsed_address="9 Elm St", property_type="Land",
                            lot_size_square_feet=9_000.0)),
        stored("F", version(0, unparsed_address="8 Elm St # 4", property_type="Residential",
                            living_area=700.0)),
    ]  # fmt: skip
    fields = quality(*raw)["completeness"].detail["fields"]
    assert fields["living_area"] == {"k": 3, "n": 3, "value": 1.0}
    assert fields["lot_size"] == {"k": 3, "n": 3, "value": 1.0}


def test_an_address_counts_only_with_its_key() -> None:
    raw = [*homes(1), stored("X", version(0, unparsed_address="0 Elm St"))]
    fields = quality(*raw)["completeness"].detail["fields"]
    assert fields["normalised_address"] == {"k": 1, "n": 2, "value": 0.5}


def test_validity_counts_quarantined_listings_by_rule() -> None:
    raw = [*homes(19), stored("X", version(0, list_price_cents=100))]
    kpi = quality(*raw)["validity"]
    assert (kpi.value, kpi.n, kpi.k) == (0.95, 20, 19)
    assert (kpi.passed, kpi.held_back) == (False, False)  # target 0.995, block 0.90
    assert kpi.detail["quarantined_by_rule"] == {"price.below_range": 1}
    assert quality(*homes(1), raw[-1])["validity"].held_back


def a_home(number: int, **more: Any) -> dict[str, Any]:
    usual = {"_id": f"h{number}", "address_key": f"{number}||ELM|ST||{ZIP}|", "mls_numbers": []}
    return {**usual, "unit": None, "fields": {}, "sources": [], "published_at": None, **more}


def test_duplicates_are_shared_addresses_and_mls_numbers() -> None:
    made = [
        a_home(1),
        a_home(2, address_key=f"1||ELM|ST||{ZIP}|"),
        a_home(3, mls_numbers=["ARMLS|7"]),
        a_home(4, mls_numbers=["ARMLS|7", "ARMLS|8"]),
        a_home(5, address_key=None),
        a_home(6, address_key=None),
    ]
    result = ZipProperties(made, [], listings=6, used=6)
    strict = a_market(kpis=Kpis(duplicates=AtMost(target=0.01, block=0.2)))
    kpi = zip_quality(result, strict)["duplicates"]
    assert (kpi.k, kpi.n) == (2, 6)
    assert kpi.value == pytest.approx(1 / 3)
    assert (kpi.passed, kpi.held_back) == (False, True)
    assert kpi.detail["shared_keys"] == [f"address 1||ELM|ST||{ZIP}|", "mls ARMLS|7"]
    assert not zip_quality(result, MARKET)["duplicates"].held_back


def test_a_field_owed_by_fewer_than_ten_homes_holds_nothing_back() -> None:
    def bath_counts(n: int) -> list[dict[str, Any]]:
        stated = homes(n - 1, x_bathrooms_decimal=2.0)
        silent = stored(f"K{n}", version(0, unparsed_address=f"{n} Elm St"))
        return [*stated, silent]

    few = quality(*bath_counts(9))["completeness"]
    many = quality(*bath_counts(10))["completeness"]
    assert few.value == pytest.approx(8 / 9)
    assert (few.passed, few.held_back) == (False, False)
    assert (many.passed, many.held_back) == (False, True)


def test_what_is_built_has_no_duplicates() -> None:
    kpi = quality(*homes(4), stored("X", version(0, unparsed_address="1 Elm Street")))["duplicates"]
    assert (kpi.value, kpi.n, kpi.k, kpi.passed) == (0.0, 4, 0, True)


def test_freshness_is_the_95th_percentile_of_hours() -> None:
    served = [
        a_home(h, published_at=START - timedelta(hours=h), served_at=START) for h in range(1, 21)
    ]
    unknown = a_home(21, published_at=None, served_at=START)
    result = ZipProperties([*served, unknown], [], listings=21, used=21)
    kpi = zip_quality(result, MARKET)["freshness_lag_hours"]
    assert (kpi.value, kpi.n, kpi.detail["p50"], kpi.detail["unknown"]) == (19.0, 20, 10.0, 1)
    assert (kpi.passed, kpi.k, kpi.block) == (False, None, None)
    soon = [home | {"served_at": START - timedelta(hours=18)} for home in served]
    lag = zip_quality(ZipProperties(soon, [], listings=20, used=20), MARKET)["freshness_lag_hours"]
    assert lag.value == 1.0
    assert lag.passed


def test_a_lost_listing_is_seen_and_holds_the_zip_back() -> None:
    result = ZipProperties([], [], listings=1_000, used=999)
    kpi = zip_quality(result, MARKET)["row_accounting"]
    assert (kpi.value, kpi.passed, kpi.held_back) == (0.999, False, True)


def test_an_empty_zip_passes_and_says_why() -> None:
    for kpi in quality().values():
        assert (kpi.value, kpi.n, kpi.passed, kpi.held_back) == (None, 0, True, False)
        assert kpi.detail["note"]


def test_wilson_golden_values() -> None:
    # Newcombe 1998, table I: 81 of 263 → 0.2553 to 0.3662; 0 of 20 → 0 to 0.1611.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    with pytest.raises(ValueError, match="k of n"):
        wilson(3, 2)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    interval = stats.binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_one_stray_listing_of_another_mls_makes_no_field_due() -> None:
    """Of one table with two MLSs, only one dates its closings."""
    closed = {"standard_status": "Closed", "list_price_cents": None}
    closed |= {"close_price_cents": 30_000_000}
    dated = stored(
        "T1",
        version(0, unparsed_address="9 Oak St", x_mls="MLSSAZ", **closed, close_date=START.date()),
    )
    kpi = quality(*homes(12, x_mls="ARMLS", **closed), dated)["completeness"]
    assert kpi.detail["fields"]["close_date"] == {"k": 1, "n": 1, "value": 1.0}
    assert not kpi.held_back
