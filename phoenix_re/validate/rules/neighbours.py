"""Checks of a record against the other listings of its ZIP (`surroundings.py`)."""

import math

from phoenix_re.collect.crosscheck import metres
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.rules.rule import Case
from phoenix_re.validate.rules.surroundings import cents_per_square_foot


def unlike_the_zip(
    record: ListingRecord,
    case: Case,
    *,
    sigmas: float = 5.0,
    least_sigma: float = 0.2,
    min_n: float = 20,
) -> str | None:
    """The logarithm of the price per square foot is more than `sigmas` robust standard deviations
    from the median of the ZIP's homes of its kind. Where all are alike, a home that is a little
    different is not wrong: a deviation counts as `least_sigma` at least. With fewer than `min_n`
    of its kind only the market's range judges."""
    rate = cents_per_square_foot(record)
    spread = case.around.rates_like(record, min_n)
    if rate is None or spread is None:
        return None
    away = math.log(rate) - spread.median
    if abs(away) <= sigmas * max(spread.sigma, least_sigma):
        return None
    usual = math.exp(spread.median) / 100
    return (
        f"${rate / 100:,.2f} a square foot is {math.exp(away):.2g} times the median of "
        f"{spread.n} like it in {case.zip}, ${usual:,.2f}"
    )


def far_from_the_zip(
    record: ListingRecord,
    case: Case,
    *,
    times: float = 6.0,
    least_km: float = 8.0,
    company: float = 3,
    company_km: float = 4.0,
    min_n: float = 20,
) -> str | None:
    """The point is farther from the middle of the ZIP's points than `times` their median distance
    and than `least_km`, and fewer than `company` others lie within `company_km` of it: a ZIP may
    have two towns. There are no lawful borders of ZIPs that are light to carry; the homes show
    where it lies."""
    around = case.around
    if record.latitude is None or record.longitude is None or around.centre is None:
        return None
    point = (record.latitude, record.longitude)
    away = metres(around.centre, point)
    most = max(least_km * 1000, times * around.radius_metres)
    if away <= most or len(around.points) < min_n:
        return None
    near = sum(metres(point, other) <= company_km * 1000 for other in around.points)
    if near > company:  # it is one of them itself
        return None
    return f"{away / 1000:,.1f} km from the middle of {case.zip}; {most / 1000:,.1f} km is far"
