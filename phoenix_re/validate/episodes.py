"""The versions of one listing → its `Episode`: what happened to it, and when.

Only what one source said of one listing. Merging listings, choosing fields and judging values
belong to `matching/`, `properties.py` and `rules/`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.episode import OFF_MARKET, Dated, Episode

T = TypeVar("T")

# Taken from the newest version that states them; a later silence does not take them back.
_LASTING = (
    "property_type",
    "property_sub_type",
    "bedrooms_total",
    "living_area",
    "original_list_price_cents",
    "close_price_cents",
    "concessions_amount_cents",
    "x_rent_estimate_cents",
    "x_days_on_market_reported",
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A stretch of time in which a listing said the same (UTC, both ends included)."""

    record: ListingRecord
    observed_at: datetime
    last_observed_at: datetime


def build_episode(
    listing_id: str,
    sightings: Sequence[Sighting],
    timezone: str,
    *,
    sale_prices_disclosed: bool = True,
) -> Episode:
    """The episode of one listing; `sightings` may come in any order, at least one.

    Dates are local to `timezone`. A change is dated by the source (`x_changed_on`) where that day
    lies between the two sightings around it, else by the day on which it was first seen. A listing
    first seen as Closed, Pending or off the market has that date only if the source states it.
    With `sale_prices_disclosed=False` close price and concessions are left out.
    """
    if not sightings:
        raise ValueError(f"{listing_id}: no version to build an episode from")
    seen = sorted(sightings, key=lambda s: s.observed_at)
    zone = ZoneInfo(timezone)
    newest = seen[-1].record
    statuses = _history(seen, lambda record: record.standard_status, zone)
    lasting = {name: _newest(seen, name) for name in _LASTING}
    if not sale_prices_disclosed:
        lasting |= {"close_price_cents": None, "concessions_amount_cents": None}
    return Episode(
        listing_id=listing_id,
        statuses=statuses,
        list_prices=_history(seen, lambda record: record.list_price_cents, zone),
        first_observed_on=_local(seen[0].observed_at, zone),
        last_observed_on=_local(max(s.last_observed_at for s in seen), zone),
        on_market_date=_newest(seen, "on_market_date") or _newest(seen, "listing_contract_date"),
        purchase_contract_date=newest.purchase_contract_date or _contract_date(seen, statuses),
        close_date=_stated_close(newest) or _entered(seen, statuses, frozenset({"Closed"})),
        off_market_date=_entered(seen, statuses, OFF_MARKET),
        **lasting,
    )


def _history(
    seen: Sequence[Sighting], of: Callable[[ListingRecord], T | None], zone: ZoneInfo
) -> tuple[Dated[T], ...]:
    """Values in time order without repeats; a sighting that states none changes nothing."""
    history: list[Dated[T]] = []
    before: Sighting | None = None
    for sighting in seen:
        value = of(sighting.record)
        if value is not None and (not history or history[-1].value != value):
            since = _local(sighting.observed_at, zone)
            if history and before is not None:
                since = _changed_on(sighting, before, zone)
            history.append(Dated(since, value))
        before = sighting
    return tuple(history)


def _changed_on(sighting: Sighting, before: Sighting, zone: ZoneInfo) -> date:
    observed = _local(sighting.observed_at, zone)
    stated = sighting.record.x_changed_on
    if stated is not None and _local(before.observed_at, zone) <= stated <= observed:
        return stated
    return observed


def _contract_date(seen: Sequence[Sighting], statuses: Sequence[Dated[str]]) -> date | None:
    """First change to Pending, metrics.md §1; a Pending after a Closed is a correction."""
    for at, status in enumerate(statuses):
        if status.value == "Closed":
            return None
        if status.value == "Pending":
            return status.since if at else _stated_at_first_sight(seen, "Pending")
    return None


def _stated_close(record: ListingRecord) -> date | None:
    """A close date beside another status tells of an earlier sale."""
    return record.close_date if record.standard_status in {"Closed", None} else None


def _entered(
    seen: Sequence[Sighting], statuses: Sequence[Dated[str]], group: frozenset[str]
) -> date | None:
    """When the listing entered the group of statuses in which it is now; None if it is not."""
    if not statuses or statuses[-1].value not in group:
        return None
    at = len(statuses) - 1
    while at and statuses[at - 1].value in group:
        at -= 1
    return statuses[at].since if at else _stated_at_first_sight(seen, statuses[0].value)


def _stated_at_first_sight(seen: Sequence[Sighting], status: str) -> date | None:
    """The source's own date of the change that led to the status of the first sighting."""
    return next((s.record.x_changed_on for s in seen if s.record.standard_status == status), None)


def _newest(seen: Sequence[Sighting], name: str) -> Any:
    values = (getattr(s.record, name) for s in reversed(seen))
    return next((value for value in values if value is not None), None)


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
