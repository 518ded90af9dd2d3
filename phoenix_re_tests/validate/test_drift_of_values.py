"""Drift and unit changes of distributions: golden values, chance, and what is kept day by day."""

import math
import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.drift_of_values import (
    NUMBERS,
    Shape,
    judge,
    market_psi,
    psi,
    shapes,
    unit_change,
)

from .listings import ZIP, a_record

DAY = date(2026, 3, 2)


def shape_of(name: str, values: list[float]) -> Shape:
    records = [a_record(**{name: value}) for value in values]
    return shapes(records)["feed"][name]


def some(n: int, seed: int, median: float = 1_600, spread: float = 0.3) -> list[float]:
    chance = random.Random(seed)
    return [median * math.exp(chance.gauss(0, spread)) for _ in range(n)]


def test_psi_by_hand() -> None:
    """Half and half became three quarters and one: with ½ added to each count."""
    then = {"is Active": 500, "is Closed": 500}
    now = {"is Active": 750, "is Closed": 250}
    found = psi(then, now)
    assert found is not None
    was, is_ = (0.5, 0.5), (750.5 / 1_001, 250.5 / 1_001)
    assert found.value == pytest.approx(
        sum((i - w) * math.log(i / w) for w, i in zip(was, is_, strict=True))
    )
    assert found.value == pytest.approx(0.274, abs=0.001)
    assert (found.bins, found.n, found.m) == (2, 1_000, 1_000)
    assert found.bias == pytest.approx(0.002)
    assert found.is_drift(0.2)


def test_equal_shapes_have_no_drift_and_small_ones_no_psi() -> None:
    shape = shape_of("living_area", some(400, 1))
    found = psi(shape, shape)
    assert found is not None
    assert found.value == pytest.approx(0)
    assert psi({"1": 39}, {"1": 100}) is None
    assert psi({"1": 100}, {"1": 19}) is None


def test_chance_alone_is_hardly_ever_drift() -> None:
    """A sixth of small samples of one distribution pass a bare 0.2; a thousandth pass ours."""
    bare = ours = 0
    for seed in range(300):
        found = psi(
            shape_of("living_area", some(300, 2 * seed)),
            shape_of("living_area", some(50, 2 * seed + 1)),
        )
        assert found is not None
        bare += found.value >= 0.2
        ours += found.is_drift(0.2)
    assert bare >= 20
    assert ours <= 1


def test_a_market_that_moved_is_drift() -> None:
    then = shape_of("living_area", some(2_000, 1))
    found = psi(then, shape_of("living_area", some(1_000, 2, median=2_200)))
    assert found is not None
    assert found.is_drift(0.2)


def test_an_emptied_column_is_drift() -> None:
    then = shape_of("living_area", some(100, 1))
    found = psi(then, {"none": 100})
    assert found is not None
    assert found.is_drift(0.2)


FACTORS = (100.0, 0.01, 10.7639, 1 / 10.7639, 43_560.0, 1 / 43_560.0)


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("name", ["living_area", "lot_size_square_feet", "list_price_cents"])
def test_every_known_factor_is_told_whole_and_in_part(name: str, factor: float) -> None:
    values = some(80, 3, median=7_000.0)
    then = shape_of(name, values)
    whole = unit_change(name, then, shape_of(name, [v * factor for v in values]))
    assert whole is not None
    assert whole.factor == factor
    part = [v * factor if at % 3 == 0 else v for at, v in enumerate(values)]
    found = unit_change(name, then, shape_of(name, part))
    assert found is not None
    assert found.share == pytest.approx(1 / 3, abs=0.1)


@given(st.floats(0.4, 2.5), st.integers(0, 50))
def test_no_unit_is_told_of_a_market_that_moves(factor: float, seed: int) -> None:
    values = some(100, seed)
    then = shape_of("living_area", values)
    moved = shape_of("living_area", [v * factor for v in some(60, seed + 1)])
    assert unit_change("living_area", then, moved) is None


def test_of_rooms_and_years_and_of_few_no_unit_is_told() -> None:
    assert not any(NUMBERS[name].ratio for name in ("bedrooms_total", "year_built"))
    then = shape_of("bedrooms_total", [3.0] * 100)
    assert unit_change("bedrooms_total", then, shape_of("bedrooms_total", [300.0] * 100)) is None
    few = shape_of("living_area", [160_000.0] * 11)
    assert unit_change("living_area", shape_of("living_area", some(100, 1)), few) is None


def test_leases_are_another_distribution_than_sales() -> None:
    """A rent is about a hundredth of a price: half the listings for rent is no unit change."""
    sales = [a_record(list_price_cents=30_000_000 + n) for n in range(60)]
    leases = [
        a_record(list_price_cents=200_000 + n, property_type="Residential Lease") for n in range(60)
    ]
    (first,) = judge("phx", ZIP, DAY, sales, []).documents
    found = judge("phx", ZIP, DAY + timedelta(days=1), [*sales[:20], *leases], [first])
    assert found.units == {}
    assert found.judged_units >= 1


# ── day by day ──────────────────────────────────────────────────────────────────────────────────


def records(seed: int, factor: float = 1.0) -> list[ListingRecord]:
    return [a_record(source_key=f"K{n}", living_area=v * factor)
            for n, v in enumerate(some(80, seed))]  # fmt: skip


def test_a_day_with_a_unit_change_never_becomes_the_reference() -> None:
    kept: list[dict[str, Any]] = []
    for day in range(3):
        found = judge("phx", ZIP, DAY + timedelta(days=day), records(day), kept)
        assert not found.units
        kept = found.documents
    for day in range(3, 60):
        found = judge("phx", ZIP, DAY + timedelta(days=day), records(day, 1 / 10.7639), kept)
        assert ("feed", "living_area") in found.units
        kept = found.documents
    assert max(k["day"] for k in kept) == (DAY + timedelta(days=2)).isoformat()


def test_a_second_run_of_a_day_judges_as_the_first_and_keeps_the_same() -> None:
    kept = judge("phx", ZIP, DAY, records(1), []).documents
    first = judge("phx", ZIP, DAY + timedelta(days=1), records(2), kept)
    again = judge("phx", ZIP, DAY + timedelta(days=1), records(2), first.documents)
    assert again == first


def test_what_is_kept_stays_small() -> None:
    kept: list[dict[str, Any]] = []
    for day in range(100):
        kept = judge("phx", ZIP, DAY + timedelta(days=day), records(day % 5), kept).documents
    assert len(kept) <= 8
    assert kept[-1]["day"] == (DAY + timedelta(days=99)).isoformat()
    oldest = date.fromisoformat(kept[0]["day"])
    assert DAY + timedelta(days=99) - oldest <= timedelta(days=28)


def test_zips_add_up_to_a_market_and_a_new_zip_is_no_drift() -> None:
    documents = []
    for at, zip5 in enumerate(("85031", "85033", "85035")):
        first = judge("phx", zip5, DAY, records(at), []).documents
        documents += judge("phx", zip5, DAY + timedelta(days=1), records(at + 9), first).documents
    dear = [a_record(living_area=v) for v in some(80, 1, median=6_000)]
    documents += judge("phx", "85018", DAY + timedelta(days=1), dear, []).documents
    found = market_psi(documents)["feed", "living_area"]
    assert (found.n, found.m) == (240, 240)
    assert not found.is_drift(0.2)
