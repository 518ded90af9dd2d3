"""Market temperature: the formula by hand, its guards, its labels."""

from datetime import date
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.analyze.cells import Cell, Period, suppressed, unit_of
from phoenix_re.analyze.temperature import (
    INPUTS,
    market_temperature,
    supply_label,
    temperature_label,
)

DAY = date(2026, 3, 31)
Zips = dict[str, dict[str, Cell]]


def cell(metric: str, value: float, *, low_sample: bool = False, day: date = DAY) -> Cell:
    return Cell(metric, unit_of(metric), value, 20, "rolling", day, 90, low_sample=low_sample)


def zips(*heats: float, inputs: tuple[str, ...] = tuple(INPUTS)) -> Zips:
    """ZIPs of the given heat: every input is its sign times the heat."""
    return {
        f"850{number:02}": {m: cell(m, INPUTS[m] * heat) for m in inputs}
        for number, heat in enumerate(heats)
    }


def values(found: dict[str, Cell]) -> list[float | None]:
    return [cell.value for cell in found.values()]


def test_by_hand():
    # median 3, MAD 1: z = (x - 3) / 1.4826, clipped at 3.
    found = market_temperature(zips(1, 2, 3, 4, 100))
    z = [-2 / 1.4826, -1 / 1.4826, 0, 1 / 1.4826, 3]
    assert values(found) == pytest.approx([100 * NormalDist().cdf(x) for x in z])
    assert found["85000"].n == 6


def test_four_inputs_are_enough_and_three_are_not():
    four, three = tuple(INPUTS)[:4], tuple(INPUTS)[:3]
    assert None not in values(market_temperature(zips(1, 2, 3, 4, 5, inputs=four)))
    found = market_temperature(zips(1, 2, 3, 4, 5, inputs=three))
    assert set(values(found)) == {None}
    assert (found["85000"].reason or "").startswith("3 of the 6 inputs")


def test_four_zips_or_zips_that_do_not_differ_say_nothing():
    assert set(values(market_temperature(zips(1, 2, 3, 4)))) == {None}
    assert set(values(market_temperature(zips(2, 2, 2, 2, 9)))) == {None}
    assert market_temperature({}) == {}


def test_a_zip_without_values_is_suppressed_and_does_not_disturb_the_others():
    world = zips(1, 2, 3, 4, 5)
    empty = {m: suppressed(m, Period(DAY, 90), "no data") for m in INPUTS}
    found = market_temperature(world | {"85099": empty})
    assert found.pop("85099").value is None
    assert values(found) == values(market_temperature(world))


def test_doubts_are_inherited():
    world = zips(1, 2, 3, 4, 5)
    world["85000"]["median_dom_days"] = cell("median_dom_days", -1.0, low_sample=True)
    found = market_temperature(world)
    assert found["85000"].low_sample
    assert not found["85001"].low_sample


def test_one_day_only():
    world = zips(1, 2, 3, 4, 5)
    world["85000"]["median_dom_days"] = cell("median_dom_days", 1.0, day=date(2026, 3, 30))
    with pytest.raises(ValueError, match="one day"):
        market_temperature(world)


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=30))
def test_hotter_inputs_never_make_a_cooler_zip(heats: list[float]):
    found = values(market_temperature(zips(*sorted(heats))))
    if None not in found:
        assert found == sorted(found)  # pyright: ignore[reportArgumentType] -- no None left
        assert all(0 <= value <= 100 for value in found if value is not None)


def test_labels():
    scores = (80, 79.9, 60, 40, 20, 19.9)
    assert [temperature_label(score) for score in scores] == [
        "hot",
        "warm",
        "warm",
        "balanced",
        "cool",
        "cold",
    ]
    assert [supply_label(months) for months in (2.9, 3, 6, 6.1)] == [
        "seller",
        "balanced",
        "balanced",
        "buyer",
    ]
