"""A distribution of numbers as its quantiles at a fixed grid: made, mixed, read, compared.

Between two grid points the distribution is taken as even. That is exact enough to tell a unit
change and to give a PSI, and small enough to be kept for every field.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log

GRID = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_DECILES = GRID[3:12]  # 0.1 … 0.9: the inner edges of the PSI's ten bins
_LEAST_SHARE = 1e-3  # an empty bin would make the PSI infinite


def quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """At `GRID`, interpolated; `values` not empty."""
    ordered = sorted(values)
    last = len(ordered) - 1
    found = []
    for q in GRID:
        at = q * last
        below = int(at)
        part = at - below
        low, high = ordered[below], ordered[min(below + 1, last)]
        found.append(min(high, low + (high - low) * part))
    return tuple(found)


def at(points: Sequence[float], q: float) -> float:
    """The quantile `q`, which must be one of the grid."""
    return points[GRID.index(q)]


def share_below(points: Sequence[float], value: float) -> float:
    """The share (0 to 1) of the distribution that is at most `value`; ties count whole."""
    if value < points[0]:
        return 0.0
    if value >= points[-1]:
        return 1.0
    above = bisect_right(points, value)
    low, high = points[above - 1], points[above]
    part = (value - low) / (high - low)
    return GRID[above - 1] + (GRID[above] - GRID[above - 1]) * part


def mixed(
    old: Sequence[float], old_weight: float, new: Sequence[float], new_weight: float
) -> tuple[float, ...]:
    """The quantiles of both distributions together, each with its weight."""
    share = old_weight / (old_weight + new_weight)
    edges = sorted({*old, *new})
    cumulated = [
        share * share_below(old, edge) + (1 - share) * share_below(new, edge) for edge in edges
    ]
    return tuple(_inverse(edges, cumulated, q) for q in GRID)


def _inverse(edges: Sequence[float], cumulated: Sequence[float], q: float) -> float:
    i = bisect_left(cumulated, q - 1e-12)
    if i == 0:
        return edges[0]
    if q == 1 or i >= len(edges):
        return edges[-1]
    low, high = cumulated[i - 1], cumulated[i]
    part = (q - low) / (high - low) if high > low else 1.0
    return min(edges[i], edges[i - 1] + (edges[i] - edges[i - 1]) * max(0.0, part))


def psi_of_numbers(old: Sequence[float], new: Sequence[float]) -> float:
    """Population stability index over the deciles of `old` (metrics.md §10). Ties share a bin."""
    edges = sorted({at(old, q) for q in _DECILES})
    return _psi(_bins(old, edges), _bins(new, edges))


def _bins(points: Sequence[float], edges: Sequence[float]) -> list[float]:
    below = [0.0, *(share_below(points, edge) for edge in edges), 1.0]
    return [high - low for low, high in pairwise(below)]


def psi_of_categories(old: Mapping[str, float], new: Mapping[str, float]) -> float:
    """The same over counts of categories."""
    names = sorted({*old, *new})
    n_old, n_new = sum(old.values()) or 1.0, sum(new.values()) or 1.0
    return _psi([old.get(n, 0) / n_old for n in names], [new.get(n, 0) / n_new for n in names])


def _psi(expected: Sequence[float], actual: Sequence[float]) -> float:
    total = 0.0
    for e, a in zip(expected, actual, strict=True):
        e, a = max(e, _LEAST_SHARE), max(a, _LEAST_SHARE)  # noqa: PLW2901 - floors
        total += (a - e) * log(a / e)
    return total
