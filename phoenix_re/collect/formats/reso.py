"""RESO Web API replies and exports: PascalCase names of the Data Dictionary, 1.7 to 2.0.

Most names map by rule (`ListPrice` → `list_price_cents`); what RESO says in several fields - baths,
fees, street parts - is put together here. Which rows a licence lets us show is not decided here.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import FIELD_PARSERS, Field, Format, Sum
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

_LOCAL_TO = {  # state → where its dates are local; elsewhere UTC
    "AZ": ZoneInfo("America/Phoenix"),
    "NV": ZoneInfo("America/Los_Angeles"),
    "CO": ZoneInfo("America/Denver"),
    "TX": ZoneInfo("America/Chicago"),
}
_PAYMENTS_PER_YEAR = {
    "annually": 1,
    "semiannually": 2,
    "quarterly": 4,
    "bimonthly": 6,
    "monthly": 12,
    "semimonthly": 24,
    "biweekly": 26,
    "weekly": 52,
    "daily": 365,
}
_MONTHS_PER_YEAR = 12
_WORDS = re.compile(r"[0-9a-z]+")
_STREET_PARTS = (
    *("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix", "StreetDirSuffix"),
)


def pascal_case(name: str) -> str:
    """RESO's own name of a field: `list_price_cents` → `ListPrice`, `pool_private_yn` →
    `PoolPrivateYN`."""
    words = name.removesuffix("_cents").split("_")
    return "".join("YN" if word == "yn" else word.capitalize() for word in words)


def _attempt(record: ListingRecord, field: str, value: object, parser: parse.Parser) -> Any:
    try:
        return parser(value)
    except Unreadable:
        record.unread[field] = parse.shown(value, 200)
        return None


def _refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    if record.standard_status is None and "standard_status" not in record.unread:
        record.standard_status = _attempt(
            record, "standard_status", payload.get("MlsStatus"), lookups.standard_status
        )
    _refine_bathrooms(record, payload)
    _refine_address(record, payload)
    _refine_fee(record, payload)
    _refine_change(record, payload)
    if record.lot_size_square_feet is None:
        name = "lot_size_square_feet"
        record.lot_size_square_feet = _attempt(
            record, name, payload.get("LotSizeAcres"), parse.acres
        )


def _refine_bathrooms(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """Full, half and quarter baths are a sum of the format; without them, a stated total."""
    if record.x_bathrooms_decimal is None:
        for name in ("BathroomsTotalDecimal", "BathroomsTotalInteger"):
            found = _attempt(record, "x_bathrooms_decimal", payload.get(name), parse.number)
            if found is not None:
                record.x_bathrooms_decimal = found
                return


def _refine_address(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    if record.unparsed_address:
        record.unparsed_address, city, state = parse.split_address(record.unparsed_address)
        record.city = record.city or city
        record.state_or_province = record.state_or_province or state
        record.unparsed_address = _with_unit(record.unparsed_address, payload.get("UnitNumber"))
        return
    parts = [
        _attempt(record, "unparsed_address", payload.get(n), parse.text) for n in _STREET_PARTS
    ]
    unit = _attempt(record, "unparsed_address", payload.get("UnitNumber"), parse.text)
    line = " ".join([*(part for part in parts if part), *([f"#{unit}"] if unit else [])])
    record.unparsed_address = line or None


def _with_unit(line: str, unit: object) -> str:
    """Most hosts repeat the unit in the line; where one does not, it is added: without it, all
    homes of a house are one."""
    try:
        told = parse.identifier(unit)
    except Unreadable:
        return line
    words = _WORDS.findall(told.casefold()) if told else []
    if not told or not words or words[-1] in _WORDS.findall(line.casefold())[1:]:
        return line
    named = not told[0].isalnum() or len(words) > 1  # "# 12", "Unit 12"
    return f"{line} {told}" if named else f"{line} #{told}"


def _refine_fee(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """A fee without its frequency is not a monthly amount, and stays in the payload."""
    name = "x_association_fee_monthly_cents"
    fee = _attempt(record, name, payload.get("AssociationFee"), parse.money_cents)
    frequency = payload.get("AssociationFeeFrequency")
    if fee is not None and isinstance(frequency, str):
        letters = "".join(filter(str.isalpha, frequency)).casefold()
        per_year = _PAYMENTS_PER_YEAR.get(letters)
        if per_year:
            record.x_association_fee_monthly_cents = round(fee * per_year / _MONTHS_PER_YEAR)


def _refine_change(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """The later of the status and the price change, as a date where the property stands."""
    moments: list[datetime] = []
    for name in ("StatusChangeTimestamp", "PriceChangeTimestamp"):
        moment = _attempt(record, "x_changed_on", payload.get(name), parse.timestamp)
        if moment is not None:
            moments.append(moment)
    if moments:
        zone = _LOCAL_TO.get(record.state_or_province or "")
        record.x_changed_on = max(moments).astimezone(zone).date() if zone else max(moments).date()


def _key(record: ListingRecord, payload: Mapping[str, Any]) -> str | None:
    try:
        key = parse.identifier(payload.get("ListingKey") or payload.get("ListingKeyNumeric"))
    except Unreadable:
        return None
    if key is None and record.listing_id:
        return f"{record.x_mls}:{record.listing_id}" if record.x_mls else record.listing_id
    return key


_BY_RULE = tuple(
    Field.of(name, pascal_case(name))
    for name in FIELD_PARSERS
    if not name.startswith("x_") and name not in {"standard_status", "stories_total", "url"}
)

RESO = Format(
    name="reso",
    licence_class="mls_idx",
    signature=(
        ("ListingKey", "ListingId", "ListingKeyNumeric"),
        ("PostalCode",),
        ("StandardStatus", "MlsStatus", "ListPrice"),
    ),
    fields=(
        *_BY_RULE,
        Field.of("standard_status", "StandardStatus"),
        Field.of("stories_total", "Stories"),
        Field.of("stories_total", "StoriesTotal"),  # where stated, it wins
        Field.of("url", "ListingURL"),
        Field.of("x_mls", "OriginatingSystemName", "SourceSystemName"),
        Field.of("x_days_on_market_reported", "DaysOnMarket"),
    ),
    sums=(
        Sum(
            "x_bathrooms_decimal",
            {
                "BathroomsFull": 1,
                "BathroomsThreeQuarter": 0.75,
                "BathroomsHalf": 0.5,
                "BathroomsOneQuarter": 0.25,
            },
        ),
    ),
    key=_key,
    zip=Field("postal_code", ("PostalCode",), parse.zip5),
    volatile=frozenset(
        {
            "DaysOnMarket",  # both tick every day
            "CumulativeDaysOnMarket",
            "Media",  # its URLs are signed anew per reply; PhotosChangeTimestamp tells of changes
            *("@odata.id", "@odata.etag", "@odata.editLink", "@odata.context"),
        }
    ),
    refine=_refine,
)
