"""All rules of the code, in the order in which a record is judged by them."""

from phoenix_re.validate.rules import history, neighbours, stated, together
from phoenix_re.validate.rules.rule import Rule, Severity

_E, _W = Severity.ERROR, Severity.WARN

RULES: tuple[Rule, ...] = (
    Rule("key.missing", _E, "A listing has a key at its source.", stated.key_missing, fixed=True),
    Rule(
        "licence.unknown",
        _E,
        "What may be done with a record is known: no licence, no serving.",
        stated.unlicensed,
        fixed=True,
    ),
    Rule("zip.unreadable", _E, "A stated ZIP is five digits.", stated.unreadable_zip),
    Rule("zip.other", _E, "A listing is filed under the ZIP that it states.", stated.other_zip),
    Rule(
        "mls.unknown",
        _E,
        "The MLS, whose conventions give the dates, is known.",
        stated.unknown_mls,
    ),
    Rule("price.unreadable", _E, "A stated price can be read.", stated.unreadable_price),
    Rule("price.missing", _E, "A listing states a price.", stated.price_missing),
    Rule("price.below_range", _E, "A price is not below the market's range.", stated.price_below),
    Rule("price.above_range", _E, "A price is not above the market's range.", stated.price_above),
    Rule(
        "status.unknown",
        _E,
        "The status is a RESO StandardStatus.",
        stated.unknown_status,
        fixed=True,
    ),
    Rule(
        "property_type.unknown",
        _E,
        "The type is a RESO PropertyType.",
        stated.unknown_type,
        fixed=True,
    ),
    Rule(
        "property_sub_type.unknown",
        _W,
        "The sub-type is a RESO PropertySubType.",
        stated.unknown_sub_type,
    ),
    Rule("living_area.range", _E, "The living area is believable.", stated.within("living_area")),
    Rule(
        "lot_size.range",
        _E,
        "The lot is believable.",
        stated.within("lot_size_square_feet"),
    ),
    Rule("year_built.range", _E, "The home is no older or newer than can be.", stated.year_built),
    Rule("bedrooms.range", _E, "The bedrooms are believable.", stated.within("bedrooms_total")),
    Rule(
        "bathrooms.range",
        _E,
        "The bathrooms are believable.",
        stated.within("x_bathrooms_decimal"),
    ),
    Rule(
        "association_fee.range",
        _E,
        "The association's fee is believable.",
        stated.within("x_association_fee_monthly_cents"),
    ),
    Rule("coordinates.range", _E, "The home lies inside the market's box.", stated.coordinates),
    Rule("state.other", _E, "The home lies in the market's state.", stated.other_state),
    Rule(
        "price_per_square_foot.range",
        _E,
        "The price for the area is possible in the market.",
        together.rate_outside,
    ),
    Rule(
        "dates.close_before_contract",
        _E,
        "A sale closes no earlier than its contract.",
        together.before("purchase_contract_date", "close_date"),
    ),
    Rule(
        "dates.contract_before_on_market",
        _E,
        "A contract is made no earlier than the home comes to market.",
        together.before("on_market_date", "purchase_contract_date"),
    ),
    Rule(
        "dates.close_before_on_market",
        _E,
        "A sale closes no earlier than the home comes to market.",
        together.before("on_market_date", "close_date"),
    ),
    Rule(
        "price.tenfold",
        _E,
        "A price does not gain or lose a digit from one version to the next.",
        history.tenfold,
    ),
    Rule(
        "price.jump",
        _W,
        "A price that changes tenfold is one that the ZIP can vouch for.",
        history.jump,
    ),
    Rule("dates.future", _W, "No event lies in the future.", together.future),
    Rule("field.unreadable", _W, "Every stated field can be read.", stated.unreadable_field),
    Rule("coordinates.half", _W, "Latitude and longitude come together.", stated.half_a_point),
    Rule(
        "coordinates.outside_zip",
        _W,
        "The home lies where the ZIP's other homes lie.",
        neighbours.far_from_the_zip,
    ),
    Rule("address.no_key", _W, "A stated address names one place.", stated.no_address_key),
    Rule(
        "price_per_square_foot.unlikely",
        _W,
        "The price for the area is like that of the ZIP's homes of its kind.",
        neighbours.unlike_the_zip,
    ),
    Rule("close_price.undisclosed", _W, "The state discloses a sale price.", together.undisclosed),
    Rule(
        "close_price.far_from_list", _W, "The sale is near the list price.", together.far_from_list
    ),
    Rule("rent.interval", _W, "Rents are positive, low to high.", together.rent_interval),
    Rule(
        "living_area.larger_than_lot",
        _W,
        "A detached home fits its lot.",
        together.larger_than_lot,
    ),
    Rule(
        "living_area.changed",
        _W,
        "The living area stays about the same from version to version.",
        history.area_changed,
    ),
    Rule("status.reopened", _W, "A closed listing stays closed.", history.reopened),
    Rule(
        "association_fee.without_association",
        _W,
        "A fee has an association.",
        together.fee_without_association,
    ),
)
