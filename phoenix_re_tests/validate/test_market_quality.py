"""A market's KPIs: runs, audits, and its ZIPs' rows put together by day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from phoenix_re import keys
from phoenix_re.cli.quality_monitor import sparkline
from phoenix_re.validate.market_quality import market_table, run_document, run_quality, worst_zips

from .listings import a_market

ZIPS = ("85031", "85033")
MARKET = a_market(zips=ZIPS)
DAYS = [date(2026, 3, 1), date(2026, 3, 2)]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def figures(value: float | None, k: int | None, n: int, **more: Any) -> dict[str, Any]:
    return {
        "value": value,
        "k": k,
        "n": n,
        "passed": True,
        "held_back": False,
        "target": 0.98,
    } | more


def a_row(zip5: str, day: date, **kpis: dict[str, Any]) -> dict[str, Any]:
    nothing = dict.fromkeys(keys.KPI_CHECKS, figures(None, None, 0))
    return {"_id": f"{zip5}|{day}", "zip": zip5, "source": "*", "day": day.isoformat(),
            "kpis": nothing | kpis}  # fmt: skip


def test_rates_add_up_and_numbers_are_the_worst() -> None:
    missed = figures(0.5, 5, 10, passed=False, held_back=True)
    documents = [
        a_row("85031", DAYS[0], validity=figures(1.0, 30, 30)),
        a_row("85031", DAYS[1], validity=figures(0.9, 27, 30),
              freshness_lag_hours=figures(1.5, None, 30)),
        a_row("85033", DAYS[1], validity=missed, freshness_lag_hours=figures(7.0, None, 10)),
        a_row("90210", DAYS[1], validity=figures(0.0, 0, 99)),  # no ZIP of the market
    ]  # fmt: skip
    table = {row.kpi: row for row in market_table(MARKET, documents, DAYS)}
    assert list(table) == list(keys.KPI_CHECKS)
    validity = table["validity"]
    assert (validity.value, validity.n, validity.good, validity.judged) == (0.8, 40, 1, 2)
    assert validity.trend == (1.0, 0.8)
    assert (validity.held_back, validity.worst, validity.passed) == (("85033",), "85033", False)
    assert table["freshness_lag_hours"].value == 7.0
    assert table["freshness_lag_hours"].trend == (None, 7.0)
    assert table["duplicates"].passed is None
    (worst,) = worst_zips(MARKET, documents, 5)
    assert (worst["zip"], worst["kpi"], worst["held_back"]) == ("85033", "validity", True)


def test_a_runs_success_and_errors_and_its_row() -> None:
    calls = [
        {"source": "a", "calls": 97, "errors": {"TransientError": 3}},
        {"source": "b", "calls": 0, "errors": {"AuthError": 3}},
        {"source": "idle", "calls": 0, "errors": {}},
    ]
    kpis = run_quality(MARKET, {"85033": "held back"}, 20, calls, [])
    assert (kpis["success"].k, kpis["success"].n, kpis["success"].passed) == (19, 20, True)
    assert (kpis["error"].k, kpis["error"].n, kpis["error"].passed) == (6, 100, False)
    assert kpis["error"].detail["by_source"].keys() == {"a", "b"}
    document = run_document(MARKET, "r1", DAYS[1], kpis)
    table = {row.kpi: row for row in market_table(MARKET, [document], DAYS)}
    assert table["error"].value == 0.06
    assert table["success"].trend == (None, 0.95)
    assert table["accuracy"].passed is False  # nothing audited: nothing shown


def audits(right: int, wrong: int) -> list[dict[str, Any]]:
    verdicts = [True] * right + [False] * wrong
    return [{"field": "year_built", "correct": c, "weight": 1.0, "drawn_at": NOW} for c in verdicts]


@pytest.mark.parametrize(("right", "wrong", "shown"), [(299, 0, True), (298, 0, False),
    (472, 1, True), (298, 1, False)])  # fmt: skip
def test_accuracy_is_met_where_the_bound_shows_it(right: int, wrong: int, shown: bool) -> None:
    kpi = run_quality(MARKET, {}, 1, [], audits(right, wrong))["accuracy"]
    assert (kpi.passed, kpi.k, kpi.n) == (shown, right, right + wrong)
    assert kpi.value is not None
    assert (kpi.value > 0.99) is shown


def test_a_sparkline_has_a_level_per_value_and_a_gap_for_none() -> None:
    assert sparkline([0.0, None, 0.5, 1.0]) == "▁·▅█"
    assert sparkline([2.0, 2.0]) == "▄▄"
    assert sparkline([None, None]) == ""
