"""Cells: the minimum-n rule, intervals against scipy, and the way into a document and back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import quantile_test

from phoenix_re.analyze.cells import (
    Cell,
    Period,
    count_ratio_cell,
    event_cell,
    mean_cell,
    median_cell,
    share_cell,
    stock_cell,
    suppressed,
    unit_of,
)
from phoenix_re.analyze.intervals import event_count_interval, median_interval

DAY = Period(date(2026, 3, 31))
WINDOW = Period(date(2026, 3, 31), 90)
amounts = st.lists(st.integers(1, 10**10), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("n", "served", "low_sample"),
    [(0, False, False), (4, False, False), (5, True, True), (9, True, True), (10, True, False)],
)
def test_minimum_n_rule(n: int, served: bool, low_sample: bool):
    for cell in (
        median_cell("median_dom_days", WINDOW, [float(value) for value in range(n)]),
        mean_cell("sale_to_last_list_mean_frac", WINDOW, [float(value) for value in range(n)]),
        share_cell("sold_above_last_frac", WINDOW, n // 2, n),
        count_ratio_cell("months_of_supply_3m", WINDOW, 20, n, n=n, scale=3),
    ):
        assert (cell.value is not None, cell.low_sample, cell.n) == (served, low_sample, n)
        assert (cell.method == "suppressed") is not served
        assert served or cell.reason


def test_median_of_an_even_number_is_the_midpoint():
    assert median_cell("median_dom_days", WINDOW, [1, 2, 3, 10, 20, 30]).value == 6.5


def test_money_stays_an_integer():
    cell = median_cell("median_sale_price_cents", WINDOW, [100, 101, 102, 103, 104, 109])
    assert (cell.value, type(cell.value)) == (102, int)  # 102.5 rounds to even


def test_counts_are_served_however_small_and_only_events_have_an_interval():
    sold, stock = event_cell("homes_sold", WINDOW, 2), stock_cell("inventory", DAY, 0)
    assert (sold.value, sold.n, sold.method) == (2, 2, "rolling")
    assert (sold.ci_low, sold.ci_high) == pytest.approx((0.2422, 7.2247), abs=1e-4)  # Garwood 1936
    assert (stock.value, stock.method, stock.ci_low) == (0, "direct", None)


def test_no_interval_of_a_median_below_six_values():
    five = median_cell("median_dom_days", WINDOW, [1, 2, 3, 4, 5])
    assert (five.value, five.ci_low, five.ci_high) == (3, None, None)
    assert "no 95 % interval" in (five.reason or "")
    assert median_interval([1, 2, 3, 4, 5, 6]) == (1, 6)


def test_wilson_interval_of_one_half_of_ten():
    cell = share_cell("sold_above_last_frac", WINDOW, 5, 10)
    assert (cell.ci_low, cell.ci_high) == pytest.approx((0.2366, 0.7634), abs=1e-4)


@given(st.lists(st.floats(1, 1e7), min_size=6, max_size=80))
def test_median_interval_is_scipys(values: list[float]):
    expected = quantile_test(values, p=0.5).confidence_interval(0.95)
    assert median_interval(values) == (expected.low, expected.high)


@given(amounts, st.integers(0, 60))
def test_intervals_contain_their_value(values: list[int], hits: int):
    n = len(values)
    for cell in (
        median_cell("median_sale_price_cents", WINDOW, values),
        mean_cell("sale_to_last_list_mean_frac", WINDOW, values),
        share_cell("sold_above_last_frac", WINDOW, min(hits, n), n),
        count_ratio_cell("months_of_supply_3m", WINDOW, hits, n, n=n, scale=3),
        event_cell("homes_sold", WINDOW, hits),
    ):
        if cell.value is not None and cell.ci_low is not None and cell.ci_high is not None:
            assert cell.ci_low <= cell.value <= cell.ci_high


@given(st.integers(1, 200))
def test_count_interval_has_the_poisson_tails(count: int):
    from scipy.stats import poisson

    low, high = event_count_interval(count)
    assert poisson.sf(count - 1, low) == pytest.approx(0.025, abs=1e-6)
    assert poisson.cdf(count, high) == pytest.approx(0.025, abs=1e-6)


def test_document_and_back():
    for cell in (
        share_cell("pct_off_market_14d_frac", WINDOW, 3, 7, "a note", preliminary=True),
        suppressed("median_sale_price_cents", DAY, "not disclosed", 12),
    ):
        document = cell.to_document()
        assert document["as_of"] == "2026-03-31"
        assert Cell.from_document(document | {"_id": "x", "zip": "85031"}) == cell
        assert all(isinstance(v, str | int | float | bool | None) for v in document.values())


def test_a_cell_cannot_lie():
    with pytest.raises(ValueError, match="suppressed"):
        Cell("inventory", "count", None, 0, "direct", DAY.as_of)
    with pytest.raises(ValueError, match="say why"):
        Cell("inventory", "count", None, 0, "suppressed", DAY.as_of)
    with pytest.raises(ValueError, match="integer cents"):
        Cell("median_sale_price_cents", "cents", 1.5, 10, "rolling", DAY.as_of, 90)


def test_units_come_from_names():
    names = "median_ppsf_cents", "pending_ratio_frac", "median_dom_days", "homes_sold"
    assert [unit_of(name) for name in names] == ["cents", "fraction", "days", "count"]
    assert unit_of("months_of_supply_1m") == "months"
