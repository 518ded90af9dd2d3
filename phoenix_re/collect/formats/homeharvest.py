"""The table that HomeHarvest writes from Realtor.com, CSV or JSON, in its older and newer columns.

`last_sold_date` of a listing that is not sold tells of an earlier sale and is not its close date.
Schools, photos, tax history and vendors' values stay in the payload only.
"""

from collections.abc import Mapping
from typing import Any

from phoenix_re.collect import parse
from phoenix_re.collect.formats.form import Field, Format, Sum
from phoenix_re.collect.listing import ListingRecord


def _refine(record: ListingRecord, _payload: Mapping[str, Any]) -> None:
    if record.standard_status != "Closed":
        record.close_date = record.close_price_cents = None
        record.unread.pop("close_date", None)
        record.unread.pop("close_price_cents", None)


def _key(_record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    """The listing's own number; homes sold without a listing have only the property's."""
    for column, prefix in (("listing_id", ""), ("property_id", "property:")):
        try:
            found = parse.identifier(payload.get(column))
        except parse.Unreadable:
            continue
        if found:
            return prefix + found
    return None


HOMEHARVEST = Format(
    name="homeharvest",
    licence_class="vendor_download",
    signature=(
        *(("property_url",), ("status",), ("style",), ("zip_code",), ("list_price",)),
        *(("full_baths",), ("days_on_mls",), ("property_id", "listing_id")),
    ),
    fields=(
        Field.of("url", "property_url"),
        Field.of("x_mls", "mls"),
        Field.of("listing_id", "mls_id"),
        Field.of("standard_status", "status"),
        Field.of("public_remarks", "text"),
        Field.of("property_type", "style"),
        Field.of("property_sub_type", "style"),
        Field.of("unparsed_address", "full_street_line", "street"),
        Field.of("city", "city"),
        Field.of("state_or_province", "state"),
        Field.of("county_or_parish", "county"),
        Field.of("bedrooms_total", "beds"),
        Field.of("living_area", "sqft"),
        Field.of("lot_size_square_feet", "lot_sqft"),
        Field.of("year_built", "year_built"),
        Field.of("x_days_on_market_reported", "days_on_mls"),
        Field.of("list_price_cents", "list_price"),
        Field.of("on_market_date", "list_date"),
        Field.of("purchase_contract_date", "pending_date"),
        Field.of("close_price_cents", "sold_price"),
        Field.of("close_date", "last_sold_date"),
        Field.of("tax_annual_amount_cents", "tax"),
        Field.of("latitude", "latitude"),
        Field.of("longitude", "longitude"),
        Field.of("stories_total", "stories"),
        Field.of("x_association_fee_monthly_cents", "hoa_fee"),
        Field.of("garage_spaces", "parking_garage"),
        Field.of("modification_timestamp", "last_update_date"),
    ),
    sums=(Sum("x_bathrooms_decimal", {"full_baths": 1, "half_baths": 0.5}),),
    key=_key,
    zip=Field("postal_code", ("zip_code",), parse.zip5),
    volatile=frozenset({"days_on_mls"}),
    refine=_refine,
)
