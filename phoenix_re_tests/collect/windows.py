"""What a rate limit means, as an upstream judges it: counts over every sliding window."""

from collections.abc import Sequence


def worst_excess(arrivals: Sequence[float], calls: int, seconds: float) -> float:
    """By how many seconds the closest `calls + 1` arrivals stay below the window; ≤ 0 is kept."""
    times = sorted(arrivals)
    return max(
        (seconds - (later - first) for first, later in zip(times, times[calls:], strict=False)),
        default=-seconds,
    )
