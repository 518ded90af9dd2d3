"""Values that say nothing: zeros that stand for "not stated". The one thing that is changed before
a record is judged; everything else is judged as it stands.
"""

from dataclasses import replace

from phoenix_re.collect.listing import ListingRecord
from phoenix_re.validate.rules.lookups import WITHOUT_HOME

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
