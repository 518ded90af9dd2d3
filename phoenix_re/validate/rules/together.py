"""Checks of a record's fields against each other."""

from datetime import timedelta

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.rules.lookups import LEASES
from phoenix_re.validate.rules.rule import Case, Check
from phoenix_re.validate.rules.surroundings import cents_per_square_foot, is_believable


def before(earlier: str, later: str) -> Check:
    """A check that the date `later` does not lie before the date `earlier`."""

    def check(record: ListingRecord, case: Case) -> str | None:
        first, second = getattr(record, earlier), getattr(record, later)
        if first is None or second is None or second >= first:
            return None
        return f"{later} {second} is before {earlier} {first}"

    return check


def future(record: ListingRecord, case: Case, *, days_of_grace: float = 1) -> str | None:
    # A day of grace: a source may write its own timezone's date.
    last = case.day + timedelta(days=days_of_grace)
    for field in ("on_market_date", "purchase_contract_date", "close_date", "x_changed_on"):
        stated = getattr(record, field)
        if stated is not None and stated > last:
            return f"{field} {stated} is after {case.day}, the day on which it was read"
    return None


def undisclosed(record: ListingRecord, case: Case) -> str | None:
    if record.close_price_cents is None or case.market.disclosure.sale_prices_disclosed:
        return None
    return f"sale prices are not disclosed in {case.market.state}; the price is not served"


def far_from_list(
    record: ListingRecord, case: Case, *, lowest: float = 0.5, highest: float = 1.5
) -> str | None:
    # metrics.md §2 drops ratios outside 0.5 to 1.5.
    asked, paid = record.list_price_cents, record.close_price_cents
    if not asked or paid is None or lowest <= paid / asked <= highest:
        return None
    return f"close price is {paid / asked:.2f} of the list price"


def rate_outside(record: ListingRecord, case: Case) -> str | None:
    """Of a price and an area that are each believable: the others have a rule of their own."""
    rate = cents_per_square_foot(record)
    ranges = case.market.validation
    lease = record.property_type in LEASES
    allowed = (
        ranges.lease_price_per_square_foot_cents if lease else ranges.price_per_square_foot_cents
    )
    if rate is None or rate in allowed or not is_believable(record, case.market):
        return None
    return (
        f"${rate / 100:,.2f} a square foot ({record.living_area:,.0f} square feet) is outside "
        f"${allowed.min / 100:,.2f} to ${allowed.max / 100:,.2f}"
    )


def larger_than_lot(record: ListingRecord, case: Case, *, floors: float = 3) -> str | None:
    area, lot = record.living_area, record.lot_size_square_feet
    if record.property_sub_type != "Single Family Residence" or area is None or lot is None:
        return None
    if area <= lot * floors:
        return None
    return f"{area:,.0f} square feet of living area on a lot of {lot:,.0f}"


def rent_interval(record: ListingRecord, case: Case) -> str | None:
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


def fee_without_association(record: ListingRecord, case: Case) -> str | None:
    fee = record.x_association_fee_monthly_cents
    return f"a fee of ${fee / 100:,.0f}" if fee and record.association_yn is False else None
