"""The metrics of one ZIP against small worlds computed by hand, and the laws they must obey."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_re.analyze.cells import unit_of
from phoenix_re.analyze.metrics import METRICS
from phoenix_re.analyze.supply import months_of_supply, pooled_months_of_supply
from phoenix_re.analyze.trends import zip_trends
from phoenix_re.validate.episode import Dated, Episode
from phoenix_re_tests.analyze.worlds import AS_OF, SINCE, ago, homes, listing, sales, trends

Pairs = list[tuple[str, Episode]]


def renamed(prefix: str, pairs: Pairs) -> Pairs:
    return [(f"{prefix}-{key}", episode) for key, episode in pairs]


def active(many: int, **facts: object) -> Pairs:
    return renamed("active", homes(*(listing(ago(40), **facts) for _ in range(many))))  # pyright: ignore[reportArgumentType] -- handed through


# --- the list of metrics ------------------------------------------------------------------------


def test_every_metric_comes_back_in_order_whatever_the_data():
    for pairs in ([], active(1), sales(400_000)):
        assert list(trends(pairs)) == list(METRICS)


def test_units_agree_with_the_names():
    assert {name: metric.unit for name, metric in METRICS.items()} == {
        name: unit_of(name) for name in METRICS
    }


def test_the_reference_lists_every_metric_with_its_unit():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "trends.md").read_text("utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    listed = [(name.strip().strip("`"), unit.strip()) for name, unit in rows]
    wanted = [(name, metric.unit) for name, metric in METRICS.items()]
    assert listed == [*wanted, ("market_temperature", "score")]


# --- stocks and newcomers -----------------------------------------------------------------------


def test_active_listings_and_inventory():
    cells = trends(
        homes(
            listing(ago(200)),  # stands there
            listing(ago(200), contract=ago(100)),  # left before the window
            listing(ago(200), contract=ago(89)),  # active on the first day
            listing(ago(50), off=ago(10)),
            listing(AS_OF),
        )
    )
    assert (cells["active_listings"].value, cells["inventory"].value) == (4, 2)
    assert cells["inventory"].window_days is None
    assert cells["active_listings"].window_days == 90


def test_land_leases_and_coming_soon_are_not_homes_for_sale():
    soon = replace(listing(ago(3)), statuses=(Dated(ago(3), "Coming Soon"),), on_market_date=None)
    cells = trends(
        [
            *active(2),
            *homes(
                listing(ago(9), property_type="Land"),
                listing(ago(9), price=1_500, property_type="Residential Lease"),
                soon,
            ),
        ]
    )
    assert cells["inventory"].value == 2


def test_a_listing_unseen_for_a_month_is_left_out_and_said_so():
    cells = trends([*active(3), *homes(listing(ago(60), seen_until=ago(31)))])
    assert cells["inventory"].value == 3
    assert cells["inventory"].reason == (
        "1 not seen for more than 30 days, status unknown, left out"
    )
    assert cells["active_listings"].value == 4


def test_new_listings_leave_relists_out():
    pairs = homes(listing(ago(89)), listing(ago(90)), listing(ago(5)))
    pairs += [("x", listing(ago(100), off=ago(50), seen_until=ago(50)))]
    pairs += [("x", listing(ago(30), key="mls|2"))]
    cell = trends(pairs)["new_listings"]
    assert cell.value == 2
    assert "1 relisted within 90 days" in (cell.reason or "")


def test_list_prices_of_the_new_and_of_the_active():
    cuts = {ago(10): 250_000}
    pairs = homes(*(listing(ago(20), price=300_000, cuts=cuts) for _ in range(6)))
    pairs += renamed("old", homes(*(listing(ago(300), price=900_000) for _ in range(2))))
    pairs += renamed("typo", homes(listing(ago(20), price=10)))
    cells = trends(pairs)
    assert cells["median_list_price_new_cents"].value == 300_000_00
    assert cells["median_list_price_active_cents"].value == 250_000_00
    assert (cells["median_list_price_new_cents"].n, cells["new_listings"].value) == (6, 7)


def test_age_of_inventory_is_between_a_day_and_a_year():
    days = (0, 1, 10, 20, 30, 100, 365, 366)
    cell = trends(homes(*(listing(ago(d)) for d in days)))["age_of_inventory_days"]
    assert (cell.value, cell.n) == (25, 6)


# --- contracts ----------------------------------------------------------------------------------


def test_pending_sales_both_ways():
    cells = trends(
        homes(
            listing(ago(30), contract=ago(10)),
            listing(ago(100), contract=ago(10)),  # on the market 90 days
            listing(ago(101), contract=ago(10)),  # 91
            listing(ago(200), contract=ago(90)),  # before the window
        )
    )
    assert (cells["pending_sales"].value, cells["pending_sales_redfin"].value) == (3, 2)


def test_under_contract_within_14_days_is_preliminary_until_14_days_later():
    quick = [listing(ago(60), contract=ago(46)) for _ in range(3)]
    slow = [listing(ago(60), contract=ago(45)), *(listing(ago(60)) for _ in range(2))]
    cell = trends(homes(*quick, *slow))["pct_off_market_14d_frac"]
    assert (cell.value, cell.n, cell.preliminary, cell.low_sample) == (0.5, 6, True, True)
    earlier = trends(homes(*quick, *slow), as_of=ago(14))["pct_off_market_14d_frac"]
    assert (earlier.value, earlier.preliminary) == (0.5, False)


def test_pending_ratio():
    pending = homes(*(listing(ago(50), contract=ago(5)) for _ in range(3)))
    cell = trends([*active(12), *pending])["pending_ratio_frac"]
    assert (cell.value, cell.n) == (0.25, 12)


def test_cancellation_rate_counts_by_the_month_of_the_event():
    def contract_then(status: str | None, signed: date, ended: date) -> Episode:
        began = (Dated(ago(200), "Active"), Dated(signed, "Pending"))
        end = (Dated(ended, status),) if status else ()
        return replace(listing(ago(200)), statuses=(*began, *end))

    cells = trends(
        homes(
            *(contract_then(None, ago(30), AS_OF) for _ in range(4)),
            contract_then("Active", ago(40), ago(20)),
            contract_then("Canceled", ago(120), ago(20)),  # an older contract
            contract_then("Closed", ago(40), ago(20)),
        )
    )
    assert cells["pending_sales"].value == 6
    assert cells["cancellation_rate_frac"].value == pytest.approx(2 / 6)


def test_delistings_are_those_without_a_contract():
    cells = trends(
        homes(
            listing(ago(60), off=ago(10)),
            listing(ago(60), off=ago(10), off_status="Expired"),
            listing(ago(60), off=ago(10), off_status="Hold"),
            listing(ago(60), contract=ago(30), off=ago(10)),
            listing(ago(200), off=ago(95)),
        )
    )
    assert cells["delistings"].value == 2


def test_days_on_market():
    def wavering(first: int) -> Episode:
        """On at day `first`, held off for 10 days, under contract (still shown) 20 days ago."""
        statuses = [(first, "Active"), (60, "Hold"), (50, "Active"), (20, "Active Under Contract")]
        return replace(
            listing(ago(first)),
            statuses=tuple(Dated(ago(d), s) for d, s in (*statuses, (15, "Pending"))),
        )

    pairs = homes(*(wavering(first) for first in (80, 85, 95, 100, 110)))
    held_first = trends(pairs)
    assert held_first["median_dom_days"].value == 95 - 60
    later = trends([(k, replace(e, on_market_date=None)) for k, e in pairs], window_days=40)
    assert later["median_dom_days"].value == 95 - 20
    assert later["median_dom_episode_days"].value == 95 - 20 - 10
    assert later["median_dom_auc_days"].value == 95 - 15 - 10
    assert later["median_cdom_days"].value == later["median_dom_episode_days"].value


def test_dom_drops_more_than_a_year_and_cdom_adds_the_earlier_episode():
    pairs = homes(*(listing(ago(n), contract=ago(5)) for n in (15, 16, 17, 18, 19, 371)))
    assert trends(pairs)["median_dom_days"].value == 12
    before = [(key, listing(ago(100), off=ago(60), seen_until=ago(60))) for key, _ in pairs[:5]]
    cells = trends([*pairs[:5], *before], window_days=30)
    assert cells["median_dom_episode_days"].value == 12
    assert cells["median_cdom_days"].value == 52


# --- sales --------------------------------------------------------------------------------------


def test_sale_metrics_by_hand():
    cells = trends(sales(380_000, 390_000, 400_000, 410_000, 420_000, 900_000, living_area=2_000.0))
    value = {metric: cell.value for metric, cell in cells.items()}
    assert value["homes_sold"] == 6
    assert value["median_sale_price_cents"] == 405_000_00
    assert value["median_ppsf_cents"] == 202_50
    assert value["days_to_close"] == 20
    assert value["sale_to_last_list_median_frac"] == 1.0  # 900/400 is dropped
    assert value["sale_to_original_list_mean_frac"] == pytest.approx(1.0)
    assert value["sold_above_last_frac"] == pytest.approx(2 / 5)
    assert cells["sold_above_original_frac"].n == 5
    assert value["share_sold_with_drop_frac"] == 0


def test_last_and_original_list_price_differ_after_a_cut():
    cut = {ago(90): 380_000}
    cells = trends(sales(*[390_000] * 10, cuts=cut))
    assert cells["sold_above_last_frac"].value == 1
    assert cells["sold_above_original_frac"].value == 0
    assert cells["share_sold_with_drop_frac"].value == 1


def test_concessions_come_off_the_price():
    cells = trends(sales(*[400_000] * 5, concessions_amount_cents=8_000_00))
    assert cells["median_concession_adj_price_cents"].value == 392_000_00
    silent = trends(sales(*[400_000] * 5))["median_concession_adj_price_cents"]
    assert silent.reason == "no source states concessions"


def test_invalid_sales_are_counted_under_their_reason():
    def sold(days: int, dollars: int) -> Episode:
        return listing(
            ago(days), closed=ago(days), sold_for=dollars, seen_until=ago(days), key=f"d|{days}"
        )

    def resold(name: str, *two: tuple[int, int]) -> Pairs:
        return [(name, sold(*one)) for one in two]

    cell = trends(
        [
            *sales(*[400_000] * 3, 10_000),
            *resold("flip", (50, 300_000), (40, 310_000)),
            *resold("same", (85, 300_000), (20, 300_000)),
            *resold("double", (89, 200_000), (20, 400_000)),
        ]
    )["homes_sold"]
    assert cell.value == 5  # three, and the first of "same" and of "double"
    assert cell.reason == (
        "not valid sales, in all of the history: 1 price doubled or halved within 365 days, "
        "1 price of $10,000 or less, 1 resold at the same price in the same year, "
        "2 two sales within 14 days"
    )


def test_a_sale_far_off_the_norm_per_square_foot_is_not_valid():
    cell = trends(sales(*[400_000] * 10, 1_700_000, living_area=2_000.0))["homes_sold"]
    assert cell.value == 10
    assert "norm" in (cell.reason or "")


# --- supply -------------------------------------------------------------------------------------


def test_months_of_supply_of_one_zip():
    cells = trends([*active(10), *sales(*[400_000] * 6)])
    assert cells["months_of_supply_3m"].value == 5
    assert cells["absorption_rate_frac"].value == pytest.approx(1 / 5)
    assert (cells["months_of_supply_1m"].value, cells["months_of_supply_1m"].n) == (None, 0)
    a_month_after_the_sales = trends([*active(10), *sales(*[400_000] * 6)], as_of=ago(35))
    assert a_month_after_the_sales["months_of_supply_1m"].value == pytest.approx(10 / 6)


def test_months_of_supply_needs_five_sales():
    four = trends([*active(10), *sales(*[400_000] * 4)])
    assert four["months_of_supply_3m"].value is None
    assert (four["months_of_supply_3m"].n, four["homes_sold"].value) == (4, 4)


def test_months_of_supply_of_many_zips_is_a_ratio_of_sums():
    assert months_of_supply([(100, 10), (50, 30)]) == 11.25  # metrics.md §2: (150 x 3) / 40
    assert months_of_supply([(100, 4)]) is None
    one = trends([*active(100), *sales(*[400_000] * 10)])
    two = trends([*active(50), *sales(*[400_000] * 30)])
    pooled = pooled_months_of_supply({"85031": one, "85033": two})
    assert (pooled.value, pooled.n) == (11.25, 40)
    unknown = pooled_months_of_supply({"85031": one, "85033": two, "85035": trends([])})
    assert unknown.value == 11.25
    assert unknown.reason == "1 of 3 ZIPs not known, left out"


def test_pooling_refuses_cells_of_two_days():
    one, two = trends(active(1)), trends(active(1), as_of=ago(1))
    with pytest.raises(ValueError, match="one day"):
        pooled_months_of_supply({"85031": one, "85033": two})


# --- price cuts and rents -----------------------------------------------------------------------


def test_price_drops_by_hand():
    def cut_to(dollars: int, day: date) -> Episode:
        return listing(ago(100), price=400_000, cuts={day: dollars})

    cells = trends(
        homes(
            *(cut_to(d, ago(20)) for d in (390_000, 380_000, 360_000, 340_000, 320_000)),
            cut_to(398_000, ago(20)),  # below 1 %
            cut_to(100_000, ago(20)),  # a typo
            cut_to(420_000, ago(20)),  # a raise
            cut_to(380_000, ago(90)),  # before the window
            listing(ago(100)),
        )
    )
    assert (cells["price_drop_share_frac"].value, cells["price_drop_share_frac"].n) == (0.5, 10)
    assert cells["price_drop_size_frac"].value == pytest.approx(0.1)


def test_rents_are_asked_or_estimated_and_named_so():
    rental = {"property_type": "Residential Lease", "bedrooms_total": 3}
    lets = [
        listing(ago(20), price=2_000 + 100 * n, living_area=1_000.0, **rental) for n in range(5)
    ]
    cells = trends(
        [
            *active(5, price=480_000, bedrooms_total=3, property_sub_type="Condominium"),
            *homes(*(replace(let, property_sub_type="Condominium") for let in lets)),
            *renamed("other", homes(listing(ago(20), price=9_000, **rental))),
        ]
    )
    assert (cells["rent_median_cents"].value, cells["rent_median_cents"].n) == (2_250_00, 6)
    assert cells["rent_psf_cents"].value == 220
    assert cells["rent_to_price_frac"].value == pytest.approx(12 * 2_200 / 480_000)
    assert "1 rentals without" in (cells["rent_to_price_frac"].reason or "")
    assert cells["x_rent_estimate_median_cents"].value is None
    vendor = trends(active(5, price=480_000, x_rent_estimate_cents=2_400_00))
    assert vendor["x_rent_estimate_median_cents"].value == 2_400_00
    assert vendor["x_rent_estimate_to_list_price_frac"].value == pytest.approx(0.06)
    assert vendor["rent_median_cents"].value is None


# --- what cannot be known -----------------------------------------------------------------------


def test_nothing_collected():
    cells = trends([], observed_since=None)
    assert {cell.value for cell in cells.values()} == {None}
    assert cells["inventory"].reason == "no listing of ZIP 85031 of market phx has been collected"


def test_before_the_first_observation_nothing_is_knowable():
    cells = trends(active(20), observed_since=ago(10), as_of=ago(11))
    assert {cell.method for cell in cells.values()} == {"suppressed"}
    assert "is not knowable" in (cells["inventory"].reason or "")


def test_a_zip_that_nobody_looks_at_any_more():
    cells = trends([(key, replace(e, last_observed_on=ago(31))) for key, e in active(20)])
    assert {cell.method for cell in cells.values()} == {"suppressed"}
    assert "31 days ago" in (cells["inventory"].reason or "")
    crawled = [(key, replace(e, last_observed_on=ago(31))) for key, e in active(20)]
    cell = trends(crawled, observed_through=AS_OF)["inventory"]
    assert (cell.value, (cell.reason or "")[:3]) == (0, "20 ")


def test_windows_are_cut_where_observation_begins():
    pairs = [*active(10), *sales(*[400_000] * 6), *renamed("new", homes(listing(ago(3))))]
    cells = trends(pairs, observed_since=ago(9))
    assert cells["new_listings"].value == 1
    assert cells["price_drop_share_frac"].window_days == 10
    assert cells["new_listings"].reason == "observed since 2026-03-22: covers 10 of 90 days"
    assert cells["homes_sold"].value == 0  # in those ten days
    assert (cells["inventory"].value, cells["inventory"].reason) == (11, None)
    assert "90 days of sales are needed" in (cells["months_of_supply_3m"].reason or "")


def test_sales_known_further_back_than_observed():
    pairs = [*active(10), *sales(*[400_000] * 6)]
    cells = trends(pairs, observed_since=ago(9), sales_known_since=ago(89))
    assert (cells["homes_sold"].value, cells["months_of_supply_3m"].value) == (6, 5)
    assert cells["new_listings"].window_days == 10


def test_a_feed_without_close_dates():
    closed = Episode("mls|1", (Dated(ago(9), "Closed"),), (Dated(ago(9), 1),), ago(9), AS_OF)
    cells = trends([*active(5), *homes(*[closed] * 7)])
    assert cells["homes_sold"].value is None
    assert cells["homes_sold"].reason == (
        "7 listings are Closed, but no source states a close date"
    )
    assert cells["months_of_supply_3m"].reason == cells["homes_sold"].reason


def test_texas_counts_its_sales_but_not_their_prices():
    cells = trends([*active(10), *sales(*[400_000] * 10)], sale_prices_disclosed=False)
    assert (cells["homes_sold"].value, cells["months_of_supply_3m"].value) == (10, 3)
    assert cells["share_sold_with_drop_frac"].value == 0
    for metric in ("median_sale_price_cents", "median_ppsf_cents", "sold_above_original_frac"):
        assert cells[metric].value is None
        assert "does not disclose sale prices" in (cells[metric].reason or "")


def test_what_no_source_reports_is_not_zero_unless_it_is_known_to_be_reported():
    silent = trends(active(20))
    for metric in ("homes_sold", "pending_sales", "delistings", "median_dom_days"):
        assert silent[metric].value is None
        assert "no source" in (silent[metric].reason or "")
    reported = frozenset({"Active", "Pending", "Closed", "Canceled"})
    told = trends(active(20), statuses_reported=reported)
    assert [told[m].value for m in ("homes_sold", "pending_sales", "delistings")] == [0, 0, 0]


def test_a_window_is_at_least_a_day():
    with pytest.raises(ValueError, match="window_days"):
        trends(active(1), window_days=0)


# --- laws ---------------------------------------------------------------------------------------


@st.composite
def worlds(draw: Callable) -> Pairs:
    pairs: Pairs = []
    for number in range(draw(st.integers(0, 25))):
        on = draw(st.integers(0, 200))
        later = sorted(draw(st.lists(st.integers(0, on), max_size=3)), reverse=True)
        ends = draw(st.sampled_from(["Closed", "Canceled", "Active"]))
        contract, end = (later[0] if later else None), (later[-1] if len(later) > 1 else None)
        sold = end if ends == "Closed" else None
        price = draw(st.integers(50, 900)) * 1_000
        pairs.append(
            (
                f"home-{draw(st.integers(0, 15))}",
                listing(
                    ago(on),
                    price=price,
                    cuts={ago(on // 2): price - 5_000} if draw(st.booleans()) else None,
                    contract=None if contract is None else ago(contract),
                    closed=None if sold is None else ago(sold),
                    sold_for=None if sold is None else price + draw(st.integers(-20, 20)) * 1_000,
                    off=ago(end) if end is not None and ends == "Canceled" else None,
                    seen_until=AS_OF if end is None or ends == "Active" else ago(end),
                    key=f"mls|{number}",
                    living_area=draw(st.sampled_from([None, 1_000.0, 2_500.0])),
                ),
            )
        )
    return pairs


@given(worlds(), st.randoms(use_true_random=False))
def test_order_changes_nothing(pairs: Pairs, chance: random.Random):
    shuffled = pairs.copy()
    chance.shuffle(shuffled)
    assert trends(shuffled) == trends(pairs)


@given(worlds(), st.sampled_from(["aaa", "zzz"]))
def test_an_identical_second_report_changes_nothing(pairs: Pairs, source: str):
    again = [(key, replace(e, listing_id=f"{source}|{e.listing_id}")) for key, e in pairs]
    assert trends([*pairs, *again]) == trends(pairs)
    assert trends([*pairs, *again[:1]]) == trends(pairs)


@given(worlds(), st.integers(2, 9))
def test_prices_scale(pairs: Pairs, factor: int):
    def scaled(e: Episode) -> Episode:
        return replace(
            e,
            list_prices=tuple(Dated(p.since, p.value * factor) for p in e.list_prices),
            original_list_price_cents=e.original_list_price_cents
            and e.original_list_price_cents * factor,
            close_price_cents=e.close_price_cents and e.close_price_cents * factor,
        )

    before, after = trends(pairs), trends([(key, scaled(e)) for key, e in pairs])
    for metric, cell in before.items():
        if cell.value is None:
            assert after[metric].value is None
        elif cell.unit == "cents":
            assert after[metric].value == pytest.approx(cell.value * factor, abs=factor)
        else:
            assert after[metric].value == pytest.approx(cell.value)


@given(worlds())
@settings(max_examples=200)
def test_shares_and_intervals_are_sound(pairs: Pairs):
    cells = trends(pairs)
    for metric, cell in cells.items():
        if cell.value is None:
            assert cell.reason
            continue
        if "share" in metric or "above" in metric or "pct" in metric:
            assert 0 <= cell.value <= 1
        if cell.ci_low is not None and cell.ci_high is not None:
            assert cell.ci_low <= cell.value <= cell.ci_high
        assert cell.unit == "count" or cell.n >= 5
    assert (cells["inventory"].value or 0) <= (cells["active_listings"].value or 0)
    assert (cells["new_listings"].value or 0) <= (cells["active_listings"].value or 0)


def test_sources_may_be_given_as_any_sequence():
    cells = zip_trends(
        tuple(active(1)),
        market="phx",
        zip="85031",
        as_of=AS_OF,
        sale_prices_disclosed=True,
        observed_since=SINCE + timedelta(days=1),
    )
    assert len(cells) == len(METRICS)
