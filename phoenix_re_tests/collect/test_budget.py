"""Caps as arithmetic and sentences: nothing here needs a server."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.caps import (
    caps_of_call,
    nano,
    next_month,
    refusal,
    row_of,
    shared_caps,
    usd_of_bytes,
)
from phoenix_re.collect.errors import BudgetExceeded, QuotaExceeded
from phoenix_re_tests.collect.budgets import market_with

OVERALL = nano(Decimal(25))
RESET = datetime(2026, 12, 1, tzinfo=UTC)
CENT = nano(Decimal("0.01"))


def taken(**caps: int) -> dict[str, Any]:
    return {"caps": {key.replace("__", ":"): {"taken": n} for key, n in caps.items()}}


@given(st.decimals(min_value=0, max_value=1000, places=9))
def test_nano_dollars_are_exact(usd: Decimal) -> None:
    assert Decimal(nano(usd)) / 10**9 == usd


def test_a_fraction_of_a_nano_dollar_counts_as_one() -> None:
    assert nano(Decimal("1E-12")) == 1


def test_traffic_is_priced_by_the_byte() -> None:
    assert usd_of_bytes(Decimal("3.50"), 2_000_000_000) == Decimal("7.00")
    assert nano(usd_of_bytes(Decimal("3.50"), 1)) == 4  # 3.5 nano-dollars


def test_a_call_is_counted_by_its_plan_source_market_and_overall() -> None:
    market = market_with(zillow={"monthly_budget_usd": 5, "requests_per_month": 50})
    caps = caps_of_call("zillow", market, CENT, OVERALL)
    assert [cap.key for cap in caps] == [
        "calls:zillow",
        "source:zillow:phx",
        "market:phx",
        "overall",
    ]
    assert [cap.limit for cap in caps] == [50, 5 * 10**9, 10 * 10**9, OVERALL]
    assert [cap.amount for cap in caps] == [1, CENT, CENT, CENT]


def test_without_a_quota_calls_are_not_counted() -> None:
    market = market_with(zillow={"monthly_budget_usd": 5})
    assert not any(cap.counts_calls for cap in caps_of_call("zillow", market, CENT, OVERALL))


def test_a_refusal_names_cap_amount_reset_and_remedy() -> None:
    market = market_with(zillow={"monthly_budget_usd": 1, "requests_per_month": 50})
    quota, money, *_ = caps_of_call("zillow", market, nano(Decimal("0.003")), OVERALL)
    error = refusal("zillow", money, taken(source__zillow__phx=nano(Decimal("0.998"))), RESET)
    assert isinstance(error, BudgetExceeded)
    assert error.until == RESET
    assert str(error) == (
        "zillow: the cap of $1.00 a month for zillow in phx has no room for a call of $0.003 "
        "($0.998 is spent or reserved). It starts anew on 2026-12-01 (UTC); to go on before, "
        "raise sources.zillow.monthly_budget_usd of the market file phx.yaml."
    )
    error = refusal("zillow", quota, taken(calls__zillow=50), RESET)
    assert isinstance(error, QuotaExceeded)
    assert "the 50 calls a month of its plan are used up" in str(error)
    assert "2026-12-01" in str(error)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_month_begins_on_its_first_in_utc(now: datetime, expected: datetime) -> None:
    assert next_month(now) == expected


@pytest.mark.parametrize(
    ("cents", "state"),
    [(0, "ok"), (79, "ok"), (80, "warn"), (99, "warn"), (100, "stopped"), (130, "stopped")],
)
def test_the_state_of_a_cap(cents: int, state: str) -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    cap = caps_of_call("zillow", market, CENT, OVERALL)[0]
    row = row_of(cap, taken(source__zillow__phx=cents * CENT), "phx")
    assert row.state == state
    assert row.spent == Decimal(cents) / 100
    assert row.share == pytest.approx(cents / 100)


def test_a_cap_without_room_for_the_next_call_is_stopped() -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    cap = caps_of_call("zillow", market, 3 * CENT, OVERALL)[0]
    assert row_of(cap, taken(source__zillow__phx=98 * CENT), "phx").state == "stopped"


def test_a_row_tells_settled_from_unsettled_and_fees() -> None:
    market = market_with(zillow={"monthly_budget_usd": 1})
    at = datetime(2026, 11, 3, tzinfo=UTC)
    document = taken(market__phx=900 * CENT, overall=1000 * CENT) | {
        "open": {
            "a": {"source": "zillow", "market": "phx", "usd": 3 * CENT, "calls": 1, "at": at},
            "b": {"source": "zillow", "market": "tuc", "usd": 4 * CENT, "calls": 1, "at": RESET},
        },
        "fees": {"phx": 800 * CENT, "tuc": 50 * CENT},
    }
    of_market, overall = (row_of(cap, document, "phx") for cap in shared_caps(market, 0, OVERALL))
    assert (of_market.spent, of_market.unsettled, of_market.fees) == (
        Decimal("8.97"),
        Decimal("0.03"),
        Decimal(8),
    )
    assert of_market.unsettled_since == at
    assert (overall.spent, overall.unsettled, overall.fees) == (
        Decimal("9.93"),
        Decimal("0.07"),
        Decimal("8.5"),
    )
