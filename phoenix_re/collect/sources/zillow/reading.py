"""The formats of the three resellers' rows.

A home that is for rent and for sale at once has one zpid; its key says which of the two it is. A
sold home's price is what it sold for. What ticks by itself - days on Zillow, estimates, pictures,
flags of Zillow's own selling - is volatile.
"""

import re
from collections.abc import Mapping
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

SITE = "https://www.zillow.com"
UNFLATTENED = frozenset({"media"})
OPEN_HOUSE = "x_open_house"
_OPEN_HOUSE = ("is_openHouse", "isOpenHouse")
_AREA_UNITS = {"sqft": parse.square_feet, "squarefeet": parse.square_feet, "acres": parse.acres}
_ADDRESS_PARTS = ("streetAddress", "city", "state", "zipcode")
_LAST_ZIP = re.compile(r"(\d{5})(?:-\d{4})?\s*$")


def flattened(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Objects inside an object as keys with a slash: `{"price": {"value": 1}}` → `price/value`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and value and key not in UNFLATTENED:
            flat |= flattened(value, f"{key}/")
        else:
            flat[key] = value
    return flat


def without_open_house(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The row with the open house moved out of the flags under `name`: it is announced and over
    without the home having changed, and only a key of its own can be volatile."""
    flags = row.get(name)
    if not isinstance(flags, dict):
        return dict(row)
    kept = {key: value for key, value in flags.items() if key not in _OPEN_HOUSE}
    moved = {**row, name: kept}
    if len(kept) < len(flags):
        moved[OPEN_HOUSE] = any(flags.get(key) is True for key in _OPEN_HOUSE)
    return moved


def _days(value: object) -> int | None:
    """-1 is not stated."""
    found = parse.integer(value)
    return None if found is not None and found < 0 else found


def _status(value: object) -> str | None:
    return _STATUSES.get(_letters(value)) or lookups.standard_status(value)


_STATUSES = {
    "undercontract": "Active Under Contract",  # here it is contingent; pending is told apart
    "acceptingbackups": "Active Under Contract",
}


def _letters(value: object) -> str:
    return "".join(filter(str.isalpha, value.casefold())) if isinstance(value, str) else ""


def _url(value: object) -> str | None:
    found = parse.text(value)
    return f"{SITE}{found}" if found and found.startswith("/") else found


def _zip_in_address(value: object) -> str:
    """Of `1234 N 55th Ave, Phoenix, AZ 85031`, or of an object with `zipcode`."""
    if isinstance(value, dict):
        value = value.get("zipcode")
    elif isinstance(value, str) and (found := _LAST_ZIP.search(value)):
        value = found[1]
    return parse.zip5(value)


def _set(record: ListingRecord, name: str, value: object, read: parse.Parser) -> None:
    try:
        found = read(value)
    except Unreadable:
        record.unread[name] = parse.shown(value, 200)
        return
    if found is not None:
        setattr(record, name, found)


def _refine_lot(record: ListingRecord, value: object, unit: object) -> None:
    """The unit is told row by row."""
    read = _AREA_UNITS.get(_letters(unit), parse.square_feet if isinstance(value, str) else None)
    if read is not None:
        _set(record, "lot_size_square_feet", value, read)
    elif value is not None:
        record.unread["lot_size_square_feet"] = parse.shown(f"{value} {unit}", 200)


def _refine_offer(record: ListingRecord, *, told: object, price: object) -> None:
    """A lease is another kind of property in RESO; a sold home's price is its close price."""
    monthly = isinstance(price, str) and "/mo" in price.lower()
    if _letters(told) == "forrent" or monthly:
        if record.property_type in {"Residential", "Residential Income", None}:
            record.property_type = "Residential Lease"
    elif record.standard_status == "Closed":
        record.close_price_cents, record.list_price_cents = record.list_price_cents, None
        if "list_price_cents" in record.unread:
            record.unread["close_price_cents"] = record.unread.pop("list_price_cents")


def _refine_unit(record: ListingRecord, unit: object) -> None:
    """`unit` is mostly repeated in the street address; where it is not, it is added."""
    line = record.unparsed_address
    if not line or not isinstance(unit, str) or len(unit) > parse.LONGEST_SCALAR:
        return
    name = re.sub(r"[^0-9a-z]", "", unit.split()[-1].casefold()) if unit.split() else ""
    words = re.findall(r"[0-9a-z]+", line.casefold())
    if name and name not in words[1:]:
        record.unparsed_address = f"{line} {unit.strip()}"


def _refine_sub_type(record: ListingRecord, flags: object) -> None:
    coming = ("is_comingSoon", "isComingSoon")
    if isinstance(flags, dict) and any(flags.get(name) is True for name in coming):
        record.standard_status = "Coming Soon"


def _key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    try:
        zpid = parse.identifier(payload.get("zpid"))
    except Unreadable:
        return None
    if not zpid:
        return None
    return f"zpid:{zpid}:rent" if record.property_type == "Residential Lease" else f"zpid:{zpid}"


def _refine_56(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    _refine_lot(record, payload.get("lotAreaValue"), payload.get("lotAreaUnit"))
    _refine_sub_type(record, payload.get("listing_sub_type"))
    _refine_offer(record, told=payload.get("homeStatus"), price=payload.get("price"))
    _refine_unit(record, payload.get("unit"))


def _refine_com1(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    address = payload.get("address")
    if isinstance(address, dict):  # the object of a single match
        for name, key in zip(_FIELDS_OF_ADDRESS, _ADDRESS_PARTS, strict=False):
            _set(record, name, address.get(key), _ADDRESS_PARSERS[name])
    elif isinstance(address, str) and not parse.is_missing(address):
        street, record.city, record.state_or_province = parse.split_address(address)
        record.unparsed_address = parse.text(street)
    contingent = payload.get("contingentListingType")
    if contingent and record.standard_status == "Active":
        _set(record, "standard_status", contingent, _status)
    told = payload.get("listingStatus") or payload.get("homeStatus")
    _refine_lot(record, payload.get("lotAreaValue"), payload.get("lotAreaUnit"))
    _refine_sub_type(record, payload.get("listingSubType"))
    _refine_offer(record, told=told, price=payload.get("price"))
    _refine_unit(record, payload.get("unit"))


_FIELDS_OF_ADDRESS = ("unparsed_address", "city", "state_or_province")
_ADDRESS_PARSERS = {
    "unparsed_address": parse.text,
    "city": parse.text,
    "state_or_province": parse.upper,
}


def _refine_zllw(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    told = payload.get("listing/listingStatus") or payload.get("listingStatus")
    marketing = payload.get("listing/marketingStatus")
    if record.standard_status == "Active" and marketing:
        _set(record, "standard_status", marketing, _status)
    _refine_lot(
        record, payload.get("lotSizeWithUnit/lotSize"), payload.get("lotSizeWithUnit/lotSizeUnit")
    )
    _refine_offer(record, told=told, price=payload.get("price/value"))


_COMMON = (
    Field.of("bedrooms_total", "bedrooms"),
    Field.of("x_bathrooms_decimal", "bathrooms"),
    Field.of("living_area", "livingArea"),
    Field.of("year_built", "yearBuilt"),
)
_FLAT = (
    Field.of("list_price_cents", "price"),
    Field.of("latitude", "latitude"),
    Field.of("longitude", "longitude"),
    Field.of("x_days_on_market_reported", "daysOnZillow", parse=_days),
    Field.of("x_changed_on", "datePriceChanged"),
    Field.of("close_date", "dateSold"),
    Field.of("x_rent_estimate_cents", "rentZestimate"),
)
_TICKING = frozenset(
    {
        *("daysOnZillow", "timeOnZillow", "zestimate", "rentZestimate", "priceReduction"),
        *("priceChange", "imgSrc", "carouselPhotos", "hasImage", "openHouse", "open_house_info"),
        *("isFeatured", "isShowcaseListing", "shouldHighlight", "variableData", OPEN_HOUSE),
    }
)

ZILLOW56 = Format(
    name="zillow_zillow56",
    licence_class="vendor_api",
    signature=(("zpid",), ("homeStatus",), ("streetAddress",), ("zipcode",)),
    by_name_only=True,
    fields=(
        *(*_COMMON, *_FLAT),
        Field.of("standard_status", "homeStatus", parse=_status),
        Field.of("property_type", "homeType"),
        Field.of("property_sub_type", "homeType"),
        Field.of("unparsed_address", "streetAddress"),
        Field.of("city", "city"),
        Field.of("state_or_province", "state"),
    ),
    key=_key,
    zip=Field("postal_code", ("zipcode",), parse.zip5),
    volatile=_TICKING,
    refine=_refine_56,
)

ZILLOW_COM1 = Format(
    name="zillow_com1",
    licence_class="vendor_api",
    signature=(("zpid",), ("listingStatus", "homeStatus"), ("address",)),
    by_name_only=True,
    fields=(
        *(*_COMMON, *_FLAT),
        Field.of("standard_status", "listingStatus", "homeStatus", parse=_status),
        Field.of("property_type", "propertyType", "homeType"),
        Field.of("property_sub_type", "propertyType", "homeType"),
        Field.of("url", "detailUrl", "hdpUrl", parse=_url),
    ),
    key=_key,
    zip=Field("postal_code", ("address",), _zip_in_address),
    volatile=_TICKING,
    refine=_refine_com1,
)

ZILLOW_ZLLW = Format(
    name="zillow_zllw",
    licence_class="vendor_api",
    signature=(("zpid",), ("address/zipcode",), ("price/value",)),
    by_name_only=True,
    fields=(
        *_COMMON,
        Field.of("list_price_cents", "price/value"),
        Field.of("latitude", "location/latitude"),
        Field.of("longitude", "location/longitude"),
        Field.of("x_days_on_market_reported", "listing/daysOnZillow", parse=_days),
        Field.of("x_changed_on", "price/changedDate"),
        Field.of("on_market_date", "listingDateTimeOnZillow"),
        Field.of("close_date", "lastSoldDate", "dateSold"),
        Field.of("x_rent_estimate_cents", "estimates/rentZestimate"),
        Field.of(
            *("standard_status", "listing/listingStatus", "listingStatus"),
            parse=_status,
        ),
        Field.of("property_type", "propertyType"),
        Field.of("property_sub_type", "propertyType"),
        Field.of("unparsed_address", "address/streetAddress"),
        Field.of("city", "address/city"),
        Field.of("state_or_province", "address/state"),
        Field.of("url", "hdpView/hdpUrl", parse=_url),
    ),
    key=_key,
    zip=Field("postal_code", ("address/zipcode",), parse.zip5),
    volatile=frozenset(
        {
            *("listing/daysOnZillow", "media", "estimates", "estimates/zestimate", "resultType"),
            *("estimates/rentZestimate", "price/priceChange", "listing/palsId"),
            f"listing/{OPEN_HOUSE}",
        }
    ),
    refine=_refine_zllw,
)
