"""Marketplace listings that a person has typed or exported into a CSV: our own columns.

Sellers write freely: bait prices, "Studio", "2BR 1BA" in the title, rooms, no street. Bait and
prices of other periods stay `unread`, so that a rule holds the listing and shows why; $1 is read
as it stands and falls out of the market's range.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from phoenix_re.collect import lookups, parse
from phoenix_re.collect.formats.form import Field, Format
from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.parse import Unreadable

_LADDERS = {"123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890"}
_SAME_DIGITS = re.compile(r"(\d)\1{4,}")  # 11111, 999999
_BEDROOMS = re.compile(
    r"(?<![\d.])(\d{1,2})\s*-?\s*(?:br|bdrm|bds?|bed(?:room)?s?)\b", re.IGNORECASE
)
_BATHROOMS = re.compile(
    r"(?<![\d.])(\d{1,2}(?:\.\d{1,2})?)\s*-?\s*(?:ba|bath(?:room)?s?)\b", re.IGNORECASE
)
_STUDIO = re.compile(r"\bstudio\b", re.IGNORECASE)
_ITEM = re.compile(r"/item/(\d+)")
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}")

_SALE = {"", "sale", "total", "once"}
_MONTH = {"month", "monthly", "mo", "per month", "/mo", "/month"}
_HOMES = {  # Marketplace's words, where they are not RESO's
    "apartment/condo": "Apartment",
    "flat": "Apartment",
    "duplex/triplex": "Multi Family",
}
_ROOMS = {"room", "room only", "private room", "shared room"}


def _price(value: object) -> int | None:
    """Cents; what nobody would pay for a home but only types in is unreadable."""
    text = parse.text(value)
    if text is None:
        return None
    digits = re.sub(r"\D", "", text.partition(".")[0])
    if digits in _LADDERS or _SAME_DIGITS.fullmatch(digits):
        raise Unreadable(f"{text[:40]!r} is bait, not a price")
    return parse.money_cents(text)


def _bedrooms(value: object) -> int | None:
    """A number, or `Studio`: none."""
    text = parse.text(value)
    return 0 if text and text.casefold() == "studio" else parse.integer(text)


def _bedrooms_in(title: object) -> int | None:
    text = parse.shown(title, 500)
    if found := _BEDROOMS.search(text):
        return int(found[1])
    return 0 if _STUDIO.search(text) else None


def _bathrooms_in(title: object) -> float | None:
    found = _BATHROOMS.search(parse.shown(title, 500))
    return float(found[1]) if found else None


def _sub_type(value: object) -> str | None:
    text = parse.text(value)
    word = (text or "").casefold()
    return _HOMES.get(word) or (None if word in _ROOMS else lookups.property_sub_type(text))


def _seen_at(value: object) -> datetime | None:
    """A day without a time is its noon, UTC."""
    moment = parse.timestamp(value)
    if moment is not None and isinstance(value, str) and _DAY_ONLY.fullmatch(value.strip()):
        return moment.astimezone(UTC) + timedelta(hours=12)
    return moment


def _refine(record: ListingRecord, payload: Mapping[str, Any]) -> None:
    """For sale or for rent, by the price's period; a price of another period or thing is unread."""
    period = _word(payload, "price_period")
    record.property_type = "Residential" if period in _SALE else "Residential Lease"
    is_room = _word(payload, "property_type") in _ROOMS
    if record.list_price_cents is None or not (is_room or period not in _SALE | _MONTH):
        return
    of = "a room" if is_room else f"a period of {period[:40]!r}"
    record.unread["list_price_cents"] = f"${record.list_price_cents / 100:,.2f} for {of}"
    record.list_price_cents = None


def _word(payload: Mapping[str, Any], column: str) -> str:
    for name, value in payload.items():
        if str(name).strip().casefold() == column:
            return parse.shown("" if value is None else value, 100).strip().casefold()
    return ""


def _key(record: ListingRecord, _payload: Mapping[str, Any]) -> str | None:
    item = _ITEM.search(record.url or "")
    return record.listing_id or (item[1] if item else None)


FACEBOOK_MARKETPLACE = Format(
    name="facebook_marketplace",
    licence_class="operator_files",
    statuses=frozenset({"Active"}),
    signature=tuple(
        (name,) for name in ("listing_id", "title", "price", "price_period", "zip", "seen_at")
    ),
    fields=(
        Field.of("listing_id", "listing_id"),
        Field.of("list_price_cents", "price", parse=_price),
        Field.of("city", "city"),
        Field.of("state_or_province", "state"),
        Field.of("bedrooms_total", "title", parse=_bedrooms_in),
        Field.of("bedrooms_total", "bedrooms", parse=_bedrooms),  # what is stated apart wins
        Field.of("x_bathrooms_decimal", "title", parse=_bathrooms_in),
        Field.of("x_bathrooms_decimal", "bathrooms"),
        Field.of("property_sub_type", "property_type", parse=_sub_type),
        Field.of("public_remarks", "description"),
        Field.of("url", "url"),
        Field.of("on_market_date", "posted_at"),
    ),
    constants={"standard_status": "Active"},
    key=_key,
    zip=Field("postal_code", ("zip",), parse.zip5),
    volatile=frozenset({"seen_at"}),
    observed_at=Field("observed_at", ("seen_at",), _seen_at),
    refine=_refine,
)
