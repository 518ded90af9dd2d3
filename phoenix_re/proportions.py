"""Shares with their uncertainty, for rooms that must not load scipy. Nothing else belongs here."""

import math
from statistics import NormalDist


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for k of n, 0 < n (metrics.md §11, clerical sampling).

    As `scipy.stats.binomtest(k, n).proportion_ci(method="wilson")`, without loading scipy.
    """
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"k of n is expected with 0 <= k <= n and n > 0, not {k} of {n}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = k / n
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)
