"""Episodes: histories without repeats, dates local to the market, changes dated by who knows."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.validate.episode import Dated, Episode
from phoenix_re.validate.episodes import Sighting, build_episode

from .listings import START, a_record

PHOENIX = "America/Phoenix"


def seen(day: int, **stated: Any) -> Sighting:
    moment = START + timedelta(days=day)
    return Sighting(a_record(**stated), moment, moment + timedelta(hours=1))


def episode(*sightings: Sighting, **options: Any) -> Episode:
    return build_episode("feed|K1", sightings, PHOENIX, **options)


def test_history_of_statuses_and_prices() -> None:
    built = episode(
        seen(0),
        seen(2, list_price_cents=30_000_000),
        seen(5, list_price_cents=30_000_000, standard_status="Pending"),
    )
    assert built.statuses == (
        Dated(date(2025, 11, 3), "Active"),
        Dated(date(2025, 11, 8), "Pending"),
    )
    assert built.list_prices == (
        Dated(date(2025, 11, 3), 31_500_000),
        Dated(date(2025, 11, 5), 30_000_000),
    )
    assert built.purchase_contract_date == date(2025, 11, 8)
    assert (built.first_observed_on, built.last_observed_on) == (
        date(2025, 11, 3),
        date(2025, 11, 8),
    )


def test_there_and_back_again_is_three_entries() -> None:
    built = episode(seen(0), seen(1, standard_status="Pending"), seen(2))
    assert [s.value for s in built.statuses] == ["Active", "Pending", "Active"]
    assert built.purchase_contract_date == date(2025, 11, 4)
    assert built.close_date is None
    assert built.off_market_date is None


def test_dates_are_local() -> None:
    late = datetime(2025, 11, 4, 5, tzinfo=UTC)  # 22:00 of the 3rd in Phoenix
    built = episode(Sighting(a_record(), late, late))
    assert built.first_observed_on == date(2025, 11, 3)


def test_a_stated_day_of_change_counts_only_between_the_sightings() -> None:
    stated = episode(seen(0), seen(6, standard_status="Closed", x_changed_on=date(2025, 11, 7)))
    assert stated.close_date == date(2025, 11, 7)
    stale = episode(seen(0), seen(6, standard_status="Closed", x_changed_on=date(2025, 8, 1)))
    assert stale.close_date == date(2025, 11, 9)
    early = episode(seen(0), seen(6, standard_status="Closed", x_changed_on=date(2025, 11, 10)))
    assert early.close_date == date(2025, 11, 9)


def test_first_seen_closed_has_no_close_date_unless_stated() -> None:
    assert episode(seen(0, standard_status="Closed")).close_date is None
    day = date(2025, 9, 30)
    assert episode(seen(0, standard_status="Closed", x_changed_on=day)).close_date == day
    assert episode(seen(0, standard_status="Closed", close_date=day)).close_date == day
    assert episode(seen(0, standard_status="Active", close_date=day)).close_date is None


@pytest.mark.parametrize("status", ["Canceled", "Expired", "Withdrawn"])
def test_off_market(status: str) -> None:
    built = episode(seen(0), seen(3, standard_status=status))
    assert built.off_market_date == date(2025, 11, 6)
    assert built.close_date is None
    assert episode(seen(0, standard_status=status)).off_market_date is None


def test_expired_then_canceled_left_the_market_once() -> None:
    built = episode(
        seen(0), seen(3, standard_status="Expired"), seen(4, standard_status="Canceled")
    )
    assert built.off_market_date == date(2025, 11, 6)


def test_pending_after_closed_is_a_correction_not_a_contract() -> None:
    built = episode(
        seen(0, standard_status="Closed"),
        seen(1, standard_status="Pending"),
        seen(2, standard_status="Closed"),
    )
    assert built.purchase_contract_date is None
    assert built.close_date == date(2025, 11, 5)
    reopened = episode(seen(0, standard_status="Closed"), seen(1, standard_status="Pending"))
    assert reopened.close_date is None


def test_what_was_said_once_stays_said() -> None:
    built = episode(
        seen(0, bedrooms_total=3, on_market_date=date(2025, 10, 1)),
        seen(4, list_price_cents=None, close_price_cents=30_900_000, standard_status="Closed"),
    )
    assert built.bedrooms_total == 3
    assert built.on_market_date == date(2025, 10, 1)
    assert built.list_price_cents == 31_500_000
    assert built.close_price_cents == 30_900_000


def test_the_contract_with_the_agent_stands_in_for_the_first_day_on_market() -> None:
    assert episode(seen(0, listing_contract_date=date(2025, 10, 9))).on_market_date == date(
        2025, 10, 9
    )


def test_undisclosed_prices_are_left_out() -> None:
    sold = seen(0, close_price_cents=30_000_000, concessions_amount_cents=100_000)
    built = episode(sold, sale_prices_disclosed=False)
    assert (built.close_price_cents, built.concessions_amount_cents) == (None, None)


def test_no_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version"):
        build_episode("feed|K1", [], PHOENIX)


STATES = st.sampled_from(["Active", "Pending", "Closed", "Expired", None])


@given(
    st.lists(st.tuples(STATES, st.integers(1, 3)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_any_history_is_ordered_without_repeats_and_survives_storage(steps, random) -> None:
    sightings = [
        seen(day, standard_status=status, list_price_cents=price * 10_000_000)
        for day, (status, price) in enumerate(steps)
    ]
    built = episode(*sightings)
    random.shuffle(sightings)
    assert episode(*sightings) == built
    for history in (built.statuses, built.list_prices):
        assert all(a.since <= b.since for a, b in pairwise(history))
        assert all(a.value != b.value for a, b in pairwise(history))
    assert Episode.from_document(built.to_document()) == built
