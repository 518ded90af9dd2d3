"""Redfin's "Download All" CSV: 27 columns, two older spellings, a disclaimer among the rows.

The free-text `LOCATION` and the derived `$/SQUARE FEET` stay in the payload only.
"""

import re
from collections.abc import Mapping
from typing import Any

from phoenix_re.collect import parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord

_ZIP = ("ZIP OR POSTAL CODE", "ZIP")
_URL = ("URL (SEE*", "URL")
_HOME_ID = re.compile(r"/home/(\d+)")


def _status_of_sale_type(value: object) -> str | None:
    """`PAST SALE` is a closed sale whatever `STATUS` says; other sale types say nothing of it."""
    found = parse.text(value)
    return "Closed" if found and found.casefold() == "past sale" else None


def _refine(record: ListingRecord, _payload: Mapping[str, Any]) -> None:
    """`PRICE` of a closed row is what it sold for; its list price is not in the file."""
    if record.standard_status == "Closed":
        record.unread.pop("standard_status", None)
        record.close_price_cents, record.list_price_cents = record.list_price_cents, None
        if "list_price_cents" in record.unread:
            record.unread["close_price_cents"] = record.unread.pop("list_price_cents")


def _key(record: ListingRecord, _payload: Mapping[str, Any]) -> str | None:
    if record.x_mls and record.listing_id:
        return f"{record.x_mls}:{record.listing_id}"
    home = _HOME_ID.search(record.url or "")
    return f"home:{home[1]}" if home else None


REDFIN = Format(
    name="redfin",
    licence_class="vendor_download",
    signature=(("SALE TYPE",), ("PROPERTY TYPE",), ("ADDRESS",), ("PRICE",), _ZIP, _URL),
    fields=(
        Field.of("close_date", "SOLD DATE"),
        Field.of("property_type", "PROPERTY TYPE"),
        Field.of("property_sub_type", "PROPERTY TYPE"),
        Field.of("unparsed_address", "ADDRESS"),
        Field.of("city", "CITY"),
        Field.of("state_or_province", "STATE OR PROVINCE", "STATE"),
        Field.of("list_price_cents", "PRICE"),
        Field.of("bedrooms_total", "BEDS"),
        Field.of("x_bathrooms_decimal", "BATHS"),
        Field.of("living_area", "SQUARE FEET"),
        Field.of("lot_size_square_feet", "LOT SIZE"),
        Field.of("year_built", "YEAR BUILT"),
        Field.of("x_days_on_market_reported", "DAYS ON MARKET"),
        Field.of("x_association_fee_monthly_cents", "HOA/MONTH"),
        Field.of("standard_status", "STATUS"),
        Field.of("standard_status", "SALE TYPE", parse=_status_of_sale_type),
        Field.of("url", *_URL),
        Field.of("x_mls", "SOURCE"),
        Field.of("listing_id", "MLS#"),
        Field.of("latitude", "LATITUDE"),
        Field.of("longitude", "LONGITUDE"),
    ),
    key=_key,
    zip=Field("postal_code", _ZIP, parse.zip5),
    volatile=frozenset(
        {
            "DAYS ON MARKET",  # ticks every day
            "FAVORITE",  # these two belong to the person who downloaded
            "INTERESTED",
            "NEXT OPEN HOUSE START TIME",
            "NEXT OPEN HOUSE END TIME",
        }
    ),
    refine=_refine,
)
