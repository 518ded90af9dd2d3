"""A served number and what must be known to trust it; and the rule when it is not served.

A `Cell` is a value with n, interval, method and date, or the plain reason why there is no value.
The minimum-n rule of metrics.md §1 lives here and nowhere else. What the metrics mean is in
`trends.py`, how intervals are computed in `intervals.py`.

Shrinkage to a parent geography (metrics.md §3.1) is not here yet: it will be a function from a
`suppressed` or `low_sample` cell and its parent's cells to a cell of method "shrunk" or "parent",
in its own module; `Cell` already has room for its `se` and method.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from statistics import fmean
from statistics import median as middle
from typing import Any, Literal, Self

from phoenix_re.analyze.intervals import (
    Interval,
    count_ratio_interval,
    event_count_interval,
    mean_interval,
    median_interval,
    share_interval,
)

Method = Literal["direct", "rolling", "shrunk", "parent", "suppressed"]

SERVED_FROM_N = 5  # below: no direct value, metrics.md §1
FULL_SAMPLE_N = 10  # below: served with low_sample = true


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of one ZIP.

    `value` is integer cents in metrics ending `_cents`, a fraction in `_frac`, days in `_days`,
    months in months_of_supply_*, else a count; None exactly if `method` is "suppressed".
    `window_days` is the number of days that the value really covers, ending on `as_of`; None for
    a number of the day `as_of` itself. `reason` says why there is no value, or, beside a value,
    what its reader must know. `ci_low`, `ci_high`: 95 %.
    """

    metric: str
    unit: str
    value: int | float | None
    n: int
    method: Method
    as_of: date
    window_days: int | None = None
    ci_low: int | float | None = None
    ci_high: int | float | None = None
    se: float | None = None
    low_sample: bool = False
    preliminary: bool = False
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != (self.method == "suppressed"):
            raise ValueError(f"{self.metric}: a cell without value is suppressed, and no other")
        if self.method == "suppressed" and not self.reason:
            raise ValueError(f"{self.metric}: a suppressed cell must say why")
        if self.unit == "cents" and not isinstance(self.value, int | None):
            raise ValueError(f"{self.metric}: money is integer cents, not {self.value!r}")

    def to_document(self) -> dict[str, Any]:
        """BSON-ready: every field present, `as_of` as an ISO string."""
        document = {field.name: getattr(self, field.name) for field in fields(self)}
        return document | {"as_of": self.as_of.isoformat()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Reads what `to_document` wrote; keys that a cell does not know are left alone."""
        values: dict[str, Any] = {
            field.name: document[field.name] for field in fields(cls) if field.name in document
        }
        values["as_of"] = date.fromisoformat(values["as_of"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Period:
    """What a cell speaks of: the `window_days` days ending on `as_of`, or that day (None)."""

    as_of: date
    window_days: int | None = None

    @property
    def method(self) -> Method:
        return "direct" if self.window_days is None else "rolling"


_UNIT_OF_SUFFIX = {"_cents": "cents", "_frac": "fraction", "_days": "days"}
_UNIT_OF_PREFIX = {
    "months_of_supply": "months",
    "days_to_close": "days",
    "market_temperature": "score",
}


def unit_of(metric: str) -> str:
    """The unit that a metric's name promises."""
    for suffix, unit in _UNIT_OF_SUFFIX.items():
        if metric.endswith(suffix):
            return unit
    for prefix, unit in _UNIT_OF_PREFIX.items():
        if metric.startswith(prefix):
            return unit
    return "count"


def suppressed(metric: str, period: Period, reason: str, n: int = 0) -> Cell:
    """A cell without value, and why."""
    return Cell(
        metric,
        unit_of(metric),
        None,
        n,
        "suppressed",
        period.as_of,
        period.window_days,
        reason=reason,
    )


def stock_cell(metric: str, period: Period, count: int, note: str | None = None) -> Cell:
    """What stands there, counted: exact however small, since it is no estimate; no interval."""
    return _count(metric, period, count, (None, None), note)


def event_cell(metric: str, period: Period, count: int, note: str | None = None) -> Cell:
    """Events of a window, counted: exact however small.

    The Poisson interval is that of the rate behind them (by how much an equal window may differ
    when nothing changed), not a doubt about the count.
    """
    return _count(metric, period, count, event_count_interval(count), note)


def _count(
    metric: str,
    period: Period,
    count: int,
    interval: Interval | tuple[None, None],
    note: str | None,
) -> Cell:
    return Cell(
        metric,
        unit_of(metric),
        count,
        count,
        period.method,
        period.as_of,
        period.window_days,
        *interval,
        reason=note,
    )


def median_cell(
    metric: str, period: Period, values: Sequence[float], note: str | None = None
) -> Cell:
    """Median (midpoint for even n) with its order-statistics interval."""
    if not values:
        return _estimate(metric, period, 0, None, note=note)
    return _estimate(
        metric, period, len(values), middle(values), median_interval(values), note=note
    )


def mean_cell(
    metric: str, period: Period, values: Sequence[float], note: str | None = None
) -> Cell:
    """Mean with standard error and Student-t interval."""
    if len(values) < SERVED_FROM_N:
        return _estimate(metric, period, len(values), None, note=note)
    se, interval = mean_interval(values)
    return _estimate(metric, period, len(values), fmean(values), interval, se=se, note=note)


def share_cell(
    metric: str,
    period: Period,
    hits: int,
    n: int,
    note: str | None = None,
    preliminary: bool = False,
) -> Cell:
    """`hits` of `n` with the Wilson interval; always within [0, 1]."""
    if not n:
        return _estimate(metric, period, 0, None, note=note)
    return _estimate(
        metric, period, n, hits / n, share_interval(hits, n), note=note, preliminary=preliminary
    )


def count_ratio_cell(
    metric: str,
    period: Period,
    numerator: int,
    denominator: int,
    *,
    n: int,
    scale: float = 1.0,
    note: str | None = None,
) -> Cell:
    """`scale x numerator / denominator`, two counts; `n` is the one that the minimum rule looks at.

    A denominator of 0 is suppressed: the ratio does not exist.
    """
    if not denominator:
        return suppressed(metric, period, _joined("the denominator is 0", note), n)
    low, high = count_ratio_interval(numerator, denominator)
    value = numerator * scale / denominator
    interval = min(low * scale, value), max(high * scale, value)
    return _estimate(metric, period, n, value, interval, note=note)


def _estimate(
    metric: str,
    period: Period,
    n: int,
    value: float | None,
    interval: Interval | None = None,
    *,
    se: float | None = None,
    note: str | None = None,
    preliminary: bool = False,
) -> Cell:
    if n < SERVED_FROM_N or value is None:
        few = f"{n} observations; a value is served from {SERVED_FROM_N} on"
        return suppressed(metric, period, _joined(few, note), n)
    low, high = interval or (None, None)
    if unit_of(metric) == "cents":
        value, low, high = (None if x is None else round(x) for x in (value, low, high))
    return Cell(
        metric,
        unit_of(metric),
        value,
        n,
        period.method,
        period.as_of,
        period.window_days,
        low,
        high,
        se,
        low_sample=n < FULL_SAMPLE_N,
        preliminary=preliminary,
        reason=note if interval else _joined("no 95 % interval exists below 6 values", note),
    )


def _joined(*notes: str | None) -> str:
    return "; ".join(note for note in notes if note)


def all_suppressed(metrics: Iterable[str], period: Period, reason: str) -> list[Cell]:
    return [suppressed(metric, period, reason) for metric in metrics]
