"""Exact bounds against scipy and against the golden values of metrics.md §10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, chi2

from phoenix_re.proportions import chi_square_quantile, exact_lower, exact_upper, trials_needed


@pytest.mark.parametrize(
    ("share", "needed"),
    [(0.99, (299, 473, 628, 773, 913, 1_049)), (0.98, (149, 236, 313, 386))],
)
def test_the_sample_sizes_of_the_specification(share: float, needed: tuple[int, ...]) -> None:
    assert tuple(trials_needed(errors, share) for errors in range(len(needed))) == needed


@pytest.mark.parametrize(("errors", "n"), [(0, 299), (1, 473), (5, 1_049)])
def test_the_bound_passes_99_per_cent_exactly_there(errors: int, n: int) -> None:
    assert exact_lower(n - errors, n) > 0.99
    assert exact_lower(n - errors - 1, n - 1) <= 0.99


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_are_scipys(pair: tuple[int, int]) -> None:
    k, n = pair
    low = beta.ppf(0.05, k, n - k + 1) if k else 0.0
    high = beta.ppf(0.95, k + 1, n - k) if k < n else 1.0
    assert exact_lower(k, n) == pytest.approx(low, abs=1e-9)
    assert exact_upper(k, n) == pytest.approx(high, abs=1e-9)


@given(st.integers(1, 30), st.floats(0.9, 0.9995))
def test_the_chi_square_quantile_is_near_scipys(freedom: int, share: float) -> None:
    assert chi_square_quantile(freedom, share) == pytest.approx(chi2.ppf(share, freedom), rel=0.03)


@pytest.mark.parametrize("pair", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="k of n"):
        exact_lower(*pair)
