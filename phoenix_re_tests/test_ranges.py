"""`automation/ranges.py`: every wanted ZIP once, in ranges that a Dagster run can take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_re.automation.ranges import ranges

ZIPS = [f"85{n:03}" for n in range(60)]


def covered(pairs: list[tuple[str, str]]) -> list[str]:
    return [z for a, b in pairs for z in ZIPS[ZIPS.index(a) : ZIPS.index(b) + 1]]


@given(
    wanted=st.sets(st.sampled_from(ZIPS)),
    size=st.integers(1, 70),
    gap=st.integers(0, 30),
)
def test_ranges_cover_what_is_wanted_and_never_overlap(
    wanted: set[str], size: int, gap: int
) -> None:
    pairs = list(ranges(wanted, ZIPS, size, gap))
    zips = covered(pairs)
    assert wanted <= set(zips)
    assert len(zips) == len(set(zips))
    assert zips == sorted(zips)
    for first, last in pairs:
        assert {first, last} <= wanted
        assert ZIPS.index(last) - ZIPS.index(first) < size
    if gap == 0:
        assert set(zips) == wanted


def test_small_gaps_are_bridged_and_large_ones_are_not() -> None:
    wanted = [ZIPS[0], ZIPS[3], ZIPS[30]]
    assert list(ranges(wanted, ZIPS, 60, gap=5)) == [(ZIPS[0], ZIPS[3]), (ZIPS[30], ZIPS[30])]


def test_a_foreign_zip_is_named() -> None:
    with pytest.raises(ValueError, match="99999"):
        list(ranges(["99999"], ZIPS, 10))
