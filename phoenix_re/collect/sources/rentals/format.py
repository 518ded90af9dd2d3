"""How a rental is read: RentCast's names, Realty Mole's older ones, and rows mapped to RentCast's.

Money is dollars a month. The key is the service's id of the home's address, so that a home that is
let again keeps its key and changes its dates.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import FIELD_PARSERS, Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable


def is_active(payload: Mapping[str, Any]) -> bool:
    """Whether the listing was on the market; the older service says nothing of it: it was."""
    return str(payload.get("status", "Active")).casefold() == "active"


def _status(value: object) -> str | None:
    """`Inactive` is off the market and no more is said: neither let nor given up. RESO's nearest
    word that claims no rent is `Withdrawn`."""
    found = parse.text(value)
    if found is not None and found.casefold() == "inactive":
        return "Withdrawn"
    return lookups.standard_status(value)


def _fee(value: object) -> int | None:
    """`{"fee": 45}`, dollars a month."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Unreadable(f"{parse.shown(value)!r} is no HOA object")
    return parse.money_cents(value.get("fee"))


def _refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    _add_unit(record, payload)
    if record.unparsed_address is None and "unparsed_address" not in record.unread:
        try:
            line = parse.text(payload.get("formattedAddress"))
        except Unreadable as error:
            record.unread["unparsed_address"] = parse.shown(error, 200)
            return
        record.unparsed_address = parse.split_address(line)[0] if line else None
    if record.standard_status == "Active":
        record.x_changed_on = None  # a date of removal that is there yet tells of an earlier time


def _add_unit(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    try:
        unit = parse.text(payload.get("addressLine2"))
    except Unreadable as error:
        record.unread["unparsed_address"] = parse.shown(error, 200)
        return
    if unit and record.unparsed_address:
        record.unparsed_address = f"{record.unparsed_address}, {unit}"


def _key(_record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    try:
        return parse.identifier(payload.get("id"))
    except Unreadable:
        return None


RENTCAST = Format(
    name="rentals_rentcast",
    licence_class="vendor_api",
    signature=(("id",), ("formattedAddress",), ("zipCode",), ("price",), ("status",)),
    fields=(
        Field.of("unparsed_address", "addressLine1"),
        Field.of("city", "city"),
        Field.of("state_or_province", "state"),
        Field.of("county_or_parish", "county"),
        Field.of("latitude", "latitude"),
        Field.of("longitude", "longitude"),
        Field.of("property_sub_type", "propertyType"),
        Field.of("bedrooms_total", "bedrooms"),
        Field.of("x_bathrooms_decimal", "bathrooms"),
        Field.of("living_area", "squareFootage"),
        Field.of("lot_size_square_feet", "lotSize"),
        Field.of("year_built", "yearBuilt"),
        Field("x_association_fee_monthly_cents", ("hoa",), _fee),
        Field("standard_status", ("status",), _status),
        Field.of("list_price_cents", "price"),
        Field.of("on_market_date", "listedDate"),
        Field("x_changed_on", ("removedDate",), FIELD_PARSERS["x_changed_on"]),
        Field.of("x_days_on_market_reported", "daysOnMarket"),
        Field.of("x_mls", "mlsName"),
        Field.of("listing_id", "mlsNumber"),
    ),
    key=_key,
    zip=Field("postal_code", ("zipCode",), parse.zip5),
    constants={"property_type": "Residential Lease"},
    volatile=frozenset(
        {
            "daysOnMarket",  # ticks every day
            "lastSeenDate",  # when RentCast looked
            "history",  # of the listing that runs: its days tick, the rest repeats the row
        }
    ),
    refine=_refine,
    by_name_only=True,
)

REALTY_MOLE = replace(
    RENTCAST,
    name="rentals_realty_mole",
    signature=(("id",), ("formattedAddress",), ("zipcode",), ("price",)),
    fields=(
        *(f for f in RENTCAST.fields if f.name not in {"unparsed_address", "on_market_date"}),
        Field.of("unparsed_address", "addressLine1", "address"),
        Field.of("on_market_date", "listedDate", "publishedDate"),
    ),
    zip=Field("postal_code", ("zipcode", "zipCode"), parse.zip5),
    # Its search shows what is on the market, and a row need not say so.
    constants={"property_type": "Residential Lease", "standard_status": "Active"},
    volatile=RENTCAST.volatile
    | {
        "daysOld",  # these tell of the search, not of the home
        "distance",
        "correlation",
        "lastSeen",
    },
)

MAPPED = replace(
    RENTCAST,
    name="rentals_mapped",
    signature=(("id",), ("zipCode",), ("price",)),
    constants=REALTY_MOLE.constants,
)

FORMATS = {form.name: form for form in (RENTCAST, REALTY_MOLE, MAPPED)}
