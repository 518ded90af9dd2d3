"""What makes a listing wrong or doubtful: one `Rule` per reason, all of them in `RULES`.

An ERROR sends the listing to quarantine, a WARN marks its property. Nothing is corrected here,
with one exception that precedes all rules: a placeholder (0 square feet, 0 bedrooms of a lot) says
nothing and becomes None (`without_placeholders`). Merging and KPIs live elsewhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.collect.sources import parcel_formats
from phoenix_re.markets import Market
from phoenix_re.validate.address import address_key

# RESO Data Dictionary 2.0 lookups.
STANDARD_STATUSES = frozenset(
    {
        "Active",
        "Active Under Contract",
        "Canceled",
        "Closed",
        "Coming Soon",
        "Delete",
        "Expired",
        "Hold",
        "Incomplete",
        "Pending",
        "Withdrawn",
    }
)
PROPERTY_TYPES = frozenset(
    {
        "Business Opportunity",
        "Commercial Lease",
        "Commercial Sale",
        "Farm",
        "Land",
        "Manufactured In Park",
        "Residential",
        "Residential Income",
        "Residential Lease",
    }
)
LEASES = frozenset({"Residential Lease", "Commercial Lease"})
WITHOUT_HOME = frozenset({"Land", "Farm", "Business Opportunity"})

_REQUIRED = frozenset(
    {"list_price_cents", "close_price_cents", "postal_code", "standard_status", "x_mls"}
)
_ZERO_SAYS_NOTHING = (
    "living_area",
    "lot_size_square_feet",
    "year_built",
    "x_bathrooms_decimal",
    "stories_total",
    "x_rent_estimate_cents",
    "x_rent_low_cents",
    "x_rent_high_cents",
    "tax_annual_amount_cents",
    "original_list_price_cents",
    "close_price_cents",
)


class Severity(StrEnum):
    WARN = "WARN"  # marks the property
    ERROR = "ERROR"  # quarantines the listing


@dataclass(frozen=True, slots=True)
class Case:
    """Where and when a record is judged: its market, the ZIP it was filed under, the local day."""

    market: Market
    zip: str
    day: date


Check = Callable[[ListingRecord, Case], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` gives the reason, with the value, why a record breaks the rule; None if it holds."""

    id: str
    severity: Severity
    sentence: str
    check: Check


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule and why."""

    rule: Rule
    reason: str

    @property
    def is_error(self) -> bool:
        return self.rule.severity is Severity.ERROR


def breaches(
    record: ListingRecord, case: Case, rules: Iterable[Rule] | None = None
) -> list[Breach]:
    """Every rule that the record breaks, in the order of `RULES`."""
    found = ((rule, rule.check(record, case)) for rule in (RULES if rules is None else rules))
    return [Breach(rule, reason) for rule, reason in found if reason is not None]


def without_placeholders(record: ListingRecord) -> ListingRecord:
    """A copy in which zeros that mean "not stated" are None.

    Zero bedrooms stay where there can be a studio; zero at (0°, 0°) is the Atlantic.
    """
    nothing: dict[str, None] = {n: None for n in _ZERO_SAYS_NOTHING if getattr(record, n) == 0}
    if record.property_type in WITHOUT_HOME and record.bedrooms_total == 0:
        nothing["bedrooms_total"] = None
    if record.latitude == 0 and record.longitude == 0:
        nothing |= {"latitude": None, "longitude": None}
    return replace(record, **nothing) if nothing else record


def shown_price_cents(record: ListingRecord) -> int | None:
    """The price that a listing must have: asked, else paid, else a vendor's monthly rent."""
    for price in (record.list_price_cents, record.close_price_cents, record.x_rent_estimate_cents):
        if price is not None:
            return price
    return None


# ── what must be there and readable ─────────────────────────────────────────────────────────────


def _key_missing(record: ListingRecord, case: Case) -> str | None:
    return None if record.source_key.strip() else "the listing has no key of its source"


def _unreadable_price(record: ListingRecord, case: Case) -> str | None:
    return _unreadable(record, "list_price_cents") or _unreadable(record, "close_price_cents")


def _unreadable(record: ListingRecord, field: str) -> str | None:
    return f"{field}: cannot read {record.unread[field]!r}" if field in record.unread else None


def _price_missing(record: ListingRecord, case: Case) -> str | None:
    known = shown_price_cents(record) is not None or _unreadable_price(record, case)
    if record.source in parcel_formats():
        return None  # a parcel is not for sale
    return None if known else "neither a list price nor a close price nor a rent is stated"


def _unreadable_zip(record: ListingRecord, case: Case) -> str | None:
    if "postal_code" in record.unread:
        return _unreadable(record, "postal_code")
    code = record.postal_code
    return None if code is None or (len(code) == 5 and code.isdigit()) else f"{code!r} is no ZIP"


def _other_zip(record: ListingRecord, case: Case) -> str | None:
    if (
        record.postal_code is None
        or _unreadable_zip(record, case)
        or record.postal_code == case.zip
    ):
        return None
    return f"the listing says {record.postal_code}, it is filed under {case.zip}"


def _unreadable_field(record: ListingRecord, case: Case) -> str | None:
    fields = sorted(record.unread.keys() - _REQUIRED)
    return "; ".join(f"{f}: {record.unread[f]!r}" for f in fields) or None


def _unknown_status(record: ListingRecord, case: Case) -> str | None:
    if "standard_status" in record.unread:
        return _unreadable(record, "standard_status")
    return _not_in(record.standard_status, STANDARD_STATUSES)


def _unknown_mls(record: ListingRecord, case: Case) -> str | None:
    return _unreadable(record, "x_mls")


def _unknown_type(record: ListingRecord, case: Case) -> str | None:
    return _not_in(record.property_type, PROPERTY_TYPES)


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


def _price_below(record: ListingRecord, case: Case) -> str | None:
    for field, cents, lowest, _ in _prices(record, case):
        if cents < lowest:
            return f"{field} ${cents / 100:,.2f} is below ${lowest / 100:,.2f}"
    return None


def _price_above(record: ListingRecord, case: Case) -> str | None:
    for field, cents, _, highest in _prices(record, case):
        if cents > highest:
            return f"{field} ${cents / 100:,.2f} is above ${highest / 100:,.2f}"
    return None


def _within(field: str) -> Check:
    """A check of `field` against the range of the same name in the market file."""

    def check(record: ListingRecord, case: Case) -> str | None:
        value = getattr(record, field)
        allowed = getattr(case.market.validation, field)
        if value is None or value in allowed:
            return None
        return f"{field} {value} is outside {allowed.min} to {allowed.max}"

    return check


def _year_built(record: ListingRecord, case: Case) -> str | None:
    allowed, year = case.market.validation.year_built, record.year_built
    if year is None or allowed.allows(year, this_year=case.day.year):
        return None
    return (
        f"year_built {year} is outside {allowed.min} to {case.day.year + allowed.max_years_ahead}"
    )


def _coordinates(record: ListingRecord, case: Case) -> str | None:
    return _within("latitude")(record, case) or _within("longitude")(record, case)


def _half_a_point(record: ListingRecord, case: Case) -> str | None:
    if (record.latitude is None) == (record.longitude is None):
        return None
    return "one of latitude and longitude is stated without the other"


# ── fields against each other ───────────────────────────────────────────────────────────────────


def _before(earlier: str, later: str) -> Check:
    """A check that the date `later` does not lie before the date `earlier`."""

    def check(record: ListingRecord, case: Case) -> str | None:
        first, second = getattr(record, earlier), getattr(record, later)
        if first is None or second is None or second >= first:
            return None
        return f"{later} {second} is before {earlier} {first}"

    return check


def _future(record: ListingRecord, case: Case) -> str | None:
    # One day of grace: a source may write its own timezone's date.
    for field in ("on_market_date", "purchase_contract_date", "close_date", "x_changed_on"):
        stated = getattr(record, field)
        if stated is not None and stated > case.day + timedelta(days=1):
            return f"{field} {stated} is after {case.day}, the day on which it was read"
    return None


def _other_state(record: ListingRecord, case: Case) -> str | None:
    state = record.state_or_province
    if state is None or state.upper() == case.market.state:
        return None
    return f"{state!r} is not the market's state {case.market.state}"


def _undisclosed(record: ListingRecord, case: Case) -> str | None:
    if record.close_price_cents is None or case.market.disclosure.sale_prices_disclosed:
        return None
    return f"sale prices are not disclosed in {case.market.state}; the price is not served"


def _far_from_list(record: ListingRecord, case: Case) -> str | None:
    # metrics.md §2 drops ratios outside 0.5 to 1.5.
    asked, paid = record.list_price_cents, record.close_price_cents
    if not asked or paid is None or 0.5 <= paid / asked <= 1.5:
        return None
    return f"close price is {paid / asked:.2f} of the list price"


def _rent_interval(record: ListingRecord, case: Case) -> str | None:
    rents = [
        rent
        for rent in (
            record.x_rent_low_cents,
            record.x_rent_estimate_cents,
            record.x_rent_high_cents,
        )
        if rent is not None
    ]
    if rents == sorted(rents) and all(rent > 0 for rent in rents):
        return None
    return f"low, estimate, high are {', '.join(f'${rent / 100:,.0f}' for rent in rents)}"


def _fee_without_association(record: ListingRecord, case: Case) -> str | None:
    fee = record.x_association_fee_monthly_cents
    return f"a fee of ${fee / 100:,.0f}" if fee and record.association_yn is False else None


def _no_address_key(record: ListingRecord, case: Case) -> str | None:
    line = record.unparsed_address
    if not line or not line.strip() or address_key(line, case.zip) is not None:
        return None
    return f"{line!r} names no single place"


_E, _W = Severity.ERROR, Severity.WARN

RULES: tuple[Rule, ...] = (
    Rule("key.missing", _E, "A listing has a key at its source.", _key_missing),
    Rule("zip.unreadable", _E, "A stated ZIP is five digits.", _unreadable_zip),
    Rule("zip.other", _E, "A listing is filed under the ZIP that it states.", _other_zip),
    Rule("mls.unknown", _E, "The MLS, whose conventions give the dates, is known.", _unknown_mls),
    Rule("price.unreadable", _E, "A stated price can be read.", _unreadable_price),
    Rule("price.missing", _E, "A listing states a price.", _price_missing),
    Rule("price.below_range", _E, "A price is not below the market's range.", _price_below),
    Rule("price.above_range", _E, "A price is not above the market's range.", _price_above),
    Rule("status.unknown", _E, "The status is a RESO StandardStatus.", _unknown_status),
    Rule("property_type.unknown", _E, "The type is a RESO PropertyType.", _unknown_type),
    Rule("living_area.range", _E, "The living area is believable.", _within("living_area")),
    Rule("lot_size.range", _E, "The lot is believable.", _within("lot_size_square_feet")),
    Rule("year_built.range", _E, "The home is no older or newer than can be.", _year_built),
    Rule("bedrooms.range", _E, "The bedrooms are believable.", _within("bedrooms_total")),
    Rule("bathrooms.range", _E, "The bathrooms are believable.", _within("x_bathrooms_decimal")),
    Rule(
        "association_fee.range",
        _E,
        "The association's fee is believable.",
        _within("x_association_fee_monthly_cents"),
    ),
    Rule("coordinates.range", _E, "The home lies inside the market's box.", _coordinates),
    Rule("state.other", _E, "The home lies in the market's state.", _other_state),
    Rule(
        "dates.close_before_contract",
        _E,
        "A sale closes no earlier than its contract.",
        _before("purchase_contract_date", "close_date"),
    ),
    Rule(
        "dates.contract_before_on_market",
        _E,
        "A contract is made no earlier than the home comes to market.",
        _before("on_market_date", "purchase_contract_date"),
    ),
    Rule(
        "dates.close_before_on_market",
        _E,
        "A sale closes no earlier than the home comes to market.",
        _before("on_market_date", "close_date"),
    ),
    Rule("dates.future", _W, "No event lies in the future.", _future),
    Rule("field.unreadable", _W, "Every stated field can be read.", _unreadable_field),
    Rule("coordinates.half", _W, "Latitude and longitude come together.", _half_a_point),
    Rule("address.no_key", _W, "A stated address names one place.", _no_address_key),
    Rule("close_price.undisclosed", _W, "The state discloses a sale price.", _undisclosed),
    Rule("close_price.far_from_list", _W, "The sale is near the list price.", _far_from_list),
    Rule("rent.interval", _W, "Rents are positive, low to high.", _rent_interval),
    Rule(
        "association_fee.without_association",
        _W,
        "A fee has an association.",
        _fee_without_association,
    ),
)
