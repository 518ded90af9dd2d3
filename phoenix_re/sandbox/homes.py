"""What the synthetic world consists of: a home, and a listing as it stands at a moment.

How homes are built is in `building.py`, how their listings live in `marketing.py`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

YEARLY_GROWTH = 0.03
LEVEL_YEAR = datetime(2025, 1, 1, tzinfo=UTC)

Kind = Literal["sale", "rent"]
Status = Literal[
    "Coming Soon", "Active", "Active Under Contract", "Pending", "Closed",
    "Canceled", "Withdrawn", "Expired",
]  # fmt: skip
ENDED = frozenset({"Closed", "Canceled", "Withdrawn", "Expired"})


@dataclass(frozen=True, slots=True)
class House:
    """A home: what a surveyor would find. Areas in square feet, money in whole dollars."""

    id: str  # "85031-00007", the truth's own name; no upstream shows it
    market: str
    zip: str
    county: str
    county_fips: str
    apn: str  # in the county's own form, without punctuation; unique in its county
    street_number: str
    street_dir: str
    street_name: str
    street_suffix: str
    unit: str | None
    city: str
    state: str
    latitude: float
    longitude: float
    sub_type: str  # RESO PropertySubType
    bedrooms: int
    baths_full: int
    baths_half: int
    living_area: int
    lot_area: int
    year_built: int
    stories: int
    garage_spaces: int
    pool: bool
    solar: bool
    hoa_monthly: int | None
    subdivision: str
    owner: str
    owner_occupied: bool
    value: int  # at LEVEL_YEAR

    @property
    def street(self) -> str:
        """ "4512 W Copperquill St" """
        parts = (self.street_number, self.street_dir, self.street_name, self.street_suffix)
        return " ".join(part for part in parts if part)

    @property
    def baths(self) -> float:
        return self.baths_full + 0.5 * self.baths_half

    def value_at(self, at: datetime) -> int:
        """Dollars."""
        years = (at - LEVEL_YEAR).days / 365.25
        return round(self.value * (1 + YEARLY_GROWTH) ** years)

    def rent_at(self, at: datetime) -> int:
        """Dollars a month: a gross yield of 5 to 8 %, lower for dearer homes."""
        value = self.value_at(at)
        return round(value * (0.08 - 0.03 * min(1.0, value / 900_000)) / 12 / 5) * 5


@dataclass(frozen=True, slots=True)
class Listing:
    """One marketing of one house, as it stands at the moment asked for. Times are UTC."""

    house: House
    kind: Kind  # prices of "rent" are dollars a month
    mls_number: str  # unique in its MLS: seven digits, eight where a ZIP has thousands of homes
    listing_key: str  # unique: 26 digits, 27 with such a number
    status: Status
    list_price: int
    original_list_price: int
    previous_list_price: int | None
    listed_at: datetime
    status_changed_at: datetime
    price_changed_at: datetime | None
    modified_at: datetime  # the newest of all changes
    pending_at: datetime | None
    closed_at: datetime | None
    off_market_at: datetime | None
    close_price: int | None
    remarks: str
    photos: int
    agent: str
    agent_phone: str
    agent_email: str
    office: str
    relisting: bool  # the same home was on the market shortly before, under another number

    def days_on_market(self, at: datetime) -> int:
        end = self.pending_at or self.closed_at or self.off_market_at or at
        return max(0, (min(end, at) - self.listed_at).days)
