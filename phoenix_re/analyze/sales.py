"""Which closings count as arm's-length sales (metrics.md §1), and why the others do not.

Only the rules that an episode can answer: price, repeat and area-norm rules. Deed type, parties
and multi-parcel deeds need the recorder's data and are not judged here. A closing that fails is
counted under its reason, never dropped in silence.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from phoenix_re.analyze.marketing import Marketing

LEAST_PRICE_CENTS = 10_000_00
FLIP_DAYS = 14
JUMP_DAYS = 365
JUMP_FACTOR = 2
NORM_FACTOR = 4  # metrics.md says "far off the area norm" and leaves the number to us
NORM_FROM_N = 10


@dataclass(frozen=True, slots=True)
class Closings:
    """Valid dated sales in time order; the rest by reason; and how many closings lack a date."""

    valid: tuple[Marketing, ...]
    invalid: Counter[str]
    undated: int


def closings(marketings: Iterable[Marketing]) -> Closings:
    """Judges every closing of one ZIP. All of the ZIP's history sharpens the repeat rules."""
    closed = [marketing for marketing in marketings if marketing.closed]
    dated = sorted(
        (marketing for marketing in closed if marketing.closed_on),
        key=lambda marketing: (marketing.property_id, marketing.closed_on),
    )
    reasons = _price_reasons(dated)
    reasons |= _repeat_reasons([m for m in dated if id(m) not in reasons])
    valid = [m for m in dated if id(m) not in reasons]
    norm_breakers = _off_norm(valid)
    return Closings(
        tuple(
            sorted(
                (m for m in valid if id(m) not in norm_breakers),
                key=lambda m: (m.closed_on, m.property_id),
            )
        ),
        Counter(reasons.values()) + Counter(norm_breakers.values()),
        len(closed) - len(dated),
    )


def _price_reasons(dated: Sequence[Marketing]) -> dict[int, str]:
    return {
        id(m): "price of $10,000 or less"
        for m in dated
        if m.episode.close_price_cents is not None
        and m.episode.close_price_cents <= LEAST_PRICE_CENTS
    }


def _repeat_reasons(dated: Sequence[Marketing]) -> dict[int, str]:
    """Of two sales within 14 days neither counts; in the other rules the later one does not."""
    reasons: dict[int, str] = {}
    for _, sales in groupby(dated, key=lambda marketing: marketing.property_id):
        for earlier, later in pairwise(sales):
            reason = _repeat_reason(earlier, later)
            if reason:
                reasons[id(later)] = reason
            if reason == _FLIP:
                reasons[id(earlier)] = reason
    return reasons


_FLIP = "two sales within 14 days"


def _repeat_reason(earlier: Marketing, later: Marketing) -> str | None:
    first, second = earlier.closed_on, later.closed_on
    if first is None or second is None:
        return None
    days = (second - first).days
    if days <= FLIP_DAYS:
        return _FLIP
    old, new = earlier.episode.close_price_cents, later.episode.close_price_cents
    if not old or not new:
        return None
    if old == new and first.year == second.year:
        return "resold at the same price in the same year"
    if days <= JUMP_DAYS and not 1 / JUMP_FACTOR < new / old < JUMP_FACTOR:
        return "price doubled or halved within 365 days"
    return None


def _off_norm(valid: Sequence[Marketing]) -> dict[int, str]:
    per_foot = {id(m): ppsf for m in valid if (ppsf := price_per_square_foot(m)) is not None}
    if len(per_foot) < NORM_FROM_N:
        return {}
    norm = median(per_foot.values())
    return {
        key: "price per square foot far off the ZIP's norm"
        for key, ppsf in per_foot.items()
        if not norm / NORM_FACTOR <= ppsf <= norm * NORM_FACTOR
    }


def price_per_square_foot(marketing: Marketing) -> float | None:
    """Close price in cents per square foot of living area; None where either is not known."""
    price, area = marketing.episode.close_price_cents, marketing.episode.living_area
    return price / area if price and area and area > 0 else None
