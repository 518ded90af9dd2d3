"""The two shapes in which a listing leaves `collect/`: as received, and in RESO's words.

`RawListing` is one row or object of a source, verbatim. `ListingRecord` is the same row read:
RESO Data Dictionary 2.0 names in snake_case, typed, with what could not be read kept in `unread`.
No rule, no merging and no database here: rules and merging belong to `validate/`, storage to
`collect/landing.py`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RawListing:
    """One listing as one source gave it at one moment.

    `listing_id` (`source|source_key`) names the listing for ever; `content_hash` names what it
    says. Two rows with the same hash differ at most in volatile fields such as a snapshot time.
    """

    source: str  # the format or upstream: "mls_status_feed", "redfin", …
    source_key: str  # the listing's own key there: "ARMLS:6748480"
    zip: str  # five digits
    payload: dict[str, Any]  # as received, every column
    content_hash: str  # hex, over the payload without the format's volatile columns
    observed_at: datetime  # UTC: when the source said so (snapshot time; else the file's mtime)
    licence_class: str  # "mls_idx", "vendor_download", "public_record", …
    source_modified_at: datetime | None = None  # UTC: the source's own modification time
    url: str | None = None
    standard_status: str | None = None  # RESO StandardStatus, for events
    price_cents: int | None = None  # the one price that the row shows, for events
    changed_on: date | None = None  # local date of the last change where the source states it

    @property
    def listing_id(self) -> str:
        return f"{self.source}|{self.source_key}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot become a `RawListing`. It goes to quarantine under `rule_id`."""

    rule_id: str  # "row.too_many_columns", "zip.missing", "key.missing", …
    reason: str  # a sentence for the operator, with the value
    payload: dict[str, Any] | str  # as far as it could be read
    row: int  # 1-based data row of the file, header and disclaimers not counted


@dataclass(slots=True)
class ListingRecord:
    """A listing in RESO's words. `None` is "not stated"; money is integer cents."""

    source: str
    source_key: str
    x_mls: str | None = None  # "ARMLS", "MLSSAZ", …: with listing_id an exact key across sources
    listing_id: str | None = None  # the MLS number
    standard_status: str | None = None  # RESO StandardStatus lookup
    property_type: str | None = None  # RESO PropertyType: Residential, Residential Lease, Land …
    property_sub_type: str | None = None  # RESO PropertySubType: Single Family Residence …
    unparsed_address: str | None = None  # one line, as received, without city/state/ZIP
    city: str | None = None
    state_or_province: str | None = None  # two letters
    postal_code: str | None = None  # five digits
    county_or_parish: str | None = None
    parcel_number: str | None = None  # as received
    latitude: float | None = None
    longitude: float | None = None
    list_price_cents: int | None = None
    original_list_price_cents: int | None = None
    close_price_cents: int | None = None
    concessions_amount_cents: int | None = None
    x_rent_estimate_cents: int | None = None  # monthly, a vendor's estimate, not a listing
    x_rent_low_cents: int | None = None
    x_rent_high_cents: int | None = None
    listing_contract_date: date | None = None
    on_market_date: date | None = None
    purchase_contract_date: date | None = None
    close_date: date | None = None
    x_changed_on: date | None = None  # local date of the last status or price change, if stated
    x_days_on_market_reported: int | None = None
    bedrooms_total: int | None = None
    x_bathrooms_decimal: float | None = None  # full + 0.75 tq + 0.5 half + 0.25 q
    living_area: float | None = None  # square feet
    lot_size_square_feet: float | None = None
    year_built: int | None = None
    stories_total: float | None = None
    garage_spaces: float | None = None
    pool_private_yn: bool | None = None
    association_yn: bool | None = None
    x_association_fee_monthly_cents: int | None = None
    tax_annual_amount_cents: int | None = None
    public_remarks: str | None = None
    modification_timestamp: datetime | None = None  # UTC
    url: str | None = None
    unread: dict[str, str] = field(default_factory=dict)  # field → text that could not be read
