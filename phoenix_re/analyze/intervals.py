"""95 % intervals for the few shapes of number that a trend can have.

One function per shape: median, mean, share, ratio of two counts, count of events. Which numbers
are served with them, and from how many observations on, is the business of `cells.py`.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from statistics import fmean, stdev

CONFIDENCE = 0.95

Interval = tuple[float, float]


def median_interval(values: Sequence[float]) -> Interval | None:
    """Interval of the median by binomial order statistics; no assumption on the distribution.

    None below six values: even the span from the least to the greatest of five values covers the
    median with 93.75 % only, so a 95 % interval does not exist.
    """
    rank = _order_statistic(len(values))
    if rank == 0:
        return None
    ordered = sorted(values)
    return ordered[rank - 1], ordered[-rank]


@lru_cache(maxsize=4096)
def _order_statistic(n: int) -> int:
    """The largest r such that the r-th least and r-th greatest of n values enclose the median."""
    from scipy.stats import binom

    return int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5)) if n else 0


def mean_interval(values: Sequence[float]) -> tuple[float, Interval]:
    """Standard error and Student-t interval of the mean of at least two values."""
    mean, se = fmean(values), stdev(values) / sqrt(len(values))
    reach = _student(len(values) - 1) * se
    return se, (mean - reach, mean + reach)


@lru_cache(maxsize=4096)
def _student(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))


@lru_cache(maxsize=65536)
def share_interval(hits: int, n: int) -> Interval:
    """Wilson interval of `hits / n`, 0 <= hits <= n, n > 0; it stays inside [0, 1]."""
    from scipy.stats import binomtest

    found = binomtest(hits, n).proportion_ci(CONFIDENCE, method="wilson")
    return min(float(found.low), hits / n), max(float(found.high), hits / n)


def count_ratio_interval(numerator: int, denominator: int) -> Interval:
    """Interval of the ratio of two independent Poisson counts, denominator > 0.

    Given their sum, the numerator is binomial with p = r / (1 + r); the Wilson interval of p is
    turned back into one of r.
    """
    low, high = share_interval(numerator, numerator + denominator)
    ratio = numerator / denominator
    return min(low / (1 - low), ratio), max(high / (1 - high), ratio)


@lru_cache(maxsize=65536)
def event_count_interval(count: int) -> Interval:
    """Exact (Garwood) Poisson interval of the expectation behind a count of events."""
    from scipy.special import gammaincinv

    tail = (1 - CONFIDENCE) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))
