"""The format of what the collector puts together of a listing: search facts and detail facts.

Search facts win, since they are always fresh; the detail page's, kept from when it was last read,
fill what the search lacks. The results page's description is cut after 75 characters and therefore
no remarks. Labels that begin with `Detail: ` are INFERRED but for those in the upstream's document;
another spelling is one more column.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

MLS = "ARMLS"
PRIVATE_LABELS = frozenset(
    f"{page}{label}"
    for page in ("", "Detail: ")
    for label in (
        *("Listing Agent", "Listing Agent Phone", "Listing Agent Email", "Agent", "Agent Name"),
        *("Agent Phone", "Agent Email", "Listing Member", "Listing Member Phone", "Owner Name"),
        *("Listing Member Email", "Selling Agent", "Co-Listing Agent", "Owner", "Owner Phone"),
        *("Listing Office Phone", "Listing Office Email", "Occupant", "Occupant Name"),
    )
)

_ZONE = ZoneInfo("America/Phoenix")
_CLOCK_FIRST = re.compile(r"(\d{1,2}:\d{2}\s*[ap]m),\s*(.+)", re.IGNORECASE | re.DOTALL)
_TYPES = {  # ARMLS' words that RESO's lookups do not have
    "residentialrental": "Residential Lease",
    "rental": "Residential Lease",
    "landlots": "Land",
    "landandlots": "Land",
    "multiplefamily": "Residential Income",
}
_DWELLINGS = {
    "patiohome": "Single Family Residence",
    "mfgmobilehousing": "Manufactured Home",
    "modularprefab": "Manufactured Home",
    "loftstyle": "Condominium",
}
_MONTHS_OF = {"monthly": 1, "quarterly": 3, "semiannually": 6, "annually": 12}


def _letters(value: object) -> str:
    return "".join(filter(str.isalpha, value.casefold())) if isinstance(value, str) else ""


def _property_type(value: object) -> str | None:
    return _TYPES.get(_letters(value)) or lookups.property_type(value)


def _dwelling(value: object) -> str | None:
    return _DWELLINGS.get(_letters(value)) or lookups.property_sub_type(value)


def _modified(value: object) -> datetime | None:
    """`3:05pm, March 2, 2026`, local to the site."""
    match = _CLOCK_FIRST.fullmatch(value.strip()) if isinstance(value, str) else None
    return parse.timestamp(f"{match[2]} {match[1]}" if match else value, _ZONE)


def _refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    _refine_status(record, payload)
    _refine_address(record, payload)
    if record.standard_status == "Closed":  # the one price that the page shows is what it sold for
        record.close_price_cents, record.list_price_cents = record.list_price_cents, None
        if "list_price_cents" in record.unread:
            record.unread["close_price_cents"] = record.unread.pop("list_price_cents")
        _set(record, "list_price_cents", payload.get("Detail: List Price"), parse.money_cents)
    _refine_fee(record, payload)


def _refine_status(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """v1 does not write the status of an active listing; one that is hidden is not known."""
    if "Status" not in payload:
        record.standard_status = "Active"
        return
    _set(record, "standard_status", payload["Status"], lookups.standard_status)


def _refine_address(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """ "1234 N 55th Avenue⏎Phoenix, AZ 85031", or all in one line."""
    whole = payload.get("Address")
    if not isinstance(whole, str) or parse.is_missing(whole):
        return
    line = ", ".join(part.strip() for part in whole.splitlines() if part.strip())
    street, record.city, record.state_or_province = parse.split_address(line)
    record.unparsed_address = parse.text(street)


def _refine_fee(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """A fee without its frequency is not a monthly amount, and stays in the payload."""
    months = _MONTHS_OF.get(_letters(payload.get("Detail: HOA Paid Frequency")))
    name = "x_association_fee_monthly_cents"
    _set(record, name, payload.get("Detail: HOA Fee") if months else None, parse.money_cents)
    if months and record.x_association_fee_monthly_cents is not None:
        record.x_association_fee_monthly_cents = round(
            record.x_association_fee_monthly_cents / months
        )


def _set(record: ListingRecord, name: str, value: object, read: parse.Parser) -> None:
    try:
        setattr(record, name, read(value))
    except Unreadable:
        record.unread[name] = parse.shown(value, 200)


def key_of(mls_number: str) -> str:
    """The source key of an MLS number."""
    return f"{MLS}:{mls_number}"


def _key(record: ListingRecord, _payload: Mapping[str, Any]) -> str | None:
    return key_of(record.listing_id) if record.listing_id else None


PHOENIX_MLS = Format(
    name="phoenix_mls",
    licence_class="mls_idx",
    signature=(("MLS#",), ("Address",), ("Price",)),
    by_name_only=True,
    constants={"x_mls": MLS},
    fields=(
        Field.of("listing_id", "MLS#"),
        Field.of("url", "Link"),
        Field.of("property_type", "Property Type", "Detail: Property Type", parse=_property_type),
        Field.of(
            *("property_sub_type", "Detail: Dwelling Type", "Detail: Property Sub Type"),
            parse=_dwelling,
        ),
        Field.of("list_price_cents", "Price", "Detail: Price"),
        Field.of("bedrooms_total", "# of Bedrooms", "Detail: # Bedrooms", "Detail: Bedrooms"),
        Field.of("x_bathrooms_decimal", "# of Bathrooms", "Detail: Baths", "Detail: # Bathrooms"),
        Field.of(
            *("living_area", "Square Footage", "Detail: Approx SQFT", "Detail: Square Footage")
        ),
        Field.of(
            *("lot_size_square_feet", "Detail: Approx Lot SqFt", "Detail: Lot Size (sq. ft.)")
        ),
        Field.of("year_built", "Year Built", "Detail: Year Built"),
        Field.of("stories_total", "Detail: # of Interior Levels"),
        Field.of("garage_spaces", "Detail: Garage Spaces"),
        Field.of("pool_private_yn", "Detail: Private Pool Y/N"),
        Field.of("association_yn", "Detail: HOA Y/N"),
        Field.of("parcel_number", "Detail: Assessor Number", "Detail: APN"),
        Field.of("county_or_parish", "Detail: County Code", "Detail: County"),
        Field.of("latitude", "Detail: Latitude"),
        Field.of("longitude", "Detail: Longitude"),
        Field.of("on_market_date", "Detail: List Date"),
        Field.of("close_date", "Detail: Close of Escrow Date", "Detail: Sold Date"),
        Field.of("x_days_on_market_reported", "Detail: Days on Market"),
        Field.of("tax_annual_amount_cents", "Detail: Taxes"),
        Field.of("public_remarks", "Detail: Description"),
        Field.of("modification_timestamp", "Last Modified", parse=_modified),
    ),
    key=_key,
    zip=Field("postal_code", ("ZIP", "Searched ZIP"), parse.zip5),
    volatile=frozenset(
        {
            "Link",  # its words follow the address; the number in it is the key
            "Open House",
            "Last Modified",
            "Detail: Last Modified",
            "Detail: Days on Market",
            "Detail: Cumulative Days on Market",
        }
    ),
    refine=_refine,
)
