"""Unit changes: percent and fraction, dollars and cents, acres, square metres and square feet.

A field is taken for converted when the batch as it stands lies outside what was seen of it, and
divided by one known factor lies inside, with the shape that it had. Prices that rise, or a ZIP of
larger homes, do one of the two and not the other.
"""

import re
from dataclasses import dataclass
from math import log

from phoenix_re.collect.drift import quantiles
from phoenix_re.collect.drift.fingerprints import Field

_FACTORS = (  # (new / old, what that is)
    (100.0, "dollars became cents, or a fraction a percentage"),
    (1 / 100.0, "a percentage became a fraction, or cents dollars"),
    (1000.0, "thousands became units, or seconds milliseconds"),
    (1 / 1000.0, "units became thousands, or milliseconds seconds"),
    (43_560.0, "acres became square feet"),
    (1 / 43_560.0, "square feet became acres"),
    (10.7639, "square metres became square feet"),
    (1 / 10.7639, "square feet became square metres"),
    (12.0, "monthly amounts became yearly"),
    (1 / 12.0, "yearly amounts became monthly"),
)
_SMALL = 50.0  # factors below this also lie between one ZIP and the next: judged more strictly
_LEAST_SEEN = 40  # numbers behind the fingerprint
_LEAST_NOW = 12  # numbers in the batch
_SLACK = 1.25  # beyond the 5 and 95 % points of what was seen, after conversion
_SPREADS = {False: (0.25, 2.5), True: (0.6, 1.6)}  # small factor? → batch's spread over that seen
_MEDIANS = {False: 3.0, True: 1.35}  # how far the converted median may be from the one seen
_NARROW = 0.1  # moments and years: their spread says nothing
_MOST_SMALL = 100_000.0  # above it is neither an area nor a yearly fee, but the price of a home
_LAND = re.compile(r"lot|land|acre|parcel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnitChange:
    factor: float  # new / old
    meaning: str
    land: bool  # of a lot: town and country differ tenfold, so a small factor needs a witness

    @property
    def small(self) -> bool:
        return 1 / _SMALL < self.factor < _SMALL


def unit_change(path: str, old: Field, new: Field) -> UnitChange | None:
    """Which known factor, if any, lies between what was seen of a field and a batch of it."""
    if old.numbers < _LEAST_SEEN or new.numbers < _LEAST_NOW:
        return None
    seen, now = _positive(old.quantiles), _positive(new.quantiles)
    if seen is None or now is None:
        return None
    fitting = [
        UnitChange(factor, meaning, _LAND.search(path) is not None)
        for factor, meaning in _FACTORS
        if _is_outside(seen, now, factor) and _fits(seen, now, factor)
    ]
    ratio = quantiles.at(now, 0.5) / quantiles.at(seen, 0.5)
    return min(fitting, key=lambda change: abs(log(ratio / change.factor)), default=None)


def _positive(points: tuple[float, ...]) -> tuple[float, ...] | None:
    """Quantiles as magnitudes, where nearly all have one sign and none of that is 0."""
    if quantiles.at(points, 0.05) > 0:
        return points
    if quantiles.at(points, 0.95) < 0:
        return tuple(-point for point in reversed(points))
    return None


def _is_outside(seen: tuple[float, ...], now: tuple[float, ...], factor: float) -> bool:
    """Nine tenths of the batch are beyond all but a twentieth of what was seen."""
    if factor > 1:
        return quantiles.at(now, 0.1) > quantiles.at(seen, 0.95)
    return quantiles.at(now, 0.9) < quantiles.at(seen, 0.05)


def _fits(seen: tuple[float, ...], now: tuple[float, ...], factor: float) -> bool:
    small = 1 / _SMALL < factor < _SMALL
    if small and max(quantiles.at(seen, 0.5), quantiles.at(now, 0.5)) > _MOST_SMALL:
        return False
    low, high = quantiles.at(seen, 0.05) / _SLACK, quantiles.at(seen, 0.95) * _SLACK
    if any(not low <= quantiles.at(now, q) / factor <= high for q in (0.1, 0.5, 0.9)):
        return False
    apart = quantiles.at(now, 0.5) / factor / quantiles.at(seen, 0.5)
    if not 1 / _MEDIANS[small] <= apart <= _MEDIANS[small]:
        return False
    spread_seen, spread_now = _spread(seen), _spread(now)
    if max(spread_seen, spread_now) < _NARROW:
        return True
    if min(spread_seen, spread_now) == 0:
        return False
    least, most = _SPREADS[small]
    return least <= spread_now / spread_seen <= most


def _spread(points: tuple[float, ...]) -> float:
    return log(quantiles.at(points, 0.9) / quantiles.at(points, 0.1))
