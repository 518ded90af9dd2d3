"""Checks of one field at a time: whether it is there, readable, in its lookup, in its range."""

from typing import get_args

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.lookups import PROPERTY_SUB_TYPES, PROPERTY_TYPES, STANDARD_STATUSES
from phoenix_re.collect.sources import parcel_formats
from phoenix_re.markets import LicenceClass
from phoenix_re.validate.address import address_key
from phoenix_re.validate.rules.lookups import LEASES
from phoenix_re.validate.rules.rule import Case, Check

_RULE_OF_ITS_OWN = frozenset(
    {"list_price_cents", "close_price_cents", "postal_code", "standard_status", "x_mls"}
)
_LICENCES = frozenset(get_args(LicenceClass))


def shown_price_cents(record: ListingRecord) -> int | None:
    """The price that a listing must have: asked, else paid, else a vendor's monthly rent."""
    for price in (record.list_price_cents, record.close_price_cents, record.x_rent_estimate_cents):
        if price is not None:
            return price
    return None


# ── there and readable ──────────────────────────────────────────────────────────────────────────


def key_missing(record: ListingRecord, case: Case) -> str | None:
    return None if record.source_key.strip() else "the listing has no key of its source"


def unlicensed(record: ListingRecord, case: Case) -> str | None:
    if case.licence_class is None or case.licence_class in _LICENCES:
        return None
    return f"licence_class {case.licence_class!r} is none that says what may be done with it"


def unreadable_price(record: ListingRecord, case: Case) -> str | None:
    return _unreadable(record, "list_price_cents") or _unreadable(record, "close_price_cents")


def _unreadable(record: ListingRecord, field: str) -> str | None:
    return f"{field}: cannot read {record.unread[field]!r}" if field in record.unread else None


def price_missing(record: ListingRecord, case: Case) -> str | None:
    known = shown_price_cents(record) is not None or unreadable_price(record, case)
    if record.source in parcel_formats():
        return None  # a parcel is not for sale
    return None if known else "neither a list price nor a close price nor a rent is stated"


def unreadable_zip(record: ListingRecord, case: Case) -> str | None:
    if "postal_code" in record.unread:
        return _unreadable(record, "postal_code")
    code = record.postal_code
    return None if code is None or (len(code) == 5 and code.isdigit()) else f"{code!r} is no ZIP"


def other_zip(record: ListingRecord, case: Case) -> str | None:
    if record.postal_code is None or unreadable_zip(record, case) or record.postal_code == case.zip:
        return None
    return f"the listing says {record.postal_code}, it is filed under {case.zip}"


def other_state(record: ListingRecord, case: Case) -> str | None:
    state = record.state_or_province
    if state is None or state.upper() == case.market.state:
        return None
    return f"{state!r} is not the market's state {case.market.state}"


def unreadable_field(record: ListingRecord, case: Case) -> str | None:
    fields = sorted(record.unread.keys() - _RULE_OF_ITS_OWN)
    return "; ".join(f"{f}: {record.unread[f]!r}" for f in fields) or None


def no_address_key(record: ListingRecord, case: Case) -> str | None:
    line = record.unparsed_address
    if not line or not line.strip() or address_key(line, case.zip) is not None:
        return None
    return f"{line!r} names no single place"


# ── lookups ─────────────────────────────────────────────────────────────────────────────────────


def unknown_status(record: ListingRecord, case: Case) -> str | None:
    if "standard_status" in record.unread:
        return _unreadable(record, "standard_status")
    return _not_in(record.standard_status, STANDARD_STATUSES)


def unknown_mls(record: ListingRecord, case: Case) -> str | None:
    return _unreadable(record, "x_mls")


def unknown_type(record: ListingRecord, case: Case) -> str | None:
    return _not_in(record.property_type, PROPERTY_TYPES)


def unknown_sub_type(record: ListingRecord, case: Case) -> str | None:
    return _not_in(record.property_sub_type, PROPERTY_SUB_TYPES)


def _not_in(value: str | None, lookup: frozenset[str]) -> str | None:
    return None if value is None or value in lookup else f"{value!r} is not in the RESO lookup"


# ── ranges of the market file ───────────────────────────────────────────────────────────────────


def _prices(record: ListingRecord, case: Case) -> list[tuple[str, int, int, int]]:
    """(field, cents, lowest, highest) of the asked and the paid price."""
    ranges = case.market.validation
    allowed = (
        ranges.lease_price_cents if record.property_type in LEASES else ranges.list_price_cents
    )
    named = (
        ("list_price_cents", record.list_price_cents),
        ("close_price_cents", record.close_price_cents),
    )
    return [(name, v, allowed.min, allowed.max) for name, v in named if v is not None]


def price_below(record: ListingRecord, case: Case) -> str | None:
    for field, cents, lowest, _ in _prices(record, case):
        if cents < lowest:
            return f"{field} ${cents / 100:,.2f} is below ${lowest / 100:,.2f}"
    return None


def price_above(record: ListingRecord, case: Case) -> str | None:
    for field, cents, _, highest in _prices(record, case):
        if cents > highest:
            return f"{field} ${cents / 100:,.2f} is above ${highest / 100:,.2f}"
    return None


def within(field: str) -> Check:
    """A check of `field` against the range of the same name in the market file."""

    def check(record: ListingRecord, case: Case) -> str | None:
        value = getattr(record, field)
        allowed = getattr(case.market.validation, field)
        if value is None or value in allowed:
            return None
        return f"{field} {value} is outside {allowed.min} to {allowed.max}"

    return check


def year_built(record: ListingRecord, case: Case) -> str | None:
    allowed, year = case.market.validation.year_built, record.year_built
    if year is None or allowed.allows(year, this_year=case.day.year):
        return None
    return (
        f"year_built {year} is outside {allowed.min} to {case.day.year + allowed.max_years_ahead}"
    )


def coordinates(record: ListingRecord, case: Case) -> str | None:
    return within("latitude")(record, case) or within("longitude")(record, case)


def half_a_point(record: ListingRecord, case: Case) -> str | None:
    if (record.latitude is None) == (record.longitude is None):
        return None
    return "one of latitude and longitude is stated without the other"
