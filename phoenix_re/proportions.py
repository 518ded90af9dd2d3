"""Shares with their uncertainty, for rooms that must not load scipy. Nothing else belongs here."""

import math
from functools import lru_cache
from statistics import NormalDist


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for k of n, 0 < n (metrics.md §11, clerical sampling).

    As `scipy.stats.binomtest(k, n).proportion_ci(method="wilson")`, without loading scipy.
    """
    _check(k, n)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = k / n
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)


@lru_cache(maxsize=4096)
def exact_lower(k: int, n: int, confidence: float = 0.95) -> float:
    """One-sided lower bound of the share that k of n came from (Clopper and Pearson; metrics.md
    §10, audited accuracy): the share at which k or more of n have the chance 1 - confidence.

    As `scipy.stats.beta.ppf(1 - confidence, k, n - k + 1)`, without loading scipy.
    """
    _check(k, n)
    if k == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(n - k, n, 1 - middle) < 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def exact_upper(k: int, n: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of the share that k of n came from: what the others leave."""
    return 1 - exact_lower(n - k, n, confidence)


@lru_cache(maxsize=4096)
def trials_needed(errors: int, share: float, confidence: float = 0.95) -> int:
    """The fewest trials, `errors` of them wrong, that show more than `share` right.

    For 0.99: 299, 473, 628, 773, 913, 1,049 with 0 to 5 errors (metrics.md §10).
    """
    if errors < 0 or not 0 < share < 1:
        raise ValueError(f"errors >= 0 and 0 < share < 1 are expected, not {errors} and {share}")
    enough = errors + 1
    while not _shown(errors, enough, share, confidence):
        enough *= 2
    low, high = errors, enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _shown(errors, middle, share, confidence) else (middle, high)
    return high


def _shown(errors: int, n: int, share: float, confidence: float) -> bool:
    return _at_most(errors, n, 1 - share) < 1 - confidence


def _at_most(k: int, n: int, p: float) -> float:
    """The chance of k or fewer of n at a chance of `p` each."""
    if p <= 0 or k >= n:
        return 1.0
    if p >= 1:
        return 0.0
    whole, log_p, log_q = math.lgamma(n + 1), math.log(p), math.log1p(-p)
    return min(
        1.0,
        math.fsum(
            math.exp(
                whole - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log_p + (n - i) * log_q
            )
            for i in range(k + 1)
        ),
    )


def chi_square_quantile(freedom: int, share: float) -> float:
    """Wilson and Hilferty's approximation; within 2 % from one degree of freedom and 0.9 on."""
    z = NormalDist().inv_cdf(share)
    ninth = 2 / (9 * freedom)
    return freedom * (1 - ninth + z * math.sqrt(ninth)) ** 3


def _check(k: int, n: int) -> None:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"k of n is expected with 0 <= k <= n and n > 0, not {k} of {n}")
