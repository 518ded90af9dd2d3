"""Checks of a record against older versions of the same listing."""

import math
from typing import Any

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.rules.lookups import LEASES
from phoenix_re.validate.rules.rule import Case


def tenfold(
    record: ListingRecord, case: Case, *, times: float = 8.0, min_n: float = 20
) -> str | None:
    """The asked price is `times` the one before, or that part of it, and farther from the ZIP's
    prices: a slip. Where the one before is farther, this one mends it."""
    before = _jumped_from(record, case, times)
    if before is None or _mends(record, before, case, min_n) is not False:
        return None
    return _told(before, record)


def jump(record: ListingRecord, case: Case, *, times: float = 8.0, min_n: float = 20) -> str | None:
    """The same, where the ZIP has too few prices to tell which of the two is the slip."""
    before = _jumped_from(record, case, times)
    if before is None or _mends(record, before, case, min_n) is not None:
        return None
    return _told(before, record)


def _jumped_from(record: ListingRecord, case: Case, times: float) -> ListingRecord | None:
    """The last version with an asked price of the same kind, if that is so far from this one."""
    before, now = _last(case, "list_price_cents", like=record), record.list_price_cents
    if before is None or now is None or min(now, before.list_price_cents) <= 0:
        return None
    return None if 1 / times < now / before.list_price_cents < times else before


def _mends(record: ListingRecord, before: ListingRecord, case: Case, min_n: float) -> bool | None:
    """Whether the newer price is the nearer to the ZIP's of its type; None: there are too few."""
    spread = case.around.prices.get(record.property_type)
    if spread is None or spread.n < min_n:
        return None
    now, then = (math.log(r.list_price_cents or 1) for r in (record, before))
    return abs(now - spread.median) < abs(then - spread.median)


def _told(before: ListingRecord, record: ListingRecord) -> str:
    old, new = (f"${(r.list_price_cents or 0) / 100:,.2f}" for r in (before, record))
    return f"the list price went from {old} to {new}"


def area_changed(record: ListingRecord, case: Case, *, share: float = 0.5) -> str | None:
    """The living area differs from the one before by more than `share` of the larger."""
    last, now = _last(case, "living_area"), record.living_area
    if last is None or now is None:
        return None
    larger = max(abs(now), abs(last.living_area))
    if not larger or abs(now - last.living_area) <= share * larger:
        return None
    return f"living_area went from {last.living_area:,.0f} to {now:,.0f}"


def reopened(record: ListingRecord, case: Case) -> str | None:
    """One listing closes once; a new marketing has a new key."""
    status = record.standard_status
    if status in {None, "Closed"}:
        return None
    was_closed = any(earlier.standard_status == "Closed" for earlier in case.earlier)
    return f"the status was Closed and is {status}" if was_closed else None


def _last(case: Case, field: str, like: ListingRecord | None = None) -> Any:
    """The newest older version that states `field`; of the same kind of offer as `like`."""
    for earlier in reversed(case.earlier):
        if getattr(earlier, field) is None:
            continue
        same = like is None or (earlier.property_type in LEASES) == (like.property_type in LEASES)
        return earlier if same else None
    return None
