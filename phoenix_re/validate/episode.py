"""A listing episode: one marketing of one property by one source, from first seen to last known.

Built by `validate/properties.py` from the versions of one raw listing, stored inside its property,
read by `analyze/`. Dates are local to the property; money is integer cents. No rule and no
statistic here: only the shape and its way in and out of a document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")

# RESO StandardStatus, grouped as metrics.md §1 does.
ACTIVE = frozenset({"Active"})
UNDER_CONTRACT = frozenset({"Active Under Contract", "Pending"})
OFF_MARKET = frozenset({"Canceled", "Withdrawn", "Expired", "Hold", "Delete"})


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value and the local date since which it is known to hold."""

    since: date
    value: T


@dataclass(frozen=True, slots=True)
class Episode:
    """What is known of one listing over time.

    `statuses` and `list_prices` are in time order without repeats; their first entry is what the
    first sight of the listing said, so its date is a first sighting, not a change, unless
    `on_market_date` says otherwise.
    """

    listing_id: str  # "source|source_key"
    statuses: tuple[Dated[str], ...]
    list_prices: tuple[Dated[int], ...]  # cents
    first_observed_on: date
    last_observed_on: date
    property_type: str | None = None
    property_sub_type: str | None = None
    bedrooms_total: int | None = None
    living_area: float | None = None  # square feet
    on_market_date: date | None = None
    purchase_contract_date: date | None = None  # stated, or first seen change to Pending
    close_date: date | None = None  # stated, or date of an observed change to Closed
    off_market_date: date | None = None  # stated, or observed change to an OFF_MARKET status
    original_list_price_cents: int | None = None
    close_price_cents: int | None = None  # None where the state or source does not disclose it
    concessions_amount_cents: int | None = None
    x_rent_estimate_cents: int | None = None  # monthly, vendor's estimate
    x_days_on_market_reported: int | None = None
    observed_assumed: bool | None = None  # True: nothing says when it was seen but its file's time

    @property
    def standard_status(self) -> str | None:
        return self.statuses[-1].value if self.statuses else None

    @property
    def list_price_cents(self) -> int | None:
        return self.list_prices[-1].value if self.list_prices else None

    def to_document(self) -> dict[str, Any]:
        """BSON-ready: dates as ISO strings, absent values left out."""
        document: dict[str, Any] = {
            "listing_id": self.listing_id,
            "statuses": [[s.since.isoformat(), s.value] for s in self.statuses],
            "list_prices": [[p.since.isoformat(), p.value] for p in self.list_prices],
        }
        for name in _SCALARS:
            value = getattr(self, name)
            if value is not None:
                document[name] = value.isoformat() if isinstance(value, date) else value
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {name: document.get(name) for name in _SCALARS}
        for name in _DATES:
            if values[name] is not None:
                values[name] = date.fromisoformat(values[name])
        return cls(
            listing_id=document["listing_id"],
            statuses=tuple(Dated(date.fromisoformat(d), v) for d, v in document["statuses"]),
            list_prices=tuple(Dated(date.fromisoformat(d), v) for d, v in document["list_prices"]),
            **values,
        )


_SCALARS = tuple(
    name
    for name in Episode.__dataclass_fields__
    if name not in {"listing_id", "statuses", "list_prices"}
)
_DATES = tuple(n for n in _SCALARS if n.endswith(("_date", "_observed_on")))
