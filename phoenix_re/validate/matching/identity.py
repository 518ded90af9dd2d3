"""What a listing says about which home it is, and the id of a home. No comparison here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import apn
from phoenix_re.markets import Market
from phoenix_re.validate.address import AddressKey, address_key


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Keys and facts of one listing; listing ids are unique within one call of `match`.

    Areas in square feet, degrees in WGS 84, price in cents. None is "not stated".
    """

    listing_id: str
    address: AddressKey | None = None
    parcel: str | None = None  # county FIPS and APN, see `parse.apn`: "04013|10225019"
    mls_number: str | None = None  # "ARMLS|6748480"
    county: str | None = None  # FIPS
    latitude: float | None = None
    longitude: float | None = None
    living_area: float | None = None
    lot_size: float | None = None
    bedrooms_total: int | None = None
    x_bathrooms_decimal: float | None = None
    year_built: int | None = None
    price: int | None = None
    property_type: str | None = None  # sale or lease: prices of both are not compared
    founded_at: datetime = field(kw_only=True)  # UTC: when the listing was first observed

    @property
    def unit(self) -> str | None:
        """`unit*`; "" is the building as a whole, None is unknown."""
        return None if self.address is None else self.address.unit


def identify(
    listing_id: str, record: ListingRecord, zip5: str, market: Market, founded_at: datetime
) -> Identity:
    """Keys and facts of one listing. A parcel number counts only where its county is known."""
    number = (record.listing_id or "").strip()
    county = _county(record, market)
    parcel = apn(record.parcel_number)
    return Identity(
        listing_id,
        address_key(record.unparsed_address, zip5),
        f"{county}|{parcel}" if county and parcel else None,
        f"{record.x_mls}|{number}" if record.x_mls and number else None,
        county,
        record.latitude if record.longitude is not None else None,
        record.longitude if record.latitude is not None else None,
        record.living_area,
        record.lot_size_square_feet,
        record.bedrooms_total,
        record.x_bathrooms_decimal,
        record.year_built,
        record.list_price_cents,
        record.property_type,
        founded_at=founded_at,
    )


def _county(record: ListingRecord, market: Market) -> str | None:
    if record.county_or_parish is None and len(market.counties) == 1:
        return market.counties[0].fips
    name = (record.county_or_parish or "").lower().removesuffix(" county").strip()
    return {county.name.lower(): county.fips for county in market.counties}.get(name)


def founder(group: Sequence[Identity]) -> Identity:
    """The listing of a home that was observed first; of several, the one of the smallest id."""
    return min(group, key=lambda i: (i.founded_at, i.listing_id))


def property_id(market: str, zip5: str, group: Sequence[Identity]) -> str:
    """ "phx-85031-3f2a…": a hash of the home's founding listing.

    It survives new sources, other spellings and merges: a merged home keeps the elder's id.
    """
    founding = founder(group).listing_id
    return f"{market}-{zip5}-{hashlib.sha256(founding.encode()).hexdigest()[:12]}"
