"""What is usual in a ZIP: prices per square foot by kind of home, and where its homes lie.

A pure function of the ZIP's newest records, whatever their order. Medians and median deviations,
so that the few wrong records among them, which rules are to find, do not move what is usual. What
is far from usual is the rules' to say (`neighbours.py`).
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from phoenix_re.collect.crosscheck import metres
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.markets import Market
from phoenix_re.validate.rules.lookups import LEASES

Kind = tuple[str | None, str | None]  # PropertyType, PropertySubType; (type, None): all of a type
SIGMA_OF_MAD = 1.4826  # a normal's standard deviation is so many median absolute deviations


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and robust standard deviation of n values."""

    median: float
    sigma: float
    n: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`rates`: natural logarithm of cents per square foot; `prices`: of cents, by PropertyType
    (None: of records that state none). `points` and their `centre`: degrees; `radius_metres`: their
    median distance from it."""

    rates: Mapping[Kind, Spread] = field(default_factory=dict)
    prices: Mapping[str | None, Spread] = field(default_factory=dict)
    centre: tuple[float, float] | None = None
    radius_metres: float = 0.0
    points: tuple[tuple[float, float], ...] = ()

    def rates_like(self, record: ListingRecord, min_n: float) -> Spread | None:
        """Of the record's sub-type where there are `min_n`, else of its type, else None."""
        for sub_type in (record.property_sub_type, None):
            spread = self.rates.get((record.property_type, sub_type))
            if spread is not None and spread.n >= min_n:
                return spread
        return None


NOWHERE = Surroundings()


def cents_per_square_foot(record: ListingRecord) -> float | None:
    """Of the price that is shown."""
    cents = shown_cents(record)
    if cents is None or record.living_area is None or not record.living_area > 0:
        return None
    return cents / record.living_area


def surroundings(records: Iterable[ListingRecord], market: Market) -> Surroundings:
    """Of the records whose price, area and point lie within the market's ranges."""
    rates: dict[Kind, list[float]] = defaultdict(list)
    prices: dict[str | None, list[float]] = defaultdict(list)
    points: list[tuple[float, float]] = []
    for record in records:
        rate, cents = cents_per_square_foot(record), shown_cents(record)
        if cents is not None and is_believable_price(record, market):
            prices[record.property_type].append(math.log(cents))
        if rate is not None and is_believable(record, market):
            for sub_type in {record.property_sub_type, None}:
                rates[record.property_type, sub_type].append(math.log(rate))
        if (point := _point(record, market)) is not None:
            points.append(point)
    of_rates = {kind: _spread(values) for kind, values in rates.items()}
    of_prices = {kind: _spread(values) for kind, values in prices.items()}
    if not points:
        return Surroundings(of_rates, of_prices)
    centre = (statistics.median(p[0] for p in points), statistics.median(p[1] for p in points))
    radius = statistics.median(metres(centre, point) for point in points)
    return Surroundings(of_rates, of_prices, centre, radius, tuple(points))


def shown_cents(record: ListingRecord) -> int | None:
    """What was paid where it is known, else what is asked; a month's where it is a lease."""
    cents = record.close_price_cents or record.list_price_cents
    return cents if cents is not None and cents > 0 else None


def is_believable(record: ListingRecord, market: Market) -> bool:
    """Whether price and living area are each within the market's range."""
    area = record.living_area
    return (
        area is not None
        and area in market.validation.living_area
        and is_believable_price(record, market)
    )


def is_believable_price(record: ListingRecord, market: Market) -> bool:
    lease = record.property_type in LEASES
    ranges = market.validation
    allowed = ranges.lease_price_cents if lease else ranges.list_price_cents
    return (shown_cents(record) or 0) in allowed


def _point(record: ListingRecord, market: Market) -> tuple[float, float] | None:
    latitude, longitude = record.latitude, record.longitude
    if latitude is None or longitude is None:
        return None
    ranges = market.validation
    inside = latitude in ranges.latitude and longitude in ranges.longitude
    return (latitude, longitude) if inside else None


def _spread(values: list[float]) -> Spread:
    median = statistics.median(values)
    deviation = statistics.median(abs(value - median) for value in values)
    return Spread(median, SIGMA_OF_MAD * deviation, len(values))
